import type { Clock } from './ticking'

// A computer that slept, or a clock that was corrected, must not keep anyone from the question: a long wait is taken in
// short steps and measured again by the server's clock.
const LONGEST_MS = 1_000

/** Calls back once when the server's clock has reached the moment. Returns the way to call it off. */
export function atMoment(clock: Clock, moment: number, reached: () => void): () => void {
  let timer = 0
  const wait = (): void => {
    const left = moment - clock.now()
    if (left <= 0) reached()
    else timer = window.setTimeout(wait, Math.min(left, LONGEST_MS))
  }
  wait()
  return () => clearTimeout(timer)
}

/** A pause of a retry loop that ends early when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
