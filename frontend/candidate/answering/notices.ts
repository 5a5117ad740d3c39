import type { Situation } from '@shared/api/types'
import { computed, ref, watch, type Ref } from 'vue'
import { useContext } from '../context'

/** What can be told while it is recorded, the most needed first. */
const ORDER = ['screen', 'camera', 'recorder', 'display', 'held', 'picture', 'silent', 'clipped', 'offline', 'space', 'fullscreen', 'phone', 'catchingUp', 'lowered', 'told'] as const
export type Notice = (typeof ORDER)[number]

/** The question has to stay in sight. */
const AT_MOST = 2
// A segment on its way is ordinary; more than two of them are a backlog.
const BACKLOG_MS = 9_000

/** What the candidate must know from entry to the end. */
export function useNotices(situation: Readonly<Ref<Situation>>) {
  const { camera, recording, progress, conduct } = useContext()
  const waitingMs = computed(() => progress.waitingMs(situation.value.attempt_id))

  // "Sending the missing n seconds" from the moment the network is back until all of it is confirmed.
  const catchingUp = ref(false)
  watch(progress.online, (online, before) => {
    if (online && before === false) catchingUp.value = true
  })
  watch(waitingMs, (ms) => {
    if (ms < BACKLOG_MS && progress.online.value) catchingUp.value = false
  })

  const recorder = computed<'start' | 'spool' | null>(() => {
    if (recording.phase.value === 'failed') return 'start'
    return progress.unsaved.value > 0 ? 'spool' : null
  })
  /** `again`: staff allowed another phone. One that was never bound is not asked for in the middle of an answer. */
  const phone = computed<'lost' | 'again' | null>(() => {
    const { state, bound_ms: bound, rebind_allowed: allowed } = situation.value.phone
    if (state === 'lost') return 'lost'
    return allowed && bound !== null && state !== 'recording' ? 'again' : null
  })
  // While the recorder starts it may still turn out that another tab has the exam.
  const starting = computed(() => recording.phase.value === 'starting')

  const wanted = computed<Record<Notice, boolean>>(() => ({
    screen: !starting.value && recording.trouble.value !== null,
    camera: camera.failure.value !== null,
    recorder: recorder.value !== null,
    display: conduct.secondDisplay.value,
    held: recording.held.value,
    picture: recording.picture.value !== 'good' && camera.failure.value === null,
    // A microphone that is only held back is neither muted nor unplugged.
    silent: conduct.silent.value && !recording.held.value && camera.failure.value === null,
    clipped: recording.sound.value === 'clipped',
    offline: !progress.online.value,
    space: progress.low.value,
    fullscreen: conduct.fullscreenLeft.value,
    phone: phone.value !== null,
    catchingUp: progress.online.value && catchingUp.value && waitingMs.value > 0,
    lowered: recording.lowered.value && progress.online.value,
    told: conduct.told.value !== null,
  }))
  const shown = computed(() => ORDER.filter((key) => wanted.value[key]).slice(0, AT_MOST))
  return { shown, recorder, phone, waitingMs }
}
