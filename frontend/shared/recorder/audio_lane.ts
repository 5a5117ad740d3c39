import { opusConfig } from './codecs'
import { monotonicMs } from './monotonic'
import type { Packet } from './fragment'

const RATE = 48_000
/** Sound that would lie this far in the future comes from a burst or a fast clock: one block is left out. */
const AHEAD_MS = 40
/** Sound that stays this late for a whole window has lost samples: silence takes their place. */
const BEHIND_MS = 60
const WINDOW_MS = 1_000
/** Without any sound for this long the lane writes silence, so that pictures never wait for a dead microphone. */
const DRY_MS = 700
const RESERVE_MS = 300
/** An encoder that has had a second of sound and gives nothing for this long has failed without saying so. */
const STUCK_MS = 3_500

/**
 * Sound of a track, counted in samples from the track's first frame. Timestamps of sound blocks are not used: browsers
 * count them from origins that move. The count is compared with the clock and led back with silence or by leaving a
 * block out, so it stays within about 60 ms of it however long the recording, and packets always tile.
 */
export class AudioLane {
  private readonly reader: ReadableStreamDefaultReader<AudioData>
  private encoder: AudioEncoder | null = null
  private startMs: number | null = null
  private fed = 0
  private packets = 0
  private leastBehind = Infinity
  private windowEnd = -Infinity
  private stopped = false
  private givenAt = 0
  config: AudioDecoderConfig | null = null

  constructor(
    readable: ReadableStream<AudioData>,
    private readonly bitrate: number,
    private readonly deltaMs: number,
    private readonly onPacket: (packet: Packet) => void,
    private readonly onFailure: (failure: unknown) => void,
  ) {
    this.reader = readable.getReader()
    void this.read()
  }

  /** Sound counts from here; what came before is left out. */
  begin(startMs: number): void {
    if (this.stopped) return
    this.startMs = startMs
    this.givenAt = monotonicMs()
    this.attempt(() => {
      this.encoder = new AudioEncoder({
        output: (chunk, metadata) => this.take(chunk, metadata),
        error: (failure) => this.fail(failure),
      })
      this.encoder.configure(opusConfig(this.bitrate))
    })
  }

  /** To be called about ten times a second. */
  tick(): void {
    if (this.startMs === null || this.stopped) return
    const waiting = (this.fed / RATE) * 1000 - this.packets
    if (waiting > 1_000 && monotonicMs() - this.givenAt > STUCK_MS) {
      return this.fail(new Error('the sound encoder stands still'))
    }
    const dry = monotonicMs() + this.deltaMs - this.fedUntil()
    if (dry > DRY_MS) this.feedSilence(dry - RESERVE_MS)
  }

  /** Fills up to `endMs`, encodes the rest and gives the encoder back. */
  async finish(endMs: number): Promise<void> {
    if (this.stopped) return
    const missing = endMs - this.fedUntil()
    if (this.startMs !== null && missing > 0) this.feedSilence(missing)
    this.stopped = true
    await this.reader.cancel().catch(() => {})
    if (this.encoder?.state === 'configured') {
      await this.encoder.flush().catch(this.onFailure)
    }
    this.closeEncoder()
  }

  private fedUntil(): number {
    return this.startMs! + (this.fed / RATE) * 1000
  }

  private async read(): Promise<void> {
    for (;;) {
      const { value, done } = await this.reader.read().catch(() => ({ value: undefined, done: true }))
      // An ended stream is only silence from here on; the tick provides it.
      if (done || !value) return
      try {
        this.attempt(() => this.hear(value))
      } finally {
        value.close()
      }
    }
  }

  private hear(data: AudioData): void {
    if (this.startMs === null || this.stopped || data.sampleRate !== RATE) return
    const lengthMs = (data.numberOfFrames / RATE) * 1000
    const now = monotonicMs()
    const behind = now + this.deltaMs - lengthMs - this.fedUntil()
    if (behind < -AHEAD_MS) return
    if (this.fed === 0 && behind > 0) this.feedSilence(behind)
    this.leastBehind = Math.min(this.leastBehind, behind)
    if (now >= this.windowEnd) {
      if (this.leastBehind > BEHIND_MS && Number.isFinite(this.leastBehind)) this.feedSilence(this.leastBehind)
      this.leastBehind = Infinity
      this.windowEnd = now + WINDOW_MS
    }
    this.feed(data)
  }

  private feed(data: AudioData): void {
    const samples = new Float32Array(data.numberOfFrames)
    data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
    this.encode(samples)
  }

  private feedSilence(lengthMs: number): void {
    const frames = Math.round((lengthMs / 1000) * RATE)
    if (frames > 0) this.encode(new Float32Array(frames))
  }

  private encode(samples: Float32Array<ArrayBuffer>): void {
    if (this.encoder?.state !== 'configured') return
    const timestamp = Math.round((this.fed / RATE) * 1e6)
    const numberOfFrames = samples.length
    const block = { format: 'f32-planar' as const, sampleRate: RATE, numberOfChannels: 1, numberOfFrames, timestamp }
    const { encoder } = this
    this.attempt(() => {
      const data = new AudioData({ ...block, data: samples })
      encoder.encode(data)
      data.close()
    })
    this.fed += numberOfFrames
  }

  private take(chunk: EncodedAudioChunk, metadata?: EncodedAudioChunkMetadata): void {
    if (metadata?.decoderConfig) this.config ??= metadata.decoderConfig
    const durationMs = (chunk.duration ?? 20_000) / 1000
    const bytes = new Uint8Array(chunk.byteLength)
    chunk.copyTo(bytes)
    const atMs = this.startMs! + this.packets
    this.packets += durationMs
    this.givenAt = monotonicMs()
    this.onPacket({ atMs, durationMs, key: true, cut: false, bytes })
  }

  private fail(failure: unknown): void {
    if (this.stopped) return
    this.stopped = true
    void this.reader.cancel().catch(() => {})
    this.closeEncoder()
    this.onFailure(failure)
  }

  /** Whatever goes wrong with the sound stays with the sound: thrown further, it would end the picture too. */
  private attempt(step: () => void): void {
    try {
      step()
    } catch (failure) {
      this.fail(failure)
    }
  }

  private closeEncoder(): void {
    if (this.encoder && this.encoder.state !== 'closed') this.encoder.close()
  }
}
