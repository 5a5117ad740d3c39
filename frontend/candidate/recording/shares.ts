import { askScreen, MediaFailure, type Surface } from '@shared/recorder'
import { onScopeDispose, ref, shallowRef } from 'vue'

export type ScreenTroubleKind = 'needed' | 'declined' | 'wrong_surface' | 'stopped' | 'unsupported' | 'failed'

/** The whole-screen share: asked for, checked, watched. Only a whole screen is kept. */
export function useScreenShare() {
  const screen = shallowRef<MediaStream | null>(null)
  const surface = ref<Surface>('unknown')
  const trouble = ref<ScreenTroubleKind | null>(null)
  const asking = ref(false)

  /** Must be called in a click. Afterwards `screen` is there or `trouble` says why not. */
  async function share(): Promise<void> {
    if (asking.value) return
    asking.value = true
    try {
      const answer = await askScreen()
      surface.value = answer.surface
      // "unknown" is a browser that does not tell; refusing it would lock out people for what we cannot see.
      if (answer.surface === 'window' || answer.surface === 'browser') {
        answer.stream.getTracks().forEach((track) => track.stop())
        trouble.value = 'wrong_surface'
        return
      }
      take(answer.stream)
    } catch (thrown) {
      if (!(thrown instanceof MediaFailure)) throw thrown
      trouble.value = troubleOf(thrown)
    } finally {
      asking.value = false
    }
  }

  function take(stream: MediaStream): void {
    screen.value?.getTracks().forEach((track) => track.stop())
    screen.value = stream
    trouble.value = null
    stream.getVideoTracks()[0]?.addEventListener('ended', () => {
      if (screen.value !== stream) return
      screen.value = null
      trouble.value = 'stopped'
    })
  }

  function unshare(why: ScreenTroubleKind | null = null): void {
    const ending = screen.value
    screen.value = null
    trouble.value = why
    ending?.getTracks().forEach((track) => track.stop())
  }

  onScopeDispose(() => unshare())
  return { screen, surface, trouble, asking, share, unshare }
}

function troubleOf(failure: MediaFailure): ScreenTroubleKind {
  if (failure.cause === 'denied') return 'declined'
  return failure.cause === 'unsupported' || failure.cause === 'insecure' ? 'unsupported' : 'failed'
}
