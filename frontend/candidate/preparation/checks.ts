import { askScreen, MediaFailure, recordingSupport, type ServerClock, type Surface } from '@shared/recorder'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { Camera } from '../devices/camera'
import { useComputer } from '../devices/computer'
import { browserName } from './browserName'
import { clockCheck, displayCheck, powerCheck, spaceCheck, uploadCheck, type Check, type CheckKey } from './rules'
import { measureUpload } from './speedTest'

/** Louder than a quiet room with a laptop's microphone, on the recorder's scale. */
const HEARD = 0.22

type ScreenTrial = Surface | 'untried' | 'asking' | 'declined' | 'unsupported' | 'failed'

/** The nine checks of step 1, each made at once where the browser allows it and again when asked. */
export function useChecks(clock: ServerClock, now: Readonly<Ref<number>>, camera: Camera, level: Readonly<Ref<number>>) {
  const computer = useComputer()
  const missing = shallowRef<string[] | null>(null)
  const heard = ref(false)
  const trial = ref<ScreenTrial>(screenSharing() ? 'untried' : 'unsupported')
  const mbit = ref<number | 'failed' | null>(null)
  const ending = new AbortController()
  onScopeDispose(() => ending.abort())

  watch(level, (loud) => (heard.value ||= loud > HEARD))

  async function lookAtBrowser(): Promise<void> {
    missing.value = null
    missing.value = (await recordingSupport()).missing
  }

  async function upload(): Promise<void> {
    mbit.value = null
    mbit.value = await measureUpload(ending.signal).catch(() => 'failed' as const)
  }

  /** Must be called in a click: the browser asks which screen. Nothing is kept; the exam asks again. */
  async function tryScreen(): Promise<void> {
    trial.value = 'asking'
    try {
      const { stream, surface } = await askScreen()
      stream.getTracks().forEach((track) => track.stop())
      trial.value = surface
    } catch (thrown) {
      if (!(thrown instanceof MediaFailure)) throw thrown
      trial.value = thrown.cause === 'denied' ? 'declined' : thrown.cause === 'other' || thrown.cause === 'in_use' ? 'failed' : 'unsupported'
    }
  }

  async function openCamera(): Promise<void> {
    heard.value = false
    await camera.open()
  }

  const browserCheck = computed<Check>(() => {
    if (!missing.value) return { key: 'browser', state: 'running', outcome: 'running', value: null }
    const value = browserName(navigator.userAgent)
    return missing.value.length > 0
      ? { key: 'browser', state: 'bad', outcome: 'unsupported', value }
      : { key: 'browser', state: 'ok', outcome: 'good', value }
  })
  const cameraCheck = computed<Check>(() => {
    const at = { key: 'camera' as const, value: null }
    if (camera.asking.value) return { ...at, state: 'running', outcome: 'running' }
    const { value: stream } = camera.stream
    if (!stream) return { ...at, state: 'bad', outcome: camera.failure.value?.cause ?? 'none' }
    if (camera.pictureMuted.value) return { ...at, state: 'warn', outcome: 'covered' }
    const { width, height } = stream.getVideoTracks()[0]?.getSettings() ?? {}
    return { ...at, state: 'ok', outcome: 'good', value: width && height ? `${width}×${height}` : null }
  })
  const microphoneCheck = computed<Check>(() => {
    const at = { key: 'microphone' as const, value: null }
    if (camera.asking.value) return { ...at, state: 'running', outcome: 'running' }
    if (camera.microphone.value === 'muted') return { ...at, state: 'warn', outcome: 'muted' }
    if (camera.microphone.value === 'none') {
      const failed = camera.failure.value
      return { ...at, state: 'bad', outcome: failed ? failed.cause : 'none' }
    }
    return heard.value ? { ...at, state: 'ok', outcome: 'good' } : { ...at, state: 'warn', outcome: 'silent' }
  })
  const screenCheck = computed<Check>(() => {
    const at = { key: 'screen' as const, value: null, outcome: trial.value }
    if (trial.value === 'asking') return { ...at, state: 'running' }
    if (trial.value === 'untried') return { ...at, state: 'unknown' }
    // A browser that does not tell the surface is not refused for it, here or at entry.
    return { ...at, state: trial.value === 'monitor' || trial.value === 'unknown' ? 'ok' : 'bad' }
  })

  const checks = computed<Check[]>(() => [
    browserCheck.value,
    cameraCheck.value,
    microphoneCheck.value,
    screenCheck.value,
    displayCheck(computer.displays.value),
    spaceCheck(computer.freeBytes.value, computer.persisted.value),
    uploadCheck(mbit.value),
    powerCheck(computer.power.value),
    // The clock runs on while the page stands open.
    clockCheck((void now.value, clock.offsetMs()), clock.measured),
  ])

  /** Looks again at one of them; called in a click. */
  async function again(key: CheckKey): Promise<void> {
    if (key === 'browser') return lookAtBrowser()
    if (key === 'camera' || key === 'microphone') return openCamera()
    if (key === 'screen') return tryScreen()
    if (key === 'upload') return upload()
    if (key === 'display') return computer.count(true)
    computer.look()
  }

  void lookAtBrowser()
  void upload()
  if (!camera.stream.value) void camera.open()
  return { checks, missing, again }
}

const screenSharing = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === 'function'
