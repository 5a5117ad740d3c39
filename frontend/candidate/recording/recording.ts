import type { Situation } from '@shared/api/types'
import { Heartbeat, Recorder, RecorderElsewhere, type HeartbeatAnswer, type RecorderState, type ServerClock, type Track } from '@shared/recorder'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Attempt } from '../attempt/attempt'
import { EventLog } from '../attempt/events'
import { pause } from '../attempt/moment'
import type { Camera } from '../devices/camera'
import type { UploadProgress } from './progress'
import { useScreenShare } from './shares'

export type { ScreenTroubleKind } from './shares'
export type DeviceState = 'on' | 'starting' | 'off'
type Phase = 'idle' | 'starting' | 'running' | 'elsewhere' | 'failed' | 'stopping' | 'stopped'

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

  const mustRun = computed(() => attempt.page.value === 'countdown' || attempt.page.value === 'answering')

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
      onEvent: (kind, detail, atMs) => {
        // A share that this page never had has not stopped: after a reload it has yet to be asked for.
        if (kind === 'share_stopped' && detail['cause'] === 'absent') return
        log.value?.add(kind, detail, atMs)
      },
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
      log.value?.add('page_loaded', { page: attempt.page.value, language: document.documentElement.lang })
    },
    { immediate: true },
  )

  // A sign of life as long as the attempt is not left behind, whether or not a recorder could be started. Afterwards a
  // slow one: what the server finds damaged later it can ask for only in its answer.
  let heartbeat: { of: string; slow: boolean; end: () => void } | null = null
  watch(
    () => attempt.situation.value,
    (situation) => {
      const slow = situation?.page === 'home'
      if (heartbeat && (situation?.attempt_id !== heartbeat.of || slow !== heartbeat.slow)) {
        heartbeat.end()
        heartbeat = null
      }
      if (!situation?.upload_token) return
      const { attempt_id: id, upload_token: token } = situation
      progress.introduce(id, token, computerTracks(situation))
      if (heartbeat) return
      const beat = Heartbeat.open(clock, id, token, computerTracks(situation), slow)
      const deafen = beat.onAnswer((answer) => heard(id, answer))
      const end = (): void => {
        deafen()
        beat.close()
      }
      heartbeat = { of: id, slow, end }
    },
    { immediate: true },
  )
  onScopeDispose(() => heartbeat?.end())

  /** Every answer says when the attempt ends and whether it has: a change is fetched at once. */
  function heard(id: string, { ended, ends_ms }: HeartbeatAnswer): void {
    const known = attempt.situation.value
    if (!known || known.attempt_id !== id || !mustRun.value) return
    if (ended || (ends_ms !== null && ends_ms !== known.times.ends_ms)) void attempt.refetch()
  }

  function deviceState(kind: 'camera' | 'screen'): DeviceState {
    const state = facts.value?.tracks[kind].state
    if (state === 'recording') return 'on'
    return state === 'lost' || state === 'stopped' || phase.value === 'failed' ? 'off' : 'starting'
  }

  return {
    ...shares,
    phase,
    log,
    level: computed(() => facts.value?.level ?? 0),
    devices: computed<Record<'camera' | 'microphone' | 'screen', DeviceState>>(() => ({
      camera: deviceState('camera'),
      microphone: facts.value?.status === 'recording' ? (facts.value.microphone.live ? 'on' : 'off') : 'starting',
      screen: deviceState('screen'),
    })),
  }
}

/** The tracks that this computer records; the phone records its own. */
function computerTracks(situation: Situation): Track[] {
  return situation.tracks.filter((track): track is Track => track.kind !== 'phone')
}

export type Recording = ReturnType<typeof useRecording>
