import { askCamera, MediaFailure } from '@shared/recorder'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'

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

  function watchTrack(track: MediaStreamTrack, of: MediaStream): void {
    const changed = (): void => void changes.value++
    track.addEventListener('mute', changed)
    track.addEventListener('unmute', changed)
    track.addEventListener('ended', () => {
      changed()
      if (track.kind !== 'video' || stream.value !== of) return
      stream.value = null
      failure.value = new MediaFailure('other', 'camera', 'track ended')
    })
  }

  async function open(): Promise<MediaStream | null> {
    if (asking.value) return stream.value
    asking.value = true
    try {
      take(await askCamera())
      failure.value = null
    } catch (thrown) {
      if (!(thrown instanceof MediaFailure)) throw thrown
      failure.value = thrown
      if (thrown.device === 'microphone') await openPictureOnly()
    } finally {
      asking.value = false
    }
    return stream.value
  }

  function take(opened: MediaStream): void {
    opened.getTracks().forEach((track) => watchTrack(track, opened))
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

  return { stream, failure, asking, microphone, pictureMuted, open, close }
}

export type Camera = ReturnType<typeof useCamera>
