import { onMounted, onScopeDispose } from 'vue'
import type { Playback } from './playback'

export const BACK_MS = 15_000
export const FORWARD_MS = 5_000

interface Keys {
  playback: () => Playback | null
  note?: () => void
  help: () => void
}

/**
 * The player's keys, on the whole page. Text fields keep their letters; a field of marks (`data-marks`) takes only
 * digits, so there the player's keys still work.
 */
export function usePlayerKeys(keys: Keys): void {
  const pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (document.querySelector('dialog[open]') || isTyping(event.target)) return
    const act = actOf(event, keys)
    if (!act) return
    event.preventDefault()
    act()
  }
  // Whoever clicked a button of the player with the mouse expects the space bar to play, not to press it again.
  const clicked = (event: MouseEvent): void => {
    if (event.detail > 0 && event.target instanceof Element) event.target.closest<HTMLElement>('[data-player] button')?.blur()
  }
  onMounted(() => {
    window.addEventListener('keydown', pressed)
    window.addEventListener('click', clicked)
  })
  onScopeDispose(() => {
    window.removeEventListener('keydown', pressed)
    window.removeEventListener('click', clicked)
  })
}

function actOf(event: KeyboardEvent, keys: Keys): (() => void) | null {
  const playback = keys.playback()
  if (event.key === '?' || event.key === '？') return keys.help
  if (event.code === 'KeyN') return keys.note ?? null
  if (!playback) return null
  // By place on the keyboard: an input method turns the letters into something else.
  switch (event.code) {
    case 'Space':
      // A focused button is pressed by the space bar, as everywhere.
      return isPressable(event.target) ? null : () => playback.toggle()
    case 'KeyJ':
      return () => playback.skip(-BACK_MS)
    case 'KeyL':
      return () => playback.skip(FORWARD_MS)
    case 'BracketLeft':
      return () => playback.stepRate(-1)
    case 'BracketRight':
      return () => playback.stepRate(1)
    case 'ArrowLeft':
    case 'ArrowRight':
      if (event.target instanceof HTMLInputElement) return null
      return () => playback.skip(event.code === 'ArrowLeft' ? -FORWARD_MS : FORWARD_MS)
    default:
      return null
  }
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable) return true
  return target instanceof HTMLInputElement && target.type !== 'range' && !('marks' in target.dataset)
}

function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary') !== null
}
