import type { Situation } from '@shared/api/types'

export type Gate =
  /** A rehearsal that was not entered: its times begin with the entry. */
  | { state: 'ready' }
  /** Not yet; the button works from `until`. */
  | { state: 'shut'; until: number; from: number }
  /** Open before T0; the exam starts at `until`. */
  | { state: 'open'; until: number; from: number }
  /** T0 has passed, one may still enter until `until`, and it is recorded as late. */
  | { state: 'late'; until: number; from: number }
  | { state: 'over' }

/** The gate by the clock between two answers of the server; the server decides when 【进入考试】 is pressed. */
export function gateAt(situation: Situation, nowMs: number): Gate {
  const { entry_opens_ms, starts_ms, login_opens_ms, provisional } = situation.times
  // Later than the login's closing where staff took their time over a request made before it.
  const closesMs = situation.times.entry_closes_ms ?? situation.times.login_closes_ms
  if (situation.may.enter.why === 'entry_closed' || nowMs >= closesMs) return { state: 'over' }
  if (provisional) return { state: 'ready' }
  if (nowMs < entry_opens_ms) return { state: 'shut', until: entry_opens_ms, from: login_opens_ms ?? situation.now_ms }
  if (nowMs < starts_ms) return { state: 'open', until: starts_ms, from: entry_opens_ms }
  return { state: 'late', until: closesMs, from: starts_ms }
}
