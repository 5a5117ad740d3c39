import type { GapCause, TrackKind, Verdict } from '../api'

// What the player is given. Times are Unix ms of the server; the player asks for nothing but HLS.

export type Span = readonly [from: number, to: number]

export interface PlayerGap {
  from_ms: number
  to_ms: number
  cause: GapCause
}

export interface PlayerTrack {
  kind: TrackKind
  url: string
  covered: readonly Span[]
  gaps: readonly PlayerGap[]
}

/** Why a track has nothing: a gap's cause, or that it begins only later (who enters after T0). */
export type Absence = GapCause | 'before'

/** Where a track has nothing, as a page says it. */
export interface Missing {
  from: number
  to: number
  cause: Absence
}

/** What is missing of a track around a moment, if anything is. */
export function missingAt(track: PlayerTrack, at: number): Missing | null {
  const gap = track.gaps.find((one) => one.from_ms <= at && at < one.to_ms)
  if (gap) return { from: gap.from_ms, to: gap.to_ms, cause: gap.cause }
  const begins = Math.min(...track.covered.map(([from]) => from), ...track.gaps.map((one) => one.from_ms))
  return Number.isFinite(begins) && at < begins ? { from: at, to: begins, cause: 'before' } : null
}

/** The newest pieces are cut, sent and checked first: about two segments of 2 s, and what a heartbeat lags behind. */
const LIVE_EDGE_MS = 10_000

/** Whether a gap is only the newest moment of a recording that goes on: on its way, not missing. */
export function isLiveEdge(gap: Omit<PlayerGap, 'cause'> & { cause: string }, track: { due_to_ms: number; verdict: Verdict }): boolean {
  const reachesEnd = gap.to_ms >= track.due_to_ms - 1_000
  return track.verdict === 'recording' && gap.cause === 'not_yet_arrived' && reachesEnd && gap.to_ms - gap.from_ms < LIVE_EDGE_MS
}

/** Gaps worth a word. While the recorder was starting, seconds after entry, nobody expected a picture. */
export function notable<G extends { cause: GapCause }>(gaps: readonly G[]): G[] {
  return gaps.filter((gap) => gap.cause !== 'starting')
}

/** How long gaps are together, in ms. */
export function lengthOf(gaps: readonly { from_ms: number; to_ms: number }[]): number {
  return gaps.reduce((sum, gap) => sum + gap.to_ms - gap.from_ms, 0)
}
