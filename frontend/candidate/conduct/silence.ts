import { computed, ref, watch, type Ref } from 'vue'
import type { DeviceState } from '../recording/recording'

/** Below this on the recorder's scale (-60 dB to 0 dB) a microphone gives nothing at all, not even a quiet room. */
const DEAD_BELOW = 0.02
const AFTER_MS = 20_000

/** True when the microphone was lost, or has given dead silence for twenty seconds. Thinking quietly is not silence. */
export function useSilence(
  now: Readonly<Ref<number>>,
  level: Readonly<Ref<number>>,
  devices: Readonly<Ref<Record<'microphone', DeviceState>>>,
): Readonly<Ref<boolean>> {
  const heardAt = ref(now.value)
  watch(level, (loud) => {
    if (loud > DEAD_BELOW) heardAt.value = now.value
  })
  return computed(() => {
    if (devices.value.microphone === 'starting') return false
    return devices.value.microphone === 'off' || now.value - heardAt.value > AFTER_MS
  })
}
