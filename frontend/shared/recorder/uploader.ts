import { Backoff, itemWaitMs } from './backoff'
import { deliver, type Outcome } from './delivery'
import type { LineNews } from './messages'
import type { SpoolFiles } from './spool_files'
import type { Item, SpoolIndex } from './spool_index'
import { nextItem, Turns, type Aim } from './upload_order'
import { monotonicMs } from './monotonic'

/** An offline device is still tried now and then: `onLine` tells of cables, not of the Internet, and can be wrong. */
const OFFLINE_TRY_MS = 5_000
/** An attempt whose token was turned away is tried again after this, in case the server was wrong for a moment. */
const PAUSE_MS = 60_000
/** The rest of a lane after an error that nobody foresaw. */
const STUMBLE_MS = 1_000
/** What a foreign server answered for is tried again after this. */
const UNCLEAR_MS = 15_000
/** So many times an item may arrive damaged, each time read afresh, before it is told as refused. */
const DAMAGED_MOST = 5

export interface UploaderEvents {
  /** Something to show changed. */
  onProgress(): void
  /** A request of this tab came to its end. */
  onLine(news: LineNews): void
  /** An item got another state: the disk and the other tabs must learn it. */
  onState(item: Item, state: 'done' | 'refused' | 'new', refusal: string | null): Promise<void>
  /** The file is not where the index says: another tab renamed it, or somebody cleared the disk. */
  onAstray(item: Item): Promise<void>
  /** The server lacks this item, whatever was thought of it. */
  onLacking(item: Item): Promise<void>
}

/** Sends what the spool holds, two requests at a time, until nothing is pending; then sleeps until woken. */
export class Uploader {
  /** Files belong to whichever tab holds the upload lock; what only this tab has in memory it always sends itself. */
  ownsFiles = false
  reachable = true
  private readonly backoff = new Backoff()
  private sleepers = new Set<() => void>()

  constructor(
    private readonly index: SpoolIndex,
    private readonly files: SpoolFiles,
    private readonly events: UploaderEvents,
  ) {}

  start(): void {
    void this.run('oldest')
    void this.run('newest')
  }

  get retryAt(): number | null {
    return this.backoff.dueAt()
  }

  /** There is something new to send. */
  wake(): void {
    for (const resume of this.sleepers) resume()
  }

  /** What came of a request of another tab. */
  hear({ attemptId, bytes, reachable }: LineNews): void {
    this.reachable = reachable
    if (bytes > 0) this.index.attempts.get(attemptId)?.rate.add(bytes)
  }

  /** The network is back: do not wait any longer. */
  wakeAtOnce(): void {
    this.backoff.wake()
    this.index.hurry()
    this.wake()
  }

  private async run(aim: Aim): Promise<never> {
    const turns = new Turns()
    for (;;) {
      try {
        await this.round(aim, turns)
      } catch {
        // Nothing may end a lane: what was in hand stays pending, and the next round begins afresh.
        this.backoff.failed(false, null)
        await this.sleep(STUMBLE_MS)
      }
    }
  }

  private async round(aim: Aim, turns: Turns): Promise<void> {
    const due = this.backoff.dueAt()
    if (due !== null) return this.sleep(due - monotonicMs())
    const item = nextItem(this.index, aim, turns, (candidate) => this.maySend(candidate))
    if (!item) return this.sleep(OFFLINE_TRY_MS)
    turns.note(item)
    await this.send(item)
  }

  private maySend(item: Item): boolean {
    const { uploadToken, pausedUntil } = this.index.attempt(item.where.attemptId)
    if (uploadToken === null || Math.max(pausedUntil, item.notBefore) > monotonicMs()) return false
    return this.ownsFiles || item.unsaved !== null
  }

  private async send(item: Item): Promise<void> {
    const attempt = this.index.attempt(item.where.attemptId)
    item.inFlight = true
    this.events.onProgress()
    try {
      const bytes = await this.bytesOf(item)
      if (!bytes) return await this.settle(item, { type: 'damaged', code: 'spool_unreadable' })
      const outcome = await deliver(item, attempt.uploadToken!, bytes)
      this.noteLine(item, outcome, bytes.length)
      await this.settle(item, outcome)
    } catch (failure) {
      await this.stumble(item, failure)
    } finally {
      item.inFlight = false
      this.events.onProgress()
    }
  }

  private noteLine({ where: { attemptId } }: Item, outcome: Outcome, sent: number): void {
    const reachable = outcome.type !== 'unclear' && !(outcome.type === 'later' && outcome.network)
    const news = { attemptId, bytes: outcome.type === 'confirmed' ? sent : 0, reachable }
    this.hear(news)
    this.events.onLine(news)
  }

  /** The disk failed under us; what the server said is asked again later, and the other items go on meanwhile. */
  private async stumble(item: Item, failure: unknown): Promise<void> {
    if (!this.index.holds(item)) return
    const attempt = this.index.attempt(item.where.attemptId)
    attempt.lastError = nameOf(failure)
    this.postpone(item, 0)
    if (attempt.lastError !== 'NotFoundError') return
    try {
      await this.events.onAstray(item)
    } catch (another) {
      attempt.lastError = nameOf(another)
    }
  }

  private postpone(item: Item, atLeastMs: number): void {
    item.failures += 1
    item.notBefore = monotonicMs() + atLeastMs + itemWaitMs(item.failures)
  }

  /** Null when the file is damaged: it is told as refused after a few tries rather than tried for ever. */
  private async bytesOf(item: Item): Promise<Uint8Array<ArrayBuffer> | null> {
    if (item.unsaved) return item.unsaved
    if (item.name.kind === 'closure') return new Uint8Array()
    try {
      const { header, bytes } = await this.files.read(item.where, item.name)
      item.sha256 = header.sha256
      return bytes
    } catch (failure) {
      // A busy or astray file is another matter; only a damaged one is given up.
      if (failure instanceof DOMException) throw failure
      return null
    }
  }

  private async settle(item: Item, outcome: Outcome): Promise<void> {
    if (!this.index.holds(item)) return
    const attempt = this.index.attempt(item.where.attemptId)
    attempt.lastError = outcome.type === 'confirmed' ? null : outcome.code
    if (outcome.type === 'later') {
      // What a server in distress will not take waits longer than the server asked for, so that others go first.
      if (outcome.busy) this.postpone(item, outcome.retryAfterMs ?? 0)
      return this.backoff.failed(outcome.busy, outcome.retryAfterMs)
    }
    if (outcome.type === 'unclear') {
      item.notBefore = monotonicMs() + UNCLEAR_MS
      return this.backoff.failed(false, null)
    }
    this.backoff.succeeded()
    if (outcome.type === 'unauthorised') {
      attempt.paused = outcome.code
      attempt.pausedUntil = monotonicMs() + PAUSE_MS
    } else if (outcome.type === 'damaged') await this.damaged(item, outcome.code)
    else if (outcome.type === 'refused') await this.refuse(item, outcome.code)
    else await this.confirm(item, outcome.missing)
    this.wake()
  }

  private async damaged(item: Item, code: string): Promise<void> {
    item.damaged += 1
    if (item.damaged >= DAMAGED_MOST) await this.refuse(item, code)
    else this.postpone(item, 0)
  }

  private async refuse(item: Item, code: string): Promise<void> {
    // Should the server ask for it again, it does not come at once every time.
    item.failures += 1
    await this.events.onState(item, 'refused', code)
  }

  private async confirm(item: Item, missing: readonly number[]): Promise<void> {
    this.index.attempt(item.where.attemptId).paused = null
    await this.events.onState(item, 'done', null)
    // A closure's answer names what the server lacks. What was confirmed or refused before is sent again.
    for (const seq of missing) {
      const lost = this.index.find(item.where, { kind: 'segment', seq })
      if (lost) await this.events.onLacking(lost)
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        clearTimeout(timer)
        this.sleepers.delete(resume)
        resolve()
      }
      const timer = setTimeout(resume, Math.max(0, ms))
      this.sleepers.add(resume)
    })
  }
}

function nameOf(failure: unknown): string {
  return failure instanceof Error ? failure.name : String(failure)
}
