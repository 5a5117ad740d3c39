/**
 * Milliseconds that only go forward and that read the same in the page and in its workers: `performance.now()` counts
 * from each context's own origin, and contexts that can talk to one another share one estimate of where the origins lie
 * (High Resolution Time, "estimated monotonic time of the Unix epoch"). `Date.now()` never enters, so a device clock
 * that is wrong, or is set during the exam, changes nothing.
 */
export function monotonicMs(): number {
  return performance.timeOrigin + performance.now()
}
