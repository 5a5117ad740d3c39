import { computed, ref, watch, type Ref } from 'vue'
import type { EventLog } from '../attempt/events'
import type { DeviceState } from '../recording/recording'

/** Below this on the recorder's scale (-60 dB to 0 dB) a microphone gives nothing at all, not even a quiet room. */
const DEAD_BELOW = 0.02
const AFTER_MS = 20_000

/**
 * True when the microphone was lost, or has given dead silence for twenty seconds; both ends of it are put on record.
 * Thinking quietly is not silence.
 */
export function useSilence(
  now: Readonly<Ref<number>>,
  level: Readonly<Ref<number>>,
  microphone: () => DeviceState,
  log: Readonly<Ref<EventLog | null>>,
): Readonly<Ref<boolean>> {
  const heardAt = ref(now.value)
  watch(level, (loud) => {
    if (loud > DEAD_BELOW) heardAt.value = now.value
  })
  // One that has just been plugged in has its twenty seconds.
  watch(microphone, () => (heardAt.value = now.value))

  const silent = computed(() => {
    const state = microphone()
    return state === 'off' || (state === 'on' && now.value - heardAt.value > AFTER_MS)
  })
  let since: number | null = null
  watch(silent, (is) => {
    if (is) log.value?.add('sound_silent', { lost: microphone() === 'off' })
    // The recording's end is no return of sound.
    else if (since !== null && microphone() === 'on') log.value?.add('sound_back', { silent_ms: Math.round(now.value - since) })
    since = is ? now.value : null
  })
  return silent
}
