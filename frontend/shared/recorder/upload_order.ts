import type { Item, SpoolIndex } from './spool_index'

/**
 * What to send next. Two requests run at a time, each with its own aim: `oldest` fills the past from its beginning and
 * so reaches completeness, `newest` keeps what invigilators see near the present while the other catches up. Closures
 * and inits are tiny and make segments useful, so they go first for both.
 *
 * Attempts come before aims: first what is being recorded now, then the newest. Its time runs, its rate is lowered for
 * good when its line falls behind, and its candidate waits for the confirmation; what an earlier attempt left lies safely
 * on the disk, needs no live view, and has the whole line as soon as the newer ones are through or held up.
 *
 * Within an attempt the tracks share the line: the next segment is the oldest (or newest) of the track that was given
 * the fewest bytes of late. Otherwise the track whose segments happen to begin a moment later would be the newest every
 * time, and on a slow line the other would never be seen. Two attempts that are recorded at once (a rehearsal in which
 * one browser is computer and phone) share it in the same way.
 */
export type Aim = 'oldest' | 'newest'

/** Bytes after which what a track was given counts for little: about ten segments, so that no old debt is made good. */
const MEMORY_BYTES = 1_000_000

/** What each track was given of late in one aim. */
export class Turns {
  private readonly given = new Map<string, number>()

  /** Bytes, each counting less the more were sent after it; 0 for a track that has had none. */
  of(trackId: string): number {
    return this.given.get(trackId) ?? 0
  }

  note({ where, name }: Item): void {
    const rest = Math.exp(-name.size / MEMORY_BYTES)
    for (const [trackId, bytes] of this.given) this.given.set(trackId, bytes * rest)
    this.given.set(where.trackId, this.of(where.trackId) + name.size)
  }
}

export function nextItem(index: SpoolIndex, aim: Aim, turns: Turns, allowed: (item: Item) => boolean): Item | null {
  const ranks = new Map<string, number>()
  const rankOf = ({ where: { attemptId } }: Item): number => {
    const rank = ranks.get(attemptId) ?? index.recency(attemptId)
    ranks.set(attemptId, rank)
    return rank
  }
  let best: Item | null = null
  for (const item of index.pending) {
    if (item.inFlight || !allowed(item)) continue
    const newer = best && rankOf(item) !== rankOf(best)
    if (!best || (newer ? rankOf(item) > rankOf(best) : before(item, best, aim, turns))) best = item
  }
  return best
}

function before(one: Item, other: Item, aim: Aim, turns: Turns): boolean {
  const small = Number(other.name.kind === 'segment') - Number(one.name.kind === 'segment')
  if (small !== 0) return small > 0
  const owed = turns.of(other.where.trackId) - turns.of(one.where.trackId)
  if (one.name.kind === 'segment' && owed !== 0) return owed > 0
  return aim === 'oldest' ? one.name.startMs < other.name.startMs : one.name.startMs > other.name.startMs
}
