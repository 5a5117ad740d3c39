import type { DeviceCell } from './deviceCells'

// Since when a device is in trouble. The server knows when it last heard a device; what a device says of itself ("the
// share has stopped") carries no time, so the watching page remembers when it first saw it.

export interface Age {
  ms: number
  /** It was so already when the page first looked: it has lasted this long or longer. */
  atLeast: boolean
}

/** Of these the figure says it all: how long a battery has been low helps nobody. */
const LEVELS = new Set(['lowBattery', 'little'])

export class TroubleAges {
  private seen = new Map<string, { since: number; whole: boolean }>()
  private known = new Set<string>()

  /** All that is shown now: forgets what has passed, notes what is new. `who` names the candidate. */
  learn(all: readonly { who: string; cells: readonly DeviceCell[] }[], now: number): void {
    const before = this.seen
    this.seen = new Map()
    for (const { who, cells } of all) {
      for (const one of cells) {
        if (one.tone === 'idle') continue
        const key = keyOf(who, one)
        // Seen to begin only if the candidate was looked at before without it.
        this.seen.set(key, before.get(key) ?? { since: now, whole: this.known.has(who) })
      }
    }
    this.known = new Set(all.map(({ who }) => who))
  }

  of(who: string, one: DeviceCell, now: number): Age | null {
    if (one.tone === 'idle' || LEVELS.has(one.word)) return null
    if (one.since !== null) return { ms: Math.max(0, now - one.since), atLeast: false }
    const first = this.seen.get(keyOf(who, one))
    return first ? { ms: Math.max(0, now - first.since), atLeast: !first.whole } : null
  }
}

const keyOf = (who: string, one: DeviceCell): string => `${who}/${one.key}/${one.word}`
