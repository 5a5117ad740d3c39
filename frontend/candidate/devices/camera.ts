import { askCamera, askMicrophone, askPicture, MediaFailure, type CameraChoice } from '@shared/recorder'
import { computed, nextTick, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { keepChoice, keptChoice } from './deviceChoice'
import { Onlooker } from './onlooker'

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

  // The pages between login and entry show no picture, and the recording must not wait for a camera that fell asleep.
  const onlooker = new Onlooker()
  watch(stream, (to) => onlooker.look(to))

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
    if (asking.value) return stream.value
    failure.value = await tried(async () => take(await askChosen(keptChoice())))
    if (failure.value?.device === 'microphone' && !stream.value) await openPictureOnly()
    return stream.value
  }

  /** Another camera beside the same microphone. Refused, the one before goes on; the answer says why. */
  async function changeCamera(cameraId: string): Promise<MediaFailure | null> {
    return changing(async () => {
      join(await askPicture({ cameraId }))
      keepChoice({ ...keptChoice(), cameraId })
    })
  }

  /** Another microphone beside the same picture, which goes on without a break. */
  async function changeMicrophone(microphoneId: string): Promise<MediaFailure | null> {
    return changing(async () => {
      join(await askMicrophone(microphoneId))
      keepChoice({ ...keptChoice(), microphoneId })
    })
  }

  /** After the microphone alone was lost: the chosen one again, or whichever there is. */
  async function retakeMicrophone(): Promise<MediaFailure | null> {
    return changing(async () => {
      const { microphoneId } = keptChoice()
      join(await askMicrophone(microphoneId).catch((thrown: unknown) => (microphoneId ? askMicrophone() : Promise.reject(thrown))))
    })
  }

  /** Puts what was opened in the place of what there was of its kind. */
  function join(opened: MediaStream): void {
    const kinds = new Set(opened.getTracks().map((track) => track.kind))
    const all = stream.value?.getTracks() ?? []
    opened.getTracks().forEach((track) => watchTrack(track))
    stream.value = new MediaStream([...all.filter((track) => !kinds.has(track.kind)), ...opened.getTracks()])
    release(all.filter((track) => kinds.has(track.kind)))
  }

  /** A change that fails leaves a camera that works alone, and says nothing against it. */
  async function changing(change: () => Promise<void>): Promise<MediaFailure | null> {
    if (asking.value) return null
    const refused = await tried(change)
    if (!refused) failure.value = null
    return refused
  }

  /** One question to the browser at a time. Why it was not answered well, or null. */
  async function tried(question: () => Promise<void>): Promise<MediaFailure | null> {
    asking.value = true
    try {
      await question()
      return null
    } catch (thrown) {
      if (!(thrown instanceof MediaFailure)) throw thrown
      return thrown
    } finally {
      asking.value = false
    }
  }

  function take(opened: MediaStream): void {
    const before = stream.value?.getTracks() ?? []
    opened.getTracks().forEach((track) => watchTrack(track))
    stream.value = opened
    release(before)
  }

  /** Once the recorder has the new ones: a device must not seem lost for the moment between. */
  function release(tracks: readonly MediaStreamTrack[]): void {
    void nextTick(() => tracks.forEach((track) => track.stop()))
  }

  /** A missing microphone must not keep anyone from the face login; the failure stays shown until it is mended. */
  async function openPictureOnly(): Promise<void> {
    try {
      take(await askPicture())
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
    else if (stream.value && !failure.value && microphone.value === 'none') void retakeMicrophone()
  }
  navigator.mediaDevices?.addEventListener('devicechange', replugged)
  onScopeDispose(() => {
    navigator.mediaDevices?.removeEventListener('devicechange', replugged)
    onlooker.look(null)
    close()
  })

  return { stream, failure, asking, microphone, pictureMuted, open, close, changeCamera, changeMicrophone, retakeMicrophone }
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
