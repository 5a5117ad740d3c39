/** Latency beyond this means that the source counts from a new origin, not that the frame is late. */
const LOST_MS = 2_000
const WINDOW_MS = 2_000
/** A whole window later than this behind the estimate: the origin moved by less than a loss. */
const MOVED_MS = 200
/** How fast the estimate may rise per window; two clocks that drift apart do so by less than 250 ppm. */
const RISE_MS = 0.5

/**
 * Turns the timestamps of a capture device into monotonic time. Devices count from origins that no standard fixes
 * (and that may move when a stream changes hands), so the origin is learnt: a frame can only arrive after it was taken,
 * hence the smallest difference between arrival and timestamp is the best estimate of the origin.
 */
export class CaptureTimeline {
  private origin = Infinity
  private windowLeast = Infinity
  private windowEnd = -Infinity

  /** When the frame with this timestamp was taken, given when it arrived (both ms); never later than its arrival. */
  stamp(timestampMs: number, arrivedAt: number): number {
    const difference = arrivedAt - timestampMs
    if (difference < this.origin || difference - this.origin > LOST_MS) this.restart(difference, arrivedAt)
    this.windowLeast = Math.min(this.windowLeast, difference)
    if (arrivedAt >= this.windowEnd) {
      const behind = this.windowLeast - this.origin
      this.origin += behind > MOVED_MS ? behind : Math.min(behind, RISE_MS)
      this.openWindow(arrivedAt)
    }
    return timestampMs + this.origin
  }

  private restart(origin: number, arrivedAt: number): void {
    this.origin = origin
    this.openWindow(arrivedAt)
  }

  private openWindow(arrivedAt: number): void {
    this.windowLeast = Infinity
    this.windowEnd = arrivedAt + WINDOW_MS
  }
}
