export type MediaDevice = 'camera' | 'microphone' | 'screen'
export type MediaCause = 'denied' | 'in_use' | 'not_found' | 'insecure' | 'unsupported' | 'other'
export type Surface = 'monitor' | 'window' | 'browser' | 'unknown'

/** Why a camera, a microphone or a screen could not be had; the page says it in words. */
export class MediaFailure extends Error {
  constructor(
    override readonly cause: MediaCause,
    readonly device: MediaDevice,
    /** The browser's own name for the error, for the small print. */
    readonly reason: string,
  ) {
    super(`${device}: ${cause} (${reason})`)
    this.name = 'MediaFailure'
  }
}

export interface CameraChoice {
  cameraId?: string
  microphoneId?: string
  /** `user`: the camera on the side of the screen, where there are two (phones). */
  facing?: 'user'
}

const CAMERA = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15, max: 30 } }
/** The examiner must hear the room as it is; the browser's defaults would remove whispering as noise. */
const MICROPHONE = { echoCancellation: false, noiseSuppression: false, autoGainControl: true }
const SCREEN = { width: { max: 1280 }, height: { max: 720 }, frameRate: { ideal: 5, max: 5 } }

/** Asks for camera and microphone together. Throws {@link MediaFailure} naming the device at fault. */
export async function askCamera(choice: CameraChoice = {}): Promise<MediaStream> {
  const devices = mediaDevices('camera')
  const video = pictureOf(choice)
  const audio = { ...MICROPHONE, ...exactly(choice.microphoneId) }
  try {
    return await devices.getUserMedia({ video, audio })
  } catch (failure) {
    throw new MediaFailure(causeOf(failure), await deviceAtFault(devices, failure), nameOf(failure))
  }
}

/** Asks for a camera alone, to exchange it while the microphone goes on. */
export async function askPicture(choice: CameraChoice = {}): Promise<MediaStream> {
  try {
    return await mediaDevices('camera').getUserMedia({ video: pictureOf(choice) })
  } catch (failure) {
    throw asFailure(failure, 'camera')
  }
}

/** Asks for a microphone alone, to exchange it while the camera goes on. */
export async function askMicrophone(microphoneId?: string): Promise<MediaStream> {
  try {
    return await mediaDevices('microphone').getUserMedia({ audio: { ...MICROPHONE, ...exactly(microphoneId) } })
  } catch (failure) {
    throw asFailure(failure, 'microphone')
  }
}

/** Asks for the screen (needs a click just before). The caller decides whether the surface is acceptable. */
export async function askScreen(): Promise<{ stream: MediaStream; surface: Surface }> {
  const devices = mediaDevices('screen')
  if (typeof devices.getDisplayMedia !== 'function') throw new MediaFailure('unsupported', 'screen', 'no getDisplayMedia')
  // Newer hints of the specification that TypeScript's DOM types do not carry yet; unknown ones are ignored.
  const hints = { monitorTypeSurfaces: 'include', surfaceSwitching: 'exclude', selfBrowserSurface: 'exclude' }
  const options = { video: { ...SCREEN, displaySurface: 'monitor' }, audio: false, ...hints }
  let stream: MediaStream
  try {
    stream = await devices.getDisplayMedia(options)
  } catch (failure) {
    throw asFailure(failure, 'screen')
  }
  const track = stream.getVideoTracks()[0]
  if (!track) throw new MediaFailure('other', 'screen', 'no video track')
  track.contentHint = 'detail'
  return { stream, surface: surfaceOf(track) }
}

export function surfaceOf(track: MediaStreamTrack): Surface {
  const surface = track.getSettings().displaySurface
  return surface === 'monitor' || surface === 'window' || surface === 'browser' ? surface : 'unknown'
}

function mediaDevices(device: MediaDevice): MediaDevices {
  if (!window.isSecureContext) throw new MediaFailure('insecure', device, 'no secure context')
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (!devices) throw new MediaFailure('unsupported', device, 'no mediaDevices')
  return devices
}

function pictureOf({ cameraId, facing }: CameraChoice): MediaTrackConstraints {
  return { ...CAMERA, ...(facing ? { facingMode: facing } : {}), ...exactly(cameraId) }
}

function exactly(deviceId: string | undefined): MediaTrackConstraints {
  return deviceId ? { deviceId: { exact: deviceId } } : {}
}

function nameOf(failure: unknown): string {
  return failure instanceof Error ? failure.name : String(failure)
}

function asFailure(failure: unknown, device: MediaDevice): MediaFailure {
  if (failure instanceof MediaFailure) return failure
  return new MediaFailure(causeOf(failure), device, nameOf(failure))
}

const CAUSES: Record<string, MediaCause> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotReadableError: 'in_use',
  AbortError: 'in_use',
  NotFoundError: 'not_found',
  OverconstrainedError: 'not_found',
  TypeError: 'unsupported',
  InvalidStateError: 'denied',
}

function causeOf(failure: unknown): MediaCause {
  return CAUSES[nameOf(failure)] ?? 'other'
}

/** The browser does not say which of the two devices failed, so what is there and what is allowed is looked up. */
async function deviceAtFault(devices: MediaDevices, failure: unknown): Promise<MediaDevice> {
  try {
    if (nameOf(failure) === 'NotAllowedError') {
      const asked = await navigator.permissions.query({ name: 'camera' as PermissionName })
      const heard = await navigator.permissions.query({ name: 'microphone' as PermissionName })
      return asked.state !== 'denied' && heard.state === 'denied' ? 'microphone' : 'camera'
    }
    const kinds = new Set((await devices.enumerateDevices()).map((device) => device.kind))
    if (kinds.has('videoinput') && !kinds.has('audioinput')) return 'microphone'
    if (nameOf(failure) === 'NotReadableError') return await unreadableDevice(devices)
  } catch {
    // Some browsers refuse the question; the camera is the likelier culprit.
  }
  return 'camera'
}

async function unreadableDevice(devices: MediaDevices): Promise<MediaDevice> {
  try {
    const trial = await devices.getUserMedia({ video: CAMERA })
    trial.getTracks().forEach((track) => track.stop())
    return 'microphone'
  } catch {
    return 'camera'
  }
}
