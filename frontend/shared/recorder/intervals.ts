/** Half-open stretches of server time, `[from, to)` in Unix ms, kept sorted and merged. */
export type Interval = [from: number, to: number]

/** Adds a stretch in place. Stretches that touch become one, so a gapless hour of segments stays a single entry. */
export function addInterval(list: Interval[], from: number, to: number): void {
  if (to <= from) return
  let first = list.length
  while (first > 0 && list[first - 1]![1] >= from) first -= 1
  let last = first
  while (last < list.length && list[last]![0] <= to) {
    from = Math.min(from, list[last]![0])
    to = Math.max(to, list[last]![1])
    last += 1
  }
  list.splice(first, last - first, [from, to])
}

export function totalMs(list: readonly Interval[]): number {
  return list.reduce((sum, [from, to]) => sum + (to - from), 0)
}

export function copyIntervals(list: readonly Interval[]): Interval[] {
  return list.map(([from, to]) => [from, to])
}
