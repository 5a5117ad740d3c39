import { totalMs, type AttemptUploads, type TrackKind, type UploadsState } from '@shared/recorder'
import type { HomeAttempt } from '@shared/api/types'

// What this computer holds of each attempt, beside what the server says of it. Pure.

/** `waiting`: no network. `paused`: the upload token was turned away. `refused`: the server will not take the rest. */
export type CopyState = 'recording' | 'confirmed' | 'sending' | 'waiting' | 'paused' | 'refused'

/** Why this computer's copy may not be deleted yet; `wanted`: not by itself, since the server is still checking. */
export type KeptBecause = 'running' | 'unpublished' | 'wanted'

export interface Copy {
  attemptId: string
  held: AttemptUploads
  /** Null for an attempt that this login does not know: another person's, on a shared computer. */
  known: HomeAttempt | null
  /** When its recording began. */
  sinceMs: number
  tracks: { kind: TrackKind; lengthMs: number }[]
  state: CopyState
  /** Kept here and not confirmed: the longest such rest of a track. */
  missingMs: number
  /** Null once it may go. */
  kept: KeptBecause | null
}

/** The newest first; an attempt of which nothing lies here is not listed. */
export function copiesOf(state: UploadsState, attempts: readonly HomeAttempt[], missingMs: (id: string) => number): Copy[] {
  return Object.entries(state.perAttempt)
    .filter(([, held]) => held.heldBytes > 0)
    .map(([attemptId, held]): Copy => {
      const known = attempts.find((one) => one.attempt_id === attemptId) ?? null
      return {
        attemptId,
        held,
        known,
        sinceMs: beginningOf(held) ?? known?.entered_ms ?? 0,
        tracks: lengthsOf(held),
        state: stateOf(held, known, state.online),
        missingMs: missingMs(attemptId),
        kept: keptBecause(known),
      }
    })
    .sort((one, other) => other.sinceMs - one.sinceMs)
}

function keptBecause(known: HomeAttempt | null): KeptBecause | null {
  if (known?.copies_may_go) return null
  if (known?.running) return 'running'
  return known?.released ? 'wanted' : 'unpublished'
}

/** What goes by itself: it may, and the server has all of it. */
export function mayGo({ held, kept }: Copy): boolean {
  return kept === null && held.settled && held.unconfirmed === 0
}

function beginningOf(held: AttemptUploads): number | null {
  const starts = Object.values(held.perTrack).flatMap((track) => track.saved.slice(0, 1).map(([from]) => from))
  return starts.length > 0 ? Math.min(...starts) : null
}

const ORDER: readonly TrackKind[] = ['camera', 'screen', 'phone']

function lengthsOf(held: AttemptUploads): Copy['tracks'] {
  const tracks = Object.values(held.perTrack).flatMap(({ kind, saved }) => (kind && saved.length > 0 ? [{ kind, lengthMs: totalMs(saved) }] : []))
  return tracks.sort((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind))
}

function stateOf(held: AttemptUploads, known: HomeAttempt | null, online: boolean): CopyState {
  if (known?.running) return 'recording'
  if (held.unconfirmed === 0) return 'confirmed'
  if (held.settled) return 'refused'
  if (held.paused !== null) return 'paused'
  return online ? 'sending' : 'waiting'
}
