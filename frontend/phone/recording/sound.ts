import type { EventLog } from '@shared/events/log'
import type { RecorderState } from '@shared/recorder'
import { watch, type Ref } from 'vue'

/** Puts on record when the microphone goes dead without being lost, and when it is heard again. */
export function useSoundRecord(log: EventLog, facts: Readonly<Ref<RecorderState<'phone'> | null>>): void {
  watch(
    () => facts.value?.microphone.state,
    (state, before) => {
      if (state === 'silent') log.add('sound_silent', { track: 'phone' })
      else if (before === 'silent' && (state === 'live' || state === 'clipped')) log.add('sound_back', { track: 'phone' })
    },
  )
}
