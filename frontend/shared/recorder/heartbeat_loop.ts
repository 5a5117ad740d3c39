import type { HeartbeatAnswer, MicrophoneState, PageReport, TrackReport } from './messages'
import { monotonicMs } from './monotonic'
import type { Item, SpoolIndex } from './spool_index'

const EVERY_MS = 4_000
/** Once the candidate has left the attempt's pages there is nothing to tell, only to hear what the server lacks. */
const SLOW_MS = 30_000
const PATIENCE_MS = 8_000
/** After a long outage the newest digests go first: only what is told at once can still count as witnessed. */
const DIGESTS_PER_BEAT = 240
/** Refusals that say nothing about what was sent. */
const PASSING = new Set([401, 408, 425, 429])
/** Refusals of the body, whoever says so; other ones count only from our server (a captive portal says 403 as well). */
const OF_THE_BODY = new Set([400, 413, 422])

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
  /** The microphone is null while nothing is recorded here. */
  devices: { tracks: TrackReport[]; microphone: MicrophoneState | null } = { tracks: [], microphone: null }
  deltaMs = 0
  storage: { usage: number | null; quota: number | null } = { usage: null, quota: null }
  private attemptId: string | null = null
  private slow = false
  /** The token that was turned away; slow beats stop until there is another. */
  private spent: string | null = null
  private sequence = 0
  /** Counts the calls of {@link follow}: a beat that is on its way when another begins has no successor. */
  private round = 0
  private readonly untold = new Map<string, Digest>()
  private timer: ReturnType<typeof setTimeout> | null = null

  constructor(
    private readonly index: SpoolIndex,
    private readonly onAnswer: (sentAt: number, receivedAt: number, answer: HeartbeatAnswer) => void,
  ) {}

  /** Beats for this attempt from now on; null stops. */
  follow(attemptId: string | null, slow: boolean): void {
    if (attemptId === this.attemptId && slow === this.slow) return
    this.attemptId = attemptId
    this.slow = slow
    this.round += 1
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    if (attemptId !== null) void this.beat(attemptId, this.round)
  }

  /** A segment was finished on this page. */
  finished({ where, name, sha256 }: Item): void {
    if (name.kind !== 'segment' || sha256 === null) return
    const place = { track_id: where.trackId, epoch: where.epoch, seq: name.seq }
    const digest = { ...place, sha256, start_ms: name.startMs, duration_ms: name.durationMs }
    this.untold.set(`${where.attemptId}/${where.trackId}/${where.epoch}/${name.seq}`, digest)
  }

  private async beat(attemptId: string, round: number): Promise<void> {
    const began = monotonicMs()
    const token = this.tokenFor(attemptId)
    if (token !== null) await this.send(attemptId, token)
    if (this.round !== round) return
    // A slow loop looks often whether it has something to ask for: the spool may not have been read yet.
    const every = this.slow && token !== null ? SLOW_MS : EVERY_MS
    const rest = Math.max(500, every - (monotonicMs() - began))
    this.timer = setTimeout(() => void this.beat(attemptId, round), rest)
  }

  /** Null when there is nothing to beat with, or nothing to beat slowly for. */
  private tokenFor(attemptId: string): string | null {
    const attempt = this.index.attempts.get(attemptId)
    if (!attempt?.uploadToken) return null
    if (this.slow && (attempt.epochs.size === 0 || attempt.uploadToken === this.spent)) return null
    return attempt.uploadToken
  }

  private async send(attemptId: string, token: string): Promise<void> {
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
      if (answer.status === 401 || answer.status === 403) this.spent = token
      if (!answer.ok) return await this.unheard(attemptId, answer, told)
      const parsed = (await answer.json()) as HeartbeatAnswer
      for (const [key] of told) this.untold.delete(key)
      this.onAnswer(sentAt, receivedAt, parsed)
    } catch {
      // Unheard: the digests stay and go with the next beat.
    }
  }

  /** Digests that the server will not read would spoil every later beat: they go, and the beat goes on. */
  private async unheard(attemptId: string, answer: Response, told: [string, Digest][]): Promise<void> {
    const { status } = answer
    if (status < 400 || status >= 500 || PASSING.has(status)) return
    const body = (await answer.json().catch(() => null)) as { error?: { code?: string } } | null
    if (!OF_THE_BODY.has(status) && typeof body?.error?.code !== 'string') return
    this.index.attempt(attemptId).lastError = `heartbeat_http_${status}`
    for (const [key] of told) this.untold.delete(key)
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
      tracks: this.devices.tracks,
      microphone: this.devices.microphone,
      digests,
      spool: { segments, bytes, quota_bytes: quota, usage_bytes: usage },
    }
  }
}
