import { addInterval, copyIntervals, totalMs, type Interval } from './intervals'
import type { AttemptUploads, EpochName, Track, TrackKind, TrackUploads } from './messages'
import { LOGBOOK, type ItemName, type ItemState } from './spool_files'

/** One item of the spool as a worker knows it. */
export interface Item {
  where: EpochName
  name: ItemName
  /** The bytes, while the disk has not taken them. */
  unsaved: Uint8Array<ArrayBuffer> | null
  /** This device has it no more: the disk would not take it, the server has it, and memory ran short. */
  dropped: boolean
  sha256: string | null
  inFlight: boolean
  /** Monotonic ms before which it is not tried again. */
  notBefore: number
  /** How often this item failed in a row where others may not have. */
  failures: number
  /** How often in a row its bytes did not arrive as they were written. */
  damaged: number
}

export interface Epoch {
  where: EpochName
  init: Item | null
  /** Or the pages of a logbook. */
  segments: Map<number, Item>
  closure: Item | null
}

/** A recorder's start that nobody has closed yet. A logbook has no end. */
export function isOpen({ where, closure }: Epoch): boolean {
  return !closure && where.trackId !== LOGBOOK
}

export interface Attempt {
  attemptId: string
  uploadToken: string | null
  kinds: Map<string, TrackKind>
  paused: string | null
  /** Monotonic ms at which a paused attempt is tried again. */
  pausedUntil: number
  lastError: string | null
  epochs: Map<string, Epoch>
  saved: Map<string, Interval[]>
  confirmed: Map<string, Interval[]>
  rate: UploadRate
}

/** Everything that the spool holds, in memory: built from one listing, kept up by what each worker does and tells. */
export class SpoolIndex {
  readonly attempts = new Map<string, Attempt>()
  /** Items that wait for the server. */
  readonly pending = new Set<Item>()

  attempt(attemptId: string): Attempt {
    let attempt = this.attempts.get(attemptId)
    if (!attempt) {
      attempt = emptyAttempt(attemptId)
      this.attempts.set(attemptId, attempt)
    }
    return attempt
  }

  /** Gives an attempt its token and tracks. A new token lifts a pause. True when this was news. */
  introduce(attemptId: string, uploadToken: string, tracks: readonly Track[]): boolean {
    const attempt = this.attempt(attemptId)
    for (const track of tracks) attempt.kinds.set(track.track_id, track.kind)
    if (attempt.uploadToken === uploadToken) return false
    attempt.uploadToken = uploadToken
    attempt.paused = null
    attempt.pausedUntil = 0
    return true
  }

  /** Adds an item, or takes the news about one that is known. */
  put(where: EpochName, name: ItemName, unsaved: Item['unsaved'] = null, sha256: string | null = null): Item {
    const known = this.find(where, name)
    if (known) {
      if (!unsaved) known.unsaved = null
      this.setState(known, name.state, name.refusal)
      return known
    }
    const item: Item = { where, name, unsaved, dropped: false, sha256, inFlight: false, notBefore: 0, failures: 0, damaged: 0 }
    const epoch = this.epoch(where)
    if (name.kind === 'init') epoch.init = item
    else if (name.kind === 'closure') epoch.closure = item
    else epoch.segments.set(name.seq, item)
    if (name.state === 'new') this.pending.add(item)
    this.cover(item)
    return item
  }

  /** Everything that is known of an attempt. */
  itemsOf(attemptId: string): Item[] {
    const epochs = [...(this.attempts.get(attemptId)?.epochs.values() ?? [])]
    return epochs.flatMap((epoch) => [epoch.init, ...epoch.segments.values(), epoch.closure].filter((one) => one !== null))
  }

  /** An attempt is no longer here. What is still on its way to the server is nobody's any more: see {@link holds}. */
  forget(attemptId: string): void {
    this.attempts.delete(attemptId)
    for (const item of this.pending) if (item.where.attemptId === attemptId) this.pending.delete(item)
  }

  /** False for an item whose attempt was forgotten meanwhile. */
  holds(item: Item): boolean {
    return this.find(item.where, item.name) === item
  }

  find(where: EpochName, name: Pick<ItemName, 'kind' | 'seq'>): Item | null {
    const epoch = this.attempts.get(where.attemptId)?.epochs.get(epochKey(where))
    if (!epoch) return null
    if (name.kind === 'init') return epoch.init
    if (name.kind === 'closure') return epoch.closure
    return epoch.segments.get(name.seq) ?? null
  }

  setState(item: Item, state: ItemState, refusal: string | null): void {
    const lost = item.name.state === 'done' && state !== 'done'
    if (item.name.state !== state) item.damaged = 0
    if (state === 'done') item.failures = 0
    item.name = { ...item.name, state, refusal }
    if (state === 'new') this.pending.add(item)
    else this.pending.delete(item)
    if (lost) this.recount(item.where)
    else this.cover(item)
  }

  /** Lets everything pending be tried now, except what must not use up its few tries. */
  hurry(): void {
    for (const item of this.pending) if (item.damaged === 0) item.notBefore = 0
  }

  /** Where an attempt stands among others: infinitely new while it is being recorded, else as new as its last epoch. */
  recency(attemptId: string): number {
    const epochs = [...(this.attempts.get(attemptId)?.epochs.values() ?? [])]
    if (epochs.some(isOpen)) return Infinity
    return epochs.reduce((newest, { where }) => Math.max(newest, where.epoch), 0)
  }

  /** The newest epoch known on a track, or 0; a new one must be later. */
  newestEpoch(trackId: string): number {
    let newest = 0
    for (const attempt of this.attempts.values()) {
      for (const { where } of attempt.epochs.values()) {
        if (where.trackId === trackId) newest = Math.max(newest, where.epoch)
      }
    }
    return newest
  }

  uploadsOf(attempt: Attempt): AttemptUploads {
    const trackIds = new Set([...attempt.kinds.keys(), ...attempt.saved.keys()])
    const sent = this.sentBy(attempt)
    const perTrack: Record<string, TrackUploads> = {}
    for (const id of trackIds) {
      perTrack[id] = {
        kind: attempt.kinds.get(id) ?? null,
        saved: copyIntervals(attempt.saved.get(id) ?? []),
        sent: sent.get(id) ?? [],
        confirmed: copyIntervals(attempt.confirmed.get(id) ?? []),
      }
    }
    const sum = (pick: (track: TrackUploads) => Interval[]): number =>
      Object.values(perTrack).reduce((total, track) => total + totalMs(pick(track)), 0)
    const waiting = [...this.pending].filter((item) => item.where.attemptId === attempt.attemptId)
    const items = this.itemsOf(attempt.attemptId)
    const held = items.filter((item) => !item.dropped)
    const confirmed = items.filter((item) => item.name.state === 'done')
    const open = [...attempt.epochs.values()].filter(isOpen).length
    return {
      savedMs: sum((track) => track.saved),
      sentMs: sum((track) => track.sent),
      confirmedMs: sum((track) => track.confirmed),
      heldBytes: bytesOf(held),
      confirmedBytes: bytesOf(confirmed.filter((item) => !item.dropped)),
      notKept: items.length - held.length,
      unconfirmed: items.length - confirmed.length + open,
      pendingSegments: waiting.filter((item) => item.name.kind === 'segment').length,
      pendingBytes: bytesOf(waiting),
      refused: refusals(items),
      paused: attempt.paused,
      settled: waiting.length === 0 && open === 0,
      perTrack,
      oldestPendingMs: oldestEnd(waiting),
      uploadKbps: attempt.rate.kbps(),
      lastError: attempt.lastError,
    }
  }

  private epoch(where: EpochName): Epoch {
    const { epochs } = this.attempt(where.attemptId)
    let epoch = epochs.get(epochKey(where))
    if (!epoch) {
      epoch = { where, init: null, segments: new Map(), closure: null }
      epochs.set(epochKey(where), epoch)
    }
    return epoch
  }

  private cover({ where, name, unsaved, dropped }: Item): void {
    if (name.kind !== 'segment') return
    const attempt = this.attempt(where.attemptId)
    const end = name.startMs + name.durationMs
    if (!unsaved && !dropped) addInterval(listOf(attempt.saved, where.trackId), name.startMs, end)
    if (name.state === 'done') addInterval(listOf(attempt.confirmed, where.trackId), name.startMs, end)
  }

  private recount({ attemptId, trackId }: EpochName): void {
    const attempt = this.attempt(attemptId)
    attempt.confirmed.set(trackId, [])
    for (const epoch of attempt.epochs.values()) {
      if (epoch.where.trackId !== trackId) continue
      for (const item of epoch.segments.values()) this.cover(item)
    }
  }

  private sentBy(attempt: Attempt): Map<string, Interval[]> {
    const sent = new Map([...attempt.confirmed].map(([id, list]) => [id, copyIntervals(list)]))
    for (const { inFlight, where, name } of this.pending) {
      if (!inFlight || name.kind !== 'segment' || where.attemptId !== attempt.attemptId) continue
      addInterval(listOf(sent, where.trackId), name.startMs, name.startMs + name.durationMs)
    }
    return sent
  }
}

/** Upload speed over the last seconds. */
export class UploadRate {
  private readonly windowMs = 10_000
  private sent: { at: number; bytes: number }[] = []

  add(bytes: number): void {
    this.sent.push({ at: performance.now(), bytes })
  }

  kbps(): number {
    const since = performance.now() - this.windowMs
    this.sent = this.sent.filter(({ at }) => at >= since)
    const bytes = this.sent.reduce((sum, entry) => sum + entry.bytes, 0)
    return Math.round((bytes * 8) / this.windowMs)
  }
}

function emptyAttempt(attemptId: string): Attempt {
  return {
    attemptId,
    uploadToken: null,
    kinds: new Map(),
    paused: null,
    pausedUntil: 0,
    lastError: null,
    epochs: new Map(),
    saved: new Map(),
    confirmed: new Map(),
    rate: new UploadRate(),
  }
}

function epochKey({ trackId, epoch }: EpochName): string {
  return `${trackId}/${epoch}`
}

function listOf(map: Map<string, Interval[]>, trackId: string): Interval[] {
  let list = map.get(trackId)
  if (!list) {
    list = []
    map.set(trackId, list)
  }
  return list
}

function oldestEnd(waiting: readonly Item[]): number | null {
  const ends = waiting.filter(({ name }) => name.kind === 'segment').map(({ name }) => name.startMs + name.durationMs)
  return ends.length === 0 ? null : ends.reduce((oldest, end) => Math.min(oldest, end))
}

function bytesOf(items: readonly Item[]): number {
  return items.reduce((bytes, item) => bytes + item.name.size, 0)
}

function refusals(items: readonly Item[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { name } of items) if (name.refusal) counts[name.refusal] = (counts[name.refusal] ?? 0) + 1
  return counts
}
