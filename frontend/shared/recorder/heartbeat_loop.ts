import type { HeartbeatAnswer, PageReport, TrackReport } from './messages'
import { monotonicMs } from './monotonic'
import type { Item, SpoolIndex } from './spool_index'

const EVERY_MS = 4_000
const PATIENCE_MS = 8_000
/** After a long outage the newest digests go first: only what is told at once can still count as witnessed. */
const DIGESTS_PER_BEAT = 240

export interface Digest {
  track_id: string
  epoch: number
  seq: number
  sha256: string
  start_ms: number
  duration_ms: number
}

/** Tells the server every four seconds that the page lives and what it has recorded. Runs in a worker: see F10. */
export class HeartbeatLoop {
  page: PageReport = { visible: true, focused: true }
  tracks: TrackReport[] = []
  deltaMs = 0
  storage: { usage: number | null; quota: number | null } = { usage: null, quota: null }
  private attemptId: string | null = null
  private sequence = 0
  private readonly untold = new Map<string, Digest>()
  private timer: ReturnType<typeof setTimeout> | null = null

  constructor(
    private readonly index: SpoolIndex,
    private readonly onAnswer: (sentAt: number, receivedAt: number, answer: HeartbeatAnswer) => void,
  ) {}

  /** Beats for this attempt from now on; null stops. */
  follow(attemptId: string | null): void {
    if (attemptId === this.attemptId) return
    this.attemptId = attemptId
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    if (attemptId !== null) void this.beat(attemptId)
  }

  /** A segment was finished on this page. */
  finished({ where, name, sha256 }: Item): void {
    if (name.kind !== 'segment' || sha256 === null) return
    const place = { track_id: where.trackId, epoch: where.epoch, seq: name.seq }
    const digest = { ...place, sha256, start_ms: name.startMs, duration_ms: name.durationMs }
    this.untold.set(`${where.attemptId}/${where.trackId}/${where.epoch}/${name.seq}`, digest)
  }

  private async beat(attemptId: string): Promise<void> {
    if (this.attemptId !== attemptId) return
    const began = monotonicMs()
    await this.send(attemptId)
    if (this.attemptId !== attemptId) return
    const rest = Math.max(500, EVERY_MS - (monotonicMs() - began))
    this.timer = setTimeout(() => void this.beat(attemptId), rest)
  }

  private async send(attemptId: string): Promise<void> {
    const token = this.index.attempts.get(attemptId)?.uploadToken
    if (!token) return
    const told = [...this.untold].filter(([key]) => key.startsWith(`${attemptId}/`)).slice(-DIGESTS_PER_BEAT)
    const body = JSON.stringify(this.body(told.map(([, digest]) => digest)))
    try {
      const sentAt = monotonicMs()
      const answer = await fetch('/api/v1/heartbeats', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body,
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      const receivedAt = monotonicMs()
      if (!answer.ok) return
      const parsed = (await answer.json()) as HeartbeatAnswer
      for (const [key] of told) this.untold.delete(key)
      this.onAnswer(sentAt, receivedAt, parsed)
    } catch {
      // Unheard: the digests stay and go with the next beat.
    }
  }

  private body(digests: Digest[]): Record<string, unknown> {
    this.sequence += 1
    let segments = 0
    let bytes = 0
    for (const item of this.index.pending) {
      if (item.name.kind !== 'segment') continue
      segments += 1
      bytes += item.name.size
    }
    const { usage, quota } = this.storage
    return {
      sent_ms: Math.round(monotonicMs() + this.deltaMs),
      device_ms: Date.now(),
      sequence: this.sequence,
      page: this.page,
      tracks: this.tracks,
      digests,
      spool: { segments, bytes, quota_bytes: quota, usage_bytes: usage },
    }
  }
}
