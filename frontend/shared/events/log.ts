import { recallParsed, remember } from '../page/memory'
import { ApiFailure, request } from '../api/client'
import type { AttemptEvent } from '../api/types'
import type { Clock } from '../time/ticking'
import { smallDetail } from './detail'

// What happened on this page, told to the server in batches. Kept in localStorage until it is stored there, so that a
// reload, a crash or an outage loses no line of the record.

const BATCH = 50
const AT_MOST_KEPT = 500
const SOON_MS = 300
const RETRY_MS = 5_000

/** Hands a batch to the server; throws what `request` throws. */
export type SendEvents = (events: readonly AttemptEvent[]) => Promise<unknown>

const sendAsCandidate: SendEvents = (events) => request('POST', '/attempt/events', { json: { events } })

export class EventLog {
  private waiting: AttemptEvent[]
  private timer = 0
  private sending = false
  /** So many lines of a refused batch are still to be sent one by one. */
  private oneByOne = 0
  private readonly keptAt: string

  constructor(
    /** Whose record: an attempt's id, or another name that is a record's own. */
    recordOf: string,
    private readonly clock: Clock,
    private readonly hand: SendEvents = sendAsCandidate,
  ) {
    this.keptAt = `zhishi.events.${recordOf}`
    this.waiting = this.readKept()
    if (this.waiting.length > 0) this.sendIn(SOON_MS)
  }

  add(kind: AttemptEvent['kind'], detail: Record<string, unknown> | null = null, atMs = Math.round(this.clock.now())): void {
    this.waiting.push({ kind, at_ms: atMs, device_ms: Date.now(), detail: smallDetail(detail) })
    // Far more than an exam brings; a runaway source must not fill the storage.
    if (this.waiting.length > AT_MOST_KEPT) this.waiting.splice(0, this.waiting.length - AT_MOST_KEPT)
    this.keep()
    this.sendIn(SOON_MS)
  }

  private sendIn(ms: number): void {
    clearTimeout(this.timer)
    this.timer = window.setTimeout(() => void this.send(), ms)
  }

  private async send(): Promise<void> {
    if (this.sending || this.waiting.length === 0) return
    this.sending = true
    const again = await this.deliver(this.waiting.slice(0, this.oneByOne > 0 ? 1 : BATCH))
    this.sending = false
    if (this.waiting.length > 0) this.sendIn(again)
  }

  /** Returns after how long to go on. A line that the server will never take must neither stop nor take along others. */
  private async deliver(batch: AttemptEvent[]): Promise<number> {
    try {
      await this.hand(batch)
    } catch (thrown) {
      if (!(thrown instanceof ApiFailure && thrown.status === 422)) return RETRY_MS
      if (batch.length > 1) {
        this.oneByOne = batch.length
        return 0
      }
    }
    this.drop(batch)
    this.oneByOne = Math.max(0, this.oneByOne - 1)
    return 0
  }

  private drop(batch: AttemptEvent[]): void {
    this.waiting = this.waiting.filter((event) => !batch.includes(event))
    this.keep()
  }

  private keep(): void {
    remember(this.keptAt, JSON.stringify(this.waiting))
  }

  private readKept(): AttemptEvent[] {
    const kept = recallParsed(this.keptAt)
    return Array.isArray(kept) ? (kept as AttemptEvent[]) : []
  }
}
