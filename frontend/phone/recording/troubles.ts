import type { PictureState, RecorderState, ServerClock } from '@shared/recorder'
import type { PhoneSituation } from '@shared/api/types'
import { computed, ref, watch, type Ref } from 'vue'
import type { Holding } from '../uploading/holding'
import type { BatteryFacts } from './battery'
import type { PhoneCamera } from './camera'
import type { Phase } from './recording'

export type TroubleKey =
  | 'failed'
  | 'unsaved'
  | 'camera'
  | 'microphone'
  | 'held'
  | Exclude<PictureState, 'good'>
  | 'silent'
  | 'clipped'
  | 'away'
  | 'offline'
  | 'battery'
  | 'space'
  | 'computer'
  | 'asleep'
  | 'lowered'

export interface Trouble {
  key: TroubleKey
  kind: 'info' | 'warn' | 'bad'
  urgent: boolean
}

const LOW_BATTERY = 0.2
const LITTLE_SPACE = 300 * 1024 ** 2
const COMPUTER_QUIET_MS = 30_000
/** Starting anew and a lock that is taken right back are no trouble. */
const AFTER_MS = 3_000
const URGENT: readonly TroubleKey[] = ['failed', 'unsaved', 'camera', 'microphone', 'held']
const QUIET: readonly TroubleKey[] = ['asleep', 'computer', 'lowered']

interface Sources {
  clock: ServerClock
  now: Readonly<Ref<number>>
  phase: Readonly<Ref<Phase>>
  facts: Readonly<Ref<RecorderState<'phone'> | null>>
  situation: Readonly<Ref<PhoneSituation>>
  camera: PhoneCamera
  holding: Holding
  battery: BatteryFacts
  awayS: Readonly<Ref<number>>
}

/** What is wrong with this phone now, the worst first. */
export function useTroubles({ clock, now, phase, facts, situation, camera, holding, battery, awayS }: Sources) {
  const since = ref<Partial<Record<TroubleKey, number>>>({})

  const holds = computed<Record<TroubleKey, boolean>>(() => {
    const state = phase.value === 'running' ? facts.value : null
    const seen = state?.tracks.phone.state === 'recording' ? state.tracks.phone.picture : null
    const { computer_heard_ms: heard, ended_ms: ended, now_ms: told } = situation.value
    return {
      failed: phase.value === 'failed',
      unsaved: holding.unsaved.value > 0,
      camera: state?.tracks.phone.state === 'lost',
      microphone: state?.microphone.state === 'lost' && !state.microphone.held,
      held: state?.microphone.held === true,
      black: seen === 'black',
      covered: seen === 'covered',
      still: seen === 'still',
      dark: seen === 'dark',
      slow: seen === 'slow',
      silent: state?.microphone.state === 'silent',
      clipped: state?.microphone.state === 'clipped',
      away: awayS.value > 0,
      offline: !holding.online.value,
      battery: battery.level.value !== null && battery.level.value < LOW_BATTERY && battery.charging.value !== true,
      space: holding.free.value !== null && holding.free.value < LITTLE_SPACE,
      // Both times are of the same answer: an offline phone knows nothing new of the computer.
      computer: ended === null && heard !== null && told - heard > COMPUTER_QUIET_MS,
      asleep: state !== null && !state.awake,
      lowered: state !== null && state.tracks.phone.loweredKbps !== null && holding.online.value,
    }
  })

  watch(
    holds,
    (now) => {
      for (const key of Object.keys(now) as TroubleKey[]) {
        if (!now[key]) delete since.value[key]
        else since.value[key] ??= clock.now()
      }
    },
    { immediate: true },
  )

  const lasting = (key: TroubleKey): boolean => key === 'away' || now.value - (since.value[key] ?? now.value) >= AFTER_MS
  return computed<Trouble[]>(() =>
    (Object.keys(holds.value) as TroubleKey[])
      .filter((key) => holds.value[key] && lasting(key))
      // A camera that was refused is why the microphone is missing too.
      .filter((key) => key !== 'microphone' || !holds.value.camera || camera.stream.value !== null)
      .map((key) => ({
        key,
        kind: key === 'camera' || key === 'failed' ? 'bad' : QUIET.includes(key) ? 'info' : 'warn',
        urgent: URGENT.includes(key),
      })),
  )
}
