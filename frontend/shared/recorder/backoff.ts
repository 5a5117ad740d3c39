import { monotonicMs } from './monotonic'

const BASE_MS = 500
/** A network that came back is noticed by the `online` event; the ceiling is for one that comes back silently. */
const CEILING_MS = 8_000
/** A server in distress gets more room. */
const BUSY_CEILING_MS = 30_000

/** How long one item waits after so many failures of its own: doubling, and half of it left to chance. */
export function itemWaitMs(failures: number): number {
  const ceiling = Math.min(BUSY_CEILING_MS, BASE_MS * 2 ** Math.min(failures, 10))
  return (ceiling * (1 + Math.random())) / 2
}

/**
 * Waiting after failures: exponential with full jitter (each wait is a random part of the doubled ceiling, so thousands
 * of candidates cut off together do not return together). `Retry-After` is a floor that nothing shortens.
 */
export class Backoff {
  private failures = 0
  private until = 0
  private floor = 0

  succeeded(): void {
    this.failures = 0
    this.until = 0
  }

  failed(busy: boolean, retryAfterMs: number | null): void {
    const ceiling = Math.min(busy ? BUSY_CEILING_MS : CEILING_MS, BASE_MS * 2 ** Math.min(this.failures, 10))
    this.failures += 1
    const now = monotonicMs()
    if (retryAfterMs !== null) this.floor = Math.max(this.floor, now + retryAfterMs)
    this.until = now + Math.random() * ceiling
  }

  /** Forgets the waiting, except what the server asked for. */
  wake(): void {
    this.until = 0
  }

  /** When the next try is due (monotonic ms), or null when it may be made now. */
  dueAt(): number | null {
    const due = Math.max(this.until, this.floor)
    return due > monotonicMs() ? due : null
  }
}
