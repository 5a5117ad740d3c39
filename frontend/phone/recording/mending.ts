import { onScopeDispose, type Ref } from 'vue'
import type { RecorderState } from '@shared/recorder'
import type { PhoneCamera } from './camera'

const EVERY_MS = 5_000
/** A system that gives the camera back by itself does so within this time after the page is seen again. */
const PATIENCE_MS = 1_500

/**
 * Gets camera and microphone back by itself: a phone takes them away for a call, for another app, for a dark screen, and
 * the one who could press a button sits at the computer. What a person has refused is not asked for again and again.
 */
export function useMending(
  camera: PhoneCamera,
  facts: Readonly<Ref<RecorderState<'phone'> | null>>,
  running: Readonly<Ref<boolean>>,
): void {
  let soon = 0

  function mend(): void {
    const state = facts.value
    if (!running.value || !state || document.visibilityState !== 'visible' || camera.asking.value) return
    if (camera.failure.value?.cause === 'denied') return
    const picture = camera.stream.value?.getVideoTracks()[0]
    const standing = !picture || picture.readyState === 'ended' || picture.muted
    if (standing || state.tracks.phone.detail === 'frozen') return void camera.open()
    const sound = camera.stream.value?.getAudioTracks()[0]
    if (!sound || sound.readyState === 'ended' || sound.muted) void camera.openMicrophone()
  }

  function seen(): void {
    clearTimeout(soon)
    if (document.visibilityState === 'visible') soon = window.setTimeout(mend, PATIENCE_MS)
  }

  const timer = setInterval(mend, EVERY_MS)
  document.addEventListener('visibilitychange', seen)
  navigator.mediaDevices?.addEventListener('devicechange', mend)
  onScopeDispose(() => {
    clearInterval(timer)
    clearTimeout(soon)
    document.removeEventListener('visibilitychange', seen)
    navigator.mediaDevices?.removeEventListener('devicechange', mend)
  })
}
