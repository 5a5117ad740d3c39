import { askCamera, askMicrophone, MediaFailure, type CameraChoice } from '@shared/recorder'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { keepChoice, keptChoice } from './deviceChoice'

/**
 * Camera and microphone of this page, asked for once and handed from login to entry to the recorder, so that the
 * browser asks the candidate once and the picture never goes dark in between.
 */
export function useCamera() {
  const stream = shallowRef<MediaStream | null>(null)
  const failure = shallowRef<MediaFailure | null>(null)
  const asking = ref(false)
  /** Labels and mutes live outside Vue; this counts their changes. */
  const changes = ref(0)

  const watched = new WeakSet<MediaStreamTrack>()
  function watchTrack(track: MediaStreamTrack): void {
    if (watched.has(track)) return
    watched.add(track)
    const changed = (): void => void changes.value++
    track.addEventListener('mute', changed)
    track.addEventListener('unmute', changed)
    track.addEventListener('ended', () => {
      changed()
      if (!stream.value?.getVideoTracks().some((one) => one === track)) return
      stream.value = null
      failure.value = new MediaFailure('other', 'camera', 'track ended')
    })
  }

  /** Opens the devices that were chosen on this computer; one that is gone gives way to whichever there is. */
  async function open(): Promise<MediaStream | null> {
    await asked(async () => take(await askChosen(keptChoice())))
    if (failure.value?.device === 'microphone' && !stream.value) await openPictureOnly()
    return stream.value
  }

  /** Another camera, with the microphone as it was chosen. The one before goes on when the new one cannot be had. */
  async function changeCamera(cameraId: string): Promise<boolean> {
    const choice = { ...keptChoice(), cameraId }
    return asked(async () => {
      take(await askCamera(choice))
      keepChoice(choice)
    })
  }

  /** Another microphone beside the same picture, which goes on without a break. */
  async function changeMicrophone(microphoneId: string): Promise<boolean> {
    return asked(async () => {
      const sound = await askMicrophone(microphoneId)
      const picture = stream.value?.getVideoTracks() ?? []
      const before = stream.value?.getAudioTracks() ?? []
      const joined = new MediaStream([...picture, ...sound.getAudioTracks()])
      joined.getTracks().forEach((track) => watchTrack(track))
      stream.value = joined
      before.forEach((track) => track.stop())
      keepChoice({ ...keptChoice(), microphoneId })
    })
  }

  /** One question to the browser at a time. Tells whether it was answered well; else `failure` says why not. */
  async function asked(question: () => Promise<void>): Promise<boolean> {
    if (asking.value) return false
    asking.value = true
    try {
      await question()
      failure.value = null
      return true
    } catch (thrown) {
      if (!(thrown instanceof MediaFailure)) throw thrown
      failure.value = thrown
      return false
    } finally {
      asking.value = false
    }
  }

  function take(opened: MediaStream): void {
    opened.getTracks().forEach((track) => watchTrack(track))
    stream.value?.getTracks().forEach((track) => track.stop())
    stream.value = opened
  }

  /** A missing microphone must not keep anyone from the face login; the failure stays shown until it is mended. */
  async function openPictureOnly(): Promise<void> {
    try {
      take(await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, height: { ideal: 480 } } }))
    } catch {
      stream.value = null
    }
  }

  function close(): void {
    const closing = stream.value
    stream.value = null
    failure.value = null
    closing?.getTracks().forEach((track) => track.stop())
  }

  const microphone = computed<'live' | 'muted' | 'none'>(() => {
    void changes.value
    const track = stream.value?.getAudioTracks()[0]
    if (!track || track.readyState === 'ended') return 'none'
    return track.muted ? 'muted' : 'live'
  })
  /** The picture stands still because the device or the system holds it back (a lid, a privacy switch). */
  const pictureMuted = computed(() => {
    void changes.value
    return stream.value?.getVideoTracks()[0]?.muted === true
  })

  // A device that was plugged in again is taken at once.
  const replugged = (): void => {
    if (failure.value && failure.value.cause !== 'denied') void open()
  }
  navigator.mediaDevices?.addEventListener('devicechange', replugged)
  onScopeDispose(() => {
    navigator.mediaDevices?.removeEventListener('devicechange', replugged)
    close()
  })

  return { stream, failure, asking, microphone, pictureMuted, open, close, changeCamera, changeMicrophone }
}

async function askChosen(choice: CameraChoice): Promise<MediaStream> {
  try {
    return await askCamera(choice)
  } catch (thrown) {
    const chosen = choice.cameraId !== undefined || choice.microphoneId !== undefined
    if (!chosen || !(thrown instanceof MediaFailure) || thrown.cause === 'denied') throw thrown
    return askCamera()
  }
}

export type Camera = ReturnType<typeof useCamera>
