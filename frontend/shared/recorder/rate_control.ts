/** How the sending stands at a moment. */
export interface UplinkSample {
  /** Monotonic. */
  atMs: number
  online: boolean
  /** How long the oldest segment that still waits has been finished; 0 where none waits. */
  behindMs: number
  pendingBytes: number
  /** What the server confirmed over the last seconds, kbit/s. */
  sentKbps: number
}

/** What is left of the usual bit rate, step by step. The last keeps a face well recognisable at 640×480. */
export const STEPS = [1, 0.6, 0.35] as const

const GROWING_MS = 20_000
/** Means over this much at both ends of the window: what waits goes up and down with every segment. */
const EDGE_MS = 5_000
/** Less than a segment is no growth. */
const GROWTH_BYTES = 64_000
/** Segments that are on their way make up to about four seconds. */
const BEHIND_MS = 8_000
const EMPTY_MS = 4_000
const PATIENCE_MS = 60_000
const PATIENCE_MOST_MS = 960_000
/** Lowered again this soon after it was raised: the line carries no more, and the next try waits twice as long. */
const RELAPSE_MS = 120_000

/**
 * Decides how much of the usual bit rate a slow line can carry. What is recorded is lowered only while the line is up
 * and works to its limit: with no line at all the rate is not at fault, and everything waits on the disk for its return.
 */
export class RateControl {
  private step = 0
  private recent: UplinkSample[] = []
  private emptySince: number | null = null
  private patienceMs = PATIENCE_MS
  private raisedAt = -Infinity

  /** To be called about once a second. Which of {@link STEPS} is to be used from now on. */
  judge(sample: UplinkSample): number {
    const { atMs, online, behindMs } = sample
    this.recent = online ? [...this.recent.filter((one) => one.atMs >= atMs - GROWING_MS), sample] : []
    if (!online || behindMs >= EMPTY_MS) this.emptySince = null
    else this.emptySince ??= atMs
    if (this.step < STEPS.length - 1 && this.grows(sample)) this.lower(atMs)
    else if (this.step > 0 && this.emptySince !== null && atMs - this.emptySince >= this.patienceMs) this.raise(atMs)
    return STEPS[this.step]!
  }

  /** The backlog has grown for the whole window although the line was busy with it. */
  private grows({ atMs, behindMs }: UplinkSample): boolean {
    const first = this.recent[0]
    // Samples come about once a second, so a window of twenty is whole with nineteen between its ends.
    if (!first || behindMs < BEHIND_MS || atMs - first.atMs < GROWING_MS - 1_000) return false
    if (this.recent.some(({ pendingBytes }) => pendingBytes === 0)) return false
    // A large segment on a slow line takes longer than the speed is measured over: then it reads 0 for a while.
    if (this.recent.every(({ sentKbps }) => sentKbps === 0)) return false
    const before = meanBytes(this.recent.filter((one) => one.atMs < first.atMs + EDGE_MS))
    const now = meanBytes(this.recent.filter((one) => one.atMs > atMs - EDGE_MS))
    return now - before >= GROWTH_BYTES
  }

  private lower(atMs: number): void {
    this.step += 1
    if (atMs - this.raisedAt < RELAPSE_MS) this.patienceMs = Math.min(PATIENCE_MOST_MS, this.patienceMs * 2)
    this.beginAnew()
  }

  private raise(atMs: number): void {
    this.step -= 1
    this.raisedAt = atMs
    this.beginAnew()
  }

  /** The next step is decided by what comes after this one. */
  private beginAnew(): void {
    this.recent = []
    this.emptySince = null
  }
}

function meanBytes(samples: readonly UplinkSample[]): number {
  return samples.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0) / samples.length
}
