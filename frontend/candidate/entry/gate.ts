import type { Situation } from '@shared/api/types'

export type Gate =
  /** Not yet; the button works from `until`. */
  | { state: 'shut'; until: number; from: number }
  /** Open before T0; the exam starts at `until`. */
  | { state: 'open'; until: number; from: number }
  /** T0 has passed, one may still enter until `until`, and it is recorded as late. */
  | { state: 'late'; until: number; from: number }
  | { state: 'over' }

/** The gate by the clock between two answers of the server; the server decides when 【进入考试】 is pressed. */
export function gateAt(situation: Situation, nowMs: number): Gate {
  const { entry_opens_ms, starts_ms, login_closes_ms, login_opens_ms } = situation.times
  if (situation.may.enter.why === 'entry_closed' || nowMs >= login_closes_ms) return { state: 'over' }
  if (nowMs < entry_opens_ms) return { state: 'shut', until: entry_opens_ms, from: login_opens_ms ?? situation.now_ms }
  if (nowMs < starts_ms) return { state: 'open', until: starts_ms, from: entry_opens_ms }
  return { state: 'late', until: login_closes_ms, from: starts_ms }
}
