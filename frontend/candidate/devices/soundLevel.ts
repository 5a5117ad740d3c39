import { Microphone } from '@shared/recorder'
import { onScopeDispose, ref, watch, type Ref } from 'vue'

const EVERY_MS = 120

/** Loudness of a stream's microphone, 0 to 1 on the recorder's scale, before there is a recording to tell it. */
export function useSoundLevel(stream: Readonly<Ref<MediaStream | null>>): Readonly<Ref<number>> {
  const level = ref(0)
  const microphone = new Microphone()
  const timer = setInterval(() => {
    level.value = microphone.level()
  }, EVERY_MS)

  watch(stream, (to) => microphone.plug(to ?? new MediaStream()), { immediate: true })
  onScopeDispose(() => {
    clearInterval(timer)
    void microphone.close()
  })
  return level
}
