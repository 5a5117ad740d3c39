import { chooseVideoConfig, type VideoCodecName } from './codecs'
import type { Packet } from './fragment'
import { monotonicMs } from './monotonic'
import type { PictureSettings } from './settings'
import { CaptureTimeline } from './timeline'

export interface VideoPlan {
  picture: PictureSettings
  segmentMs: number
  /** For how long a picture stands when no new one follows. */
  stillMs: number
  /**
   * Whether the last picture is repeated after that time, as on a still screen. A camera's is not: its buffers are few,
   * and one kept back can stop the device; its last picture simply lasts until the next.
   */
  repeat: boolean
  /** A camera silent for this long is dead; null where silence is normal, as on a still screen. */
  frozenMs: number | null
  /** Frames to let pass before beginning: a dead source may still hand each new reader its last few pictures. */
  skipFrames: number
  software: boolean
}

/**
 * `ended`: the source closed. `frozen`: no picture for `frozenMs`. `resized`: the picture has another shape. `retuned`:
 * after a change of bit rate the encoder writes what this epoch's init does not describe. `asleep`: the machine or this
 * worker stood still, and nobody can vouch for the time in between.
 */
export type VideoEnd = 'ended' | 'frozen' | 'resized' | 'retuned' | 'asleep'

export interface VideoEvents {
  onStart(startMs: number): void
  onPacket(packet: Packet): void
  /** A new picture that is being recorded. It is closed right after. */
  onPicture(frame: VideoFrame): void
  onEnd(why: VideoEnd): void
  onFailure(failure: unknown): void
}

/** Frames waiting in the encoder beyond this are left out: an overloaded machine loses pictures, not memory. */
const QUEUE = 6
/** A frame may come this part of an interval early and still be taken. */
const EARLY = 0.25
/** Frames and ticks come many times a second; a pause like this means that the machine slept or the worker starved. */
const ASLEEP_MS = 3_000
/** How long a frame is on its way at most before a repetition takes its place, beyond the usual interval. */
const LATE_MS = 100

/** Pictures of a track: takes frames at their pace, repeats the last where that is right, asks for key frames. */
export class VideoLane {
  private readonly reader: ReadableStreamDefaultReader<VideoFrame>
  private readonly timeline = new CaptureTimeline()
  private readonly interval: number
  private encoder: VideoEncoder | null = null
  private encoding: VideoEncoderConfig | null = null
  private bitrate: number
  /** What the encoder writes now is not described by this epoch's init, and is left to the next. */
  private foreign = false
  private held: VideoFrame | null = null
  private shape: [number, number] = [0, 0]
  private startMs = 0
  private lastMs = -Infinity
  private dueMs = -Infinity
  private boundaryMs = Infinity
  /** When the key frame that is still on its way through the encoder was asked for. */
  private askedMs: number | null = null
  private seenAt = Infinity
  private aliveAt = Infinity
  private skipped = 0
  private stopped = false
  codec: VideoCodecName = 'avc'
  config: VideoDecoderConfig | null = null

  constructor(
    readable: ReadableStream<VideoFrame>,
    private readonly plan: VideoPlan,
    private readonly deltaMs: number,
    private readonly events: VideoEvents,
  ) {
    this.interval = 1000 / plan.picture.frameRate
    this.bitrate = plan.picture.bitrate
    this.reader = readable.getReader()
    void this.read()
  }

  /** Bits a second from the next segment on: the encoder goes on with the same init and without a gap. */
  retune(bitrate: number): void {
    this.bitrate = bitrate
  }

  /** To be called about ten times a second: repeats the last picture where the time has none. */
  tick(): void {
    if (this.lastMs === -Infinity || this.stopped) return
    const now = monotonicMs()
    if (!this.awake(now)) return
    if (this.plan.frozenMs !== null && now - this.seenAt > this.plan.frozenMs) return this.end('frozen')
    if (!this.held) return
    const nowMs = now + this.deltaMs
    const atMs = Math.min(Math.max(this.boundaryMs, this.lastMs + 1), this.lastMs + this.plan.stillMs)
    if (nowMs - LATE_MS - this.interval >= atMs) this.encode(this.held, Math.round(atMs))
  }

  /** Encodes what is waiting and gives everything back. The last picture lasts until the returned time. */
  async finish(endMs: number): Promise<number> {
    this.stop()
    if (this.encoder?.state === 'configured') {
      await this.encoder.flush().catch((failure: unknown) => this.events.onFailure(failure))
    }
    if (this.encoder && this.encoder.state !== 'closed') this.encoder.close()
    return Math.max(this.lastMs + 1, Math.min(endMs, this.lastMs + this.plan.stillMs))
  }

  private async read(): Promise<void> {
    for (;;) {
      const { value, done } = await this.reader.read().catch(() => ({ value: undefined, done: true }))
      if (done || !value) return this.end('ended')
      try {
        await this.see(value)
      } catch (failure) {
        this.fail(failure)
      } finally {
        value.close()
      }
    }
  }

  private async see(frame: VideoFrame): Promise<void> {
    if (this.stopped) return
    const now = monotonicMs()
    if (!this.awake(now)) return
    this.seenAt = now
    if (this.skipped < this.plan.skipFrames) {
      this.skipped += 1
      return
    }
    const shape: [number, number] = [frame.displayWidth, frame.displayHeight]
    if (!this.encoder) {
      this.shape = shape
      await this.open(frame)
      if (this.stopped) return
    } else if (shape[0] !== this.shape[0] || shape[1] !== this.shape[1]) {
      return this.end('resized')
    }
    const atMs = Math.round(this.timeline.stamp(frame.timestamp / 1000, now) + this.deltaMs)
    if (this.lastMs === -Infinity) this.begin(atMs)
    else if (atMs <= this.lastMs || atMs < this.dueMs - this.interval * EARLY) return
    this.dueMs = Math.max(this.dueMs + this.interval, atMs + this.interval / 2)
    if (this.plan.repeat) this.hold(frame)
    if (this.encode(frame, atMs)) this.events.onPicture(frame)
  }

  private begin(atMs: number): void {
    this.startMs = atMs
    this.dueMs = atMs
    this.boundaryMs = atMs
    this.events.onStart(atMs)
  }

  private async open(frame: VideoFrame): Promise<void> {
    const picture = { ...this.plan.picture, ...fitted(frame, this.plan.picture), bitrate: this.bitrate }
    const choice = await chooseVideoConfig(picture, this.plan.software)
    if (!choice) throw new Error('no video encoder')
    this.codec = choice.name
    this.encoder = new VideoEncoder({
      output: (chunk, metadata) => this.take(chunk, metadata),
      error: (failure) => this.fail(failure),
    })
    this.encoding = choice.config
    this.encoder.configure(choice.config)
  }

  private hold(frame: VideoFrame): void {
    this.held?.close()
    this.held = frame.clone()
  }

  /** False where the encoder cannot take it. */
  private encode(frame: VideoFrame, atMs: number): boolean {
    const encoder = this.encoder!
    if (encoder.state !== 'configured') return false
    // A frame a little early may begin the segment; waiting for the next would stretch the one before.
    const begunMs = atMs + this.interval * EARLY
    const keyFrame = begunMs >= this.boundaryMs
    if (encoder.encodeQueueSize > QUEUE && !keyFrame) return false
    if (keyFrame) {
      this.applyBitrate(encoder)
      this.askedMs ??= atMs
      while (this.boundaryMs <= begunMs) this.boundaryMs += this.plan.segmentMs
    }
    const stamped = new VideoFrame(frame, { timestamp: (atMs - this.startMs) * 1000 })
    encoder.encode(stamped, { keyFrame })
    stamped.close()
    this.lastMs = atMs
    return true
  }

  private applyBitrate(encoder: VideoEncoder): void {
    if (this.encoding!.bitrate === this.bitrate) return
    this.encoding = { ...this.encoding!, bitrate: this.bitrate }
    encoder.configure(this.encoding)
  }

  private take(chunk: EncodedVideoChunk, metadata?: EncodedVideoChunkMetadata): void {
    if (metadata?.decoderConfig) {
      this.config ??= metadata.decoderConfig
      this.foreign = !sameDecoding(this.config, metadata.decoderConfig)
    }
    if (this.foreign) return this.end('retuned')
    const bytes = new Uint8Array(chunk.byteLength)
    chunk.copyTo(bytes)
    const atMs = this.startMs + Math.round(chunk.timestamp / 1000)
    const key = chunk.type === 'key'
    const due = this.askedMs !== null && atMs >= this.askedMs
    if (due) this.askedMs = null
    // An encoder short of bits may drop a frame, even the one that was to begin the segment: ask again.
    if (due && !key) this.boundaryMs = atMs
    this.events.onPacket({ atMs, durationMs: this.interval, key, cut: key && due, bytes })
  }

  /** False, and the lane's end, when time has passed in which nothing here ran. */
  private awake(now: number): boolean {
    const slept = now - this.aliveAt > ASLEEP_MS
    this.aliveAt = now
    if (slept) this.end('asleep')
    return !slept
  }

  private end(why: VideoEnd): void {
    if (this.stopped) return
    this.stop()
    this.events.onEnd(why)
  }

  private fail(failure: unknown): void {
    if (this.stopped) return
    this.stop()
    this.events.onFailure(failure)
  }

  private stop(): void {
    this.stopped = true
    this.held?.close()
    this.held = null
    void this.reader.cancel().catch(() => {})
  }
}

/** Whether one init serves both. Chromium's encoders keep it when the bit rate alone is changed; others may not. */
function sameDecoding(one: VideoDecoderConfig, other: VideoDecoderConfig): boolean {
  const sizes = one.codedWidth === other.codedWidth && one.codedHeight === other.codedHeight
  return one.codec === other.codec && sizes && described(one) === described(other)
}

function described({ description }: VideoDecoderConfig): string {
  if (!description) return ''
  const bytes = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description)
  return bytes.join()
}

/** The frame's size within the plan's, its proportions kept, in even numbers as H.264 wants them. */
function fitted(frame: VideoFrame, limit: PictureSettings): { width: number; height: number } {
  // A phone held upright gives upright pictures: the bounds turn with them, or they would lose half of their pixels.
  const turned = frame.displayHeight > frame.displayWidth !== limit.height > limit.width
  const [width, height] = turned ? [limit.height, limit.width] : [limit.width, limit.height]
  const scale = Math.min(1, width / frame.displayWidth, height / frame.displayHeight)
  const even = (length: number): number => Math.max(2, Math.round((length * scale) / 2) * 2)
  return { width: even(frame.displayWidth), height: even(frame.displayHeight) }
}
