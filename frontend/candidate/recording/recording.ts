import type { Situation } from '@shared/api/types'
import { Recorder, RecorderElsewhere, recorderLock, type PictureState, type RecorderState, type ServerClock } from '@shared/recorder'
import { computed, ref, shallowRef, watch } from 'vue'
import type { Attempt } from '../attempt/attempt'
import { EventLog } from '@shared/events/log'
import { pause } from '@shared/time/moment'
import { isRecorded } from '../attempt/page'
import type { Camera } from '../devices/camera'
import { useDeviceChanges } from './deviceChanges'
import type { UploadProgress } from './progress'
import { useScreenShare } from './shares'
import { useSignOfLife } from './signOfLife'
import { computerTracks } from './tracks'

export type { ScreenTroubleKind } from './shares'
export type DeviceState = 'on' | 'starting' | 'off'
export type Phase = 'idle' | 'starting' | 'running' | 'elsewhere' | 'failed' | 'stopping' | 'stopped'

const ELSEWHERE_RETRY_MS = 1_000

/**
 * Keeps the recording what the attempt's page says it must be: running from entry to the end with whatever devices
 * there are, back again after a reload, and stopped at the same moment for everyone. Pages only share the screen.
 */
export function useRecording(clock: ServerClock, attempt: Attempt, camera: Camera, progress: UploadProgress) {
  const shares = useScreenShare()
  const phase = ref<Phase>('idle')
  const facts = shallowRef<RecorderState | null>(null)
  const log = shallowRef<EventLog | null>(null)
  let recorder: Recorder | null = null
  let letGo = (): void => {}
  let recordingOf: string | null = null

  const mustRun = computed(() => isRecorded(attempt.page.value))

  async function begin(situation: Situation): Promise<void> {
    recordingOf = situation.attempt_id
    phase.value = 'starting'
    if (!camera.stream.value) await camera.open()
    if (!shares.screen.value && !shares.trouble.value) shares.trouble.value = 'needed'
    if (!mustRun.value || recordingOf !== situation.attempt_id) return
    const made = new Recorder({
      attemptId: situation.attempt_id,
      uploadToken: situation.upload_token ?? '',
      tracks: computerTracks(situation),
      clock,
      camera: camera.stream.value,
      screen: shares.screen.value,
    })
    recorder = made
    letGo = made.subscribe((state) => (facts.value = state))
    await startWhenFree(made)
  }

  async function startWhenFree(made: Recorder): Promise<void> {
    while (recorder === made && mustRun.value) {
      try {
        await made.start()
        phase.value = 'running'
        if (!camera.stream.value) await camera.open()
        catchUp(made)
        return
      } catch (thrown) {
        if (!(thrown instanceof RecorderElsewhere)) {
          phase.value = 'failed'
          log.value?.add('other', { what: 'recorder_start_failed', error: String(thrown) })
          return
        }
        if (phase.value !== 'elsewhere') log.value?.add('second_tab', { page: attempt.page.value })
        phase.value = 'elsewhere'
        // The other tab has the better right to the camera.
        camera.close()
        await pause(ELSEWHERE_RETRY_MS)
      }
    }
  }

  /** Devices that came while the recorder was starting. */
  let usedCamera: MediaStream | null = null
  let usedScreen: MediaStream | null = null
  function catchUp(made: Recorder): void {
    if (phase.value !== 'running') return
    const { value: seen } = camera.stream
    const { value: shared } = shares.screen
    if (seen && seen !== usedCamera) void made.replaceCamera(seen)
    if (shared && shared !== usedScreen) void made.replaceScreen(shared)
    usedCamera = seen
    usedScreen = shared
  }

  async function finish(reason: string): Promise<void> {
    const ending = recorder
    recorder = null
    recordingOf = null
    if (ending) {
      phase.value = 'stopping'
      await ending.stop(reason)
      letGo()
    }
    usedCamera = usedScreen = null
    shares.unshare()
    camera.close()
    facts.value = null
    phase.value = 'stopped'
  }

  watch(
    [mustRun, (): string | undefined => attempt.situation.value?.attempt_id],
    ([must, id]) => {
      const situation = attempt.situation.value
      if (must && situation && recordingOf !== id) void begin(situation)
      // A login that was lost in the middle does not stop the recording; an attempt that is over does.
      if (!must && situation && recordingOf) void finish(situation.end_reason ?? 'time')
    },
    { immediate: true },
  )
  watch([camera.stream, shares.screen], () => recorder && catchUp(recorder))

  watch(
    () => attempt.situation.value?.attempt_id ?? null,
    (id) => {
      log.value = id ? new EventLog(id, clock) : null
      if (id && log.value) void tellLoaded(id, log.value)
    },
    { immediate: true },
  )

  /** A page that was loaded while it is recorded means that the recording broke off; a second tab means no such thing. */
  async function tellLoaded(id: string, to: EventLog): Promise<void> {
    const tell = (): void => to.add('page_loaded', { page: attempt.page.value, language: document.documentElement.lang })
    if (!mustRun.value || !(await isRecordedElsewhere(id))) return tell()
    // If this tab takes over later, it was loaded then.
    const stop = watch(phase, (now) => {
      if (now === 'elsewhere' || now === 'starting') return
      stop()
      if (now === 'running' && log.value === to) tell()
    })
  }

  useSignOfLife(clock, attempt, progress, phase, mustRun)
  const changes = useDeviceChanges(camera, shares.trouble, log, mustRun)

  function deviceState(kind: 'camera' | 'screen'): DeviceState {
    const state = facts.value?.tracks[kind].state
    if (state === 'recording') return 'on'
    return state === 'lost' || state === 'stopped' || phase.value === 'failed' ? 'off' : 'starting'
  }

  return {
    ...shares,
    ...changes,
    phase,
    log,
    /** From entry to the end: what happens on this page is put on record. */
    running: mustRun,
    level: computed(() => facts.value?.level ?? 0),
    /** What the camera shows, as long as it is recorded; `gone`: the browser has it, and it gives no picture. */
    picture: computed<PictureState | 'gone'>(() => {
      const seen = facts.value?.tracks.camera
      if (seen?.state === 'lost' && seen.detail !== 'failed' && camera.stream.value) return 'gone'
      return (seen?.state === 'recording' && seen.picture) || 'good'
    }),
    /** A slow line keeps the pictures below their usual bit rate. */
    lowered: computed(() => Object.values(facts.value?.tracks ?? {}).some((track) => track.loweredKbps !== null)),
    /** The browser lets no sound through before the page is touched. */
    held: computed(() => facts.value?.status === 'recording' && facts.value.microphone.held),
    /** What the recorder hears of its microphone; null while it records nothing. */
    sound: computed(() => (facts.value?.status === 'recording' ? facts.value.microphone.state : null)),
    devices: computed<Record<'camera' | 'microphone' | 'screen', DeviceState>>(() => ({
      camera: deviceState('camera'),
      microphone: facts.value?.status === 'recording' ? (facts.value.microphone.live ? 'on' : 'off') : 'starting',
      screen: deviceState('screen'),
    })),
  }
}

async function isRecordedElsewhere(attemptId: string): Promise<boolean> {
  const held = (await navigator.locks?.query())?.held ?? []
  return held.some((lock) => lock.name === recorderLock(attemptId))
}

export type Recording = ReturnType<typeof useRecording>
