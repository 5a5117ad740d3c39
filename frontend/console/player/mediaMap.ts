// Between the server's time and a media element's. A player lays segments end to end, so that a gap vanishes from its
// timeline; the server's time of each segment (PROGRAM-DATE-TIME) brings it back. Pure.

/** A segment as the player has it: seconds on the element's timeline, and the server's time of its start in ms. */
export interface Piece {
  start: number
  duration: number
  at: number
}

/** Times are rounded to ms at segment borders, and a frame at 15 per second lasts 67 ms: less is no gap. */
export const TOLERANCE_MS = 120

const endOf = (piece: Piece): number => piece.at + piece.duration * 1000

/** Runs without a gap, in the server's time. Segments that overlap or touch are one run. */
export function runsOf(pieces: readonly Piece[]): [number, number][] {
  const runs: [number, number][] = []
  for (const piece of pieces) {
    const last = runs.at(-1)
    if (last && piece.at - last[1] <= TOLERANCE_MS) last[1] = Math.max(last[1], endOf(piece))
    else runs.push([piece.at, endOf(piece)])
  }
  return runs
}

export function runAt(runs: readonly (readonly [number, number])[], at: number): readonly [number, number] | null {
  return runs.find((run) => run[0] <= at && at < run[1]) ?? null
}

/** The first moment from `at` on that a run holds. */
export function nextHeld(runs: readonly (readonly [number, number])[], at: number): number | null {
  const run = runs.find((one) => at < one[1])
  return run ? Math.max(at, run[0]) : null
}

/** Where on the element's timeline a moment is; in a gap, where the recording goes on; null behind the last segment. */
export function toMedia(pieces: readonly Piece[], at: number): number | null {
  const piece = pieces.find((one) => at < endOf(one))
  if (!piece) return null
  return piece.start + Math.max(0, at - piece.at) / 1000
}

/** Which moment the element shows at `seconds` of its timeline; null without segments. */
export function toServer(pieces: readonly Piece[], seconds: number): number | null {
  let found: Piece | undefined
  for (const piece of pieces) {
    if (found && piece.start > seconds) break
    found = piece
  }
  if (!found) return null
  const into = Math.min(Math.max(0, seconds - found.start), found.duration)
  return found.at + into * 1000
}
