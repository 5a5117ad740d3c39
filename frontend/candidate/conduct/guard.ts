import { onScopeDispose } from 'vue'

export type GuardedAct = 'copy' | 'cut' | 'context_menu' | 'drag' | 'print' | 'save'

/**
 * Keeps the question from being copied, dragged, printed or saved by the ordinary ways of a browser, and tells what was
 * tried. It stops habits, not cameras: that is what the watermark is for.
 */
export function useGuard(tried: (act: GuardedAct) => void): void {
  const off = new AbortController()
  const stop = (event: Event, act: GuardedAct): void => {
    event.preventDefault()
    tried(act)
  }
  const listen = (name: string, act: GuardedAct): void =>
    document.addEventListener(name, (event) => stop(event, act), { capture: true, signal: off.signal })
  listen('copy', 'copy')
  listen('cut', 'cut')
  listen('contextmenu', 'context_menu')
  listen('dragstart', 'drag')
  window.addEventListener('beforeprint', () => tried('print'), { signal: off.signal })
  document.addEventListener(
    'keydown',
    (event) => {
      if (!(event.ctrlKey || event.metaKey)) return
      const key = event.key.toLowerCase()
      if (key === 'p') stop(event, 'print')
      if (key === 's') stop(event, 'save')
    },
    { capture: true, signal: off.signal },
  )
  onScopeDispose(() => off.abort())
}
