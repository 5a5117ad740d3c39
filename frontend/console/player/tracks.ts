import type { GapCause, TrackKind } from '../api'

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

/** Where a track has nothing, as a page says it. */
export interface Missing {
  from: number
  to: number
  cause: GapCause
}

/** The gap of a track around a moment, if the moment lies in one. */
export function gapAt(track: PlayerTrack, at: number): Missing | null {
  const gap = track.gaps.find((one) => one.from_ms <= at && at < one.to_ms)
  return gap ? { from: gap.from_ms, to: gap.to_ms, cause: gap.cause } : null
}
