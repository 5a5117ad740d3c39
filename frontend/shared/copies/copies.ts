import { totalMs, type AttemptUploads, type TrackKind, type Uploads, type UploadsState } from '../recorder'
import type { SittingKind } from '../api/types'

// What this device holds of each attempt, beside what the server says of it. Pure.

/** What the server says of an attempt of which something lies here. */
export interface KnownCopy {
  kind: SittingKind
  /** Still to be recorded here. */
  running: boolean
  /** They need not be kept any longer. */
  released: boolean
  /** They are needed no more, and go by themselves. */
  copies_may_go: boolean
  entered_ms?: number | null
  time_zone: string
}

/** Does what is asked of a copy. */
export type CopyKeeper = Pick<Uploads, 'sendAgain' | 'forget' | 'exportPackage'>

/** `waiting`: no network. `paused`: the upload token was turned away. `refused`: the server will not take the rest. */
export type CopyState = 'recording' | 'confirmed' | 'sending' | 'waiting' | 'paused' | 'refused'

/**
 * Why this device's copy may not be deleted yet. `wanted`: not by itself, since the server is still checking. `unasked`:
 * the server has not said anything of it.
 */
export type KeptBecause = 'running' | 'unpublished' | 'wanted' | 'unasked'

export interface Copy {
  /** Under which name it lies here: the attempt's, on a phone the binding's. */
  attemptId: string
  held: AttemptUploads
  /** Null where the server did not say: another person's on a shared computer, or not asked yet. */
  known: KnownCopy | null
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
export function copiesOf(state: UploadsState, knownOf: (id: string) => KnownCopy | null, missingMs: (id: string) => number): Copy[] {
  return Object.entries(state.perAttempt)
    .filter(([, held]) => held.heldBytes > 0)
    .map(([attemptId, held]): Copy => {
      const known = knownOf(attemptId)
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

/** What goes by itself: it may, and the server has all of it. */
export function mayGo({ held, kept }: Copy): boolean {
  return kept === null && held.settled && held.unconfirmed === 0
}

function keptBecause(known: KnownCopy | null): KeptBecause | null {
  if (!known) return 'unasked'
  if (known.copies_may_go) return null
  if (known.running) return 'running'
  return known.released ? 'wanted' : 'unpublished'
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

function stateOf(held: AttemptUploads, known: KnownCopy | null, online: boolean): CopyState {
  if (known?.running) return 'recording'
  if (held.unconfirmed === 0) return 'confirmed'
  if (held.settled) return 'refused'
  if (held.paused !== null) return 'paused'
  return online ? 'sending' : 'waiting'
}
