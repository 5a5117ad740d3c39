import type { AttemptTimes } from '@shared/api/types'

export type DayMoment = 'login' | 'entry' | 'start' | 'end'

export interface DayMark {
  key: DayMoment
  ms: number
  /** Place on the line, 0 to 1. */
  at: number
}

// Labels nearer than this would run into each other; then the line stops being to scale and spaces them evenly.
const NEAREST = 0.22

/** The moments of the day that matter before the exam, in order, placed on a line. */
export function dayMarks(times: AttemptTimes): DayMark[] {
  const all: [DayMoment, number][] = [
    ['entry', times.entry_opens_ms],
    ['start', times.starts_ms],
    ['end', times.ends_ms],
  ]
  // A rehearsal opens for login and entry at once, and one mark says it.
  const { login_opens_ms: login } = times
  if (login !== null && login < times.entry_opens_ms) all.unshift(['login', login])
  const first = all[0]![1]
  const whole = times.ends_ms - first
  const scaled = all.map(([, ms]) => (whole > 0 ? (ms - first) / whole : 0))
  const roomy = scaled.every((at, i) => i === 0 || at - scaled[i - 1]! >= NEAREST)
  return all.map(([key, ms], i) => ({ key, ms, at: roomy ? scaled[i]! : i / (all.length - 1) }))
}

/** Where a moment lies on that line, between its neighbours. */
export function placeOnLine(marks: readonly DayMark[], ms: number): number {
  const after = marks.findIndex((mark) => mark.ms > ms)
  if (after === -1) return 1
  if (after === 0) return 0
  const from = marks[after - 1]!
  const to = marks[after]!
  return from.at + ((ms - from.ms) / (to.ms - from.ms)) * (to.at - from.at)
}
