import type { Item, SpoolIndex } from './spool_index'

/**
 * What to send next. Two requests run at a time, each with its own aim: `oldest` fills the past from its beginning and
 * so reaches completeness, `newest` keeps what invigilators see near the present while the other catches up. Closures
 * and inits are tiny and make segments useful, so they go first for both.
 */
export type Aim = 'oldest' | 'newest'

export function nextItem(index: SpoolIndex, aim: Aim, allowed: (item: Item) => boolean): Item | null {
  let best: Item | null = null
  for (const item of index.pending) {
    if (item.inFlight || !allowed(item)) continue
    if (!best || before(item, best, aim)) best = item
  }
  return best
}

function before(one: Item, other: Item, aim: Aim): boolean {
  const small = Number(other.name.kind === 'segment') - Number(one.name.kind === 'segment')
  if (small !== 0) return small > 0
  return aim === 'oldest' ? one.name.startMs < other.name.startMs : one.name.startMs > other.name.startMs
}
