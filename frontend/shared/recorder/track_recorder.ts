import type { ClosureReason, FromTrack, PictureState, ToTrack, TrackEnd, TrackPlan } from './messages'
import type { Spool } from './spool'

export interface TrackRecorderEvents {
  onRecording(startMs: number): void
  onSegment(startMs: number, durationMs: number): void
  onStalled(sinceMs: number): void
  /** The pictures show something else than was last told. */
  onPicture(state: PictureState): void
  /** The sound's encoder failed; the picture goes on without it until the epoch ends. */
  onSoundless(detail: string): void
  /** The epoch is over and safe in the spool; `why` tells whether somebody asked for it. */
  onFinished(why: TrackEnd, detail: string | null): void
}

export interface TrackSources {
  video: MediaStreamTrack
  audio: MediaStreamTrack | null
}

/** Frames that wait for the worker. Cameras have few buffers: those that a stuck worker holds are lost to its successor. */
const VIDEO_BUFFER = 4
/** A second of sound blocks: a busy worker must not lose any. */
const AUDIO_BUFFER = 100
/** A worker that does not answer for this long is given up; the next page load closes its epoch. */
const FINISH_PATIENCE_MS = 10_000

/** One epoch of one track: takes the device's frames to a worker of its own and brings back what happens there. */
export class TrackRecorder {
  private readonly worker: Worker
  private finished = false
  private readonly done: Promise<void>
  private resolveDone: () => void = () => {}

  constructor(
    plan: TrackPlan,
    sources: TrackSources,
    spool: Spool,
    private readonly events: TrackRecorderEvents,
  ) {
    this.done = new Promise((resolve) => {
      this.resolveDone = resolve
    })
    // The build reads these options from the text, so the name cannot say which track.
    this.worker = new Worker(new URL('./track.worker.ts', import.meta.url), { type: 'module', name: 'zhishi-track' })
    this.worker.onmessage = ({ data }: MessageEvent<FromTrack>) => this.hear(data)
    this.worker.onerror = (failure) => this.end('failed', failure.message)
    const video = framesOf<VideoFrame>(sources.video, VIDEO_BUFFER)
    const audio = sources.audio && framesOf<AudioData>(sources.audio, AUDIO_BUFFER)
    const port = spool.openPort()
    const start: ToTrack = { type: 'start', plan, video, audio, spool: port }
    this.worker.postMessage(start, audio ? [video, audio, port] : [video, port])
  }

  /** Bits a second of the pictures from the next segment on. */
  retune(bitrate: number): void {
    if (!this.finished) this.worker.postMessage({ type: 'bitrate', bitrate } satisfies ToTrack)
  }

  /** Ends the epoch; resolves when its last segment and its closure are in the spool. */
  async finish(reason: ClosureReason): Promise<void> {
    if (this.finished) return
    this.worker.postMessage({ type: 'finish', reason } satisfies ToTrack)
    const patience = setTimeout(() => this.end('failed', 'the track worker does not answer'), FINISH_PATIENCE_MS)
    await this.done
    clearTimeout(patience)
  }

  private hear(message: FromTrack): void {
    if (message.type === 'recording') this.events.onRecording(message.startMs)
    else if (message.type === 'segment') this.events.onSegment(message.startMs, message.durationMs)
    else if (message.type === 'stalled') this.events.onStalled(message.sinceMs)
    else if (message.type === 'picture') this.events.onPicture(message.state)
    else if (message.type === 'soundless') this.events.onSoundless(message.detail)
    else this.end(message.why, message.detail)
  }

  private end(why: TrackEnd, detail: string | null): void {
    if (this.finished) return
    this.finished = true
    this.worker.terminate()
    this.resolveDone()
    this.events.onFinished(why, detail)
  }
}

/** Chromium's processor, of which TypeScript knows only the worker's version for pictures. */
interface TrackProcessor<T> {
  readable: ReadableStream<T>
}
type TrackProcessorConstructor = new <T>(init: { track: MediaStreamTrack; maxBufferSize: number }) => TrackProcessor<T>

function framesOf<T>(track: MediaStreamTrack, maxBufferSize: number): ReadableStream<T> {
  const Processor = MediaStreamTrackProcessor as unknown as TrackProcessorConstructor
  return new Processor<T>({ track, maxBufferSize }).readable
}
