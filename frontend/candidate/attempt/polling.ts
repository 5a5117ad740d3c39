import { onScopeDispose } from 'vue'

/** Does something again and again while its page stands open; the next turn waits for the one before. */
export function usePolling(everyMs: number, turn: () => Promise<unknown>): void {
  let timer = 0
  let closed = false
  const next = (): void => {
    if (!closed) timer = window.setTimeout(() => void turn().finally(next), everyMs)
  }
  next()
  onScopeDispose(() => {
    closed = true
    clearTimeout(timer)
  })
}
