import type { EventLog } from '@shared/events/log'
import type { MicrophoneState } from '@shared/recorder'
import { computed, watch, type Ref } from 'vue'

/**
 * True while the recorder says that its microphone was lost, or gives dead silence; both ends of it are put on record.
 * `sound` is null where nothing is recorded.
 */
export function useSilence(sound: () => MicrophoneState | null, log: Readonly<Ref<EventLog | null>>): Readonly<Ref<boolean>> {
  const silent = computed(() => sound() === 'silent' || sound() === 'lost')
  let since: number | null = null
  watch(silent, (is) => {
    if (is) log.value?.add('sound_silent', { lost: sound() === 'lost' })
    // The recording's end is no return of sound.
    else if (since !== null && sound() !== null) log.value?.add('sound_back', { silent_ms: Math.round(performance.now() - since) })
    since = is ? performance.now() : null
  })
  return silent
}
