import { askCamera, askMicrophone, askPicture, MediaFailure } from '@shared/recorder'
import { onScopeDispose, ref, shallowRef } from 'vue'

/** Front camera and microphone of this phone, from the binding to the end of the recording. */
export function usePhoneCamera() {
  const stream = shallowRef<MediaStream | null>(null)
  const failure = shallowRef<MediaFailure | null>(null)
  const asking = ref(false)

  /** Anew, whatever there was: a system that took the camera away gives it back only to who has let go of it. */
  async function open(): Promise<void> {
    await trying(async () => {
      letGo()
      try {
        take(await askCamera({ facing: 'user' }))
      } catch (thrown) {
        if (!(thrown instanceof MediaFailure) || thrown.device !== 'microphone') throw thrown
        // Without sound the picture is still evidence; the failure stays shown until it is mended.
        take(await askPicture({ facing: 'user' }))
        throw thrown
      }
    })
  }

  /** The microphone alone, beside a picture that goes on without a break. */
  async function openMicrophone(): Promise<void> {
    await trying(async () => {
      const sound = await askMicrophone()
      const picture = stream.value?.getVideoTracks() ?? []
      stream.value?.getAudioTracks().forEach((track) => track.stop())
      stream.value = new MediaStream([...picture, ...sound.getAudioTracks()])
    })
  }

  /** One question to the browser at a time. */
  async function trying(question: () => Promise<void>): Promise<void> {
    if (asking.value) return
    asking.value = true
    try {
      await question()
      failure.value = null
    } catch (thrown) {
      if (!(thrown instanceof MediaFailure)) throw thrown
      failure.value = thrown
    } finally {
      asking.value = false
    }
  }

  function take(opened: MediaStream): void {
    stream.value = opened
    const [picture] = opened.getVideoTracks()
    picture?.addEventListener('ended', () => {
      if (!stream.value?.getVideoTracks().includes(picture)) return
      letGo()
      failure.value = new MediaFailure('other', 'camera', 'track ended')
    })
  }

  function letGo(): void {
    const closing = stream.value
    stream.value = null
    closing?.getTracks().forEach((track) => track.stop())
  }

  function close(): void {
    letGo()
    failure.value = null
  }

  onScopeDispose(close)
  return { stream, failure, asking, open, openMicrophone, close }
}

export type PhoneCamera = ReturnType<typeof usePhoneCamera>
