import { onScopeDispose } from 'vue'

/** Calls back at once and then again and again, at the same pace while the page is hidden. */
export function usePulse(everyMs: number, beat: () => void): void {
  const worker = new Worker(new URL('./pulse.worker.ts', import.meta.url), { type: 'module', name: 'zhishi-pulse' })
  worker.onmessage = beat
  worker.postMessage(everyMs)
  beat()
  onScopeDispose(() => worker.terminate())
}
