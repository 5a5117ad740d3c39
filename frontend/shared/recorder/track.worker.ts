import { AudioLane } from './audio_lane'
import type { Formats } from './fragment'
import type { ClosureReason, FromSpoolPort, FromTrack, ToSpoolPort, ToTrack, TrackEnd, TrackPlan, TrackStart } from './messages'
import { monotonicMs } from './monotonic'
import { PictureSampler } from './picture_sampler'
import { PictureWatch } from './picture_watch'
import { Segmenter, type Segment } from './segmenter'
import { VideoLane, type VideoEnd } from './video_lane'

/** One epoch of one track, from frames to segments, away from the page: nothing that blocks the page delays it. */

const TICK_MS = 100
const CAMERA_STILL_MS = 350
const SCREEN_STILL_MS = 1_000
const CAMERA_FROZEN_MS = 3_000
/** A device that was silent must show about a second of frames before it counts as back. */
const AFTER_FROZEN_FRAMES = 15
/** No segment for this many lengths is a stall. */
const STALLED_LENGTHS = 2

const CLOSURES: Record<VideoEnd, ClosureReason> = {
  ended: 'device_lost',
  frozen: 'frozen',
  resized: 'replaced',
  retuned: 'replaced',
  asleep: 'crashed',
}

const say = (message: FromTrack): void => self.postMessage(message)

class Epoch {
  private readonly video: VideoLane
  private readonly audio: AudioLane | null
  private readonly segmenter: Segmenter
  private readonly beat: ReturnType<typeof setInterval>
  private readonly plan: TrackPlan
  private readonly look: (frame: VideoFrame) => void
  private readonly port: MessagePort
  private progressAt = monotonicMs()
  private finishing = false

  constructor({ plan, video, audio, spool }: TrackStart) {
    this.plan = plan
    this.port = spool
    this.segmenter = new Segmenter(
      (soundOver) => this.formats(soundOver),
      audio !== null,
      (bytes, startMs) => this.post({ type: 'init', name: this.name(), startMs, bytes: exact(bytes) }),
      (segment) => this.deliver(segment),
      (failure) => this.fail(failure),
    )
    this.look = lookout(plan)
    this.audio = audio && this.openAudio(audio, plan)
    this.video = this.openVideo(video, plan)
    this.beat = setInterval(() => this.tick(), TICK_MS)
  }

  /** Bits a second of the pictures from now on. */
  retune(bitrate: number): void {
    this.video.retune(bitrate)
  }

  /** Ends the epoch: the last segment and the closure are on disk when the page hears `finished`. */
  async finish(reason: ClosureReason, why: TrackEnd, detail: string | null): Promise<void> {
    if (this.finishing) return
    this.finishing = true
    clearInterval(this.beat)
    const endMs = await this.video.finish(monotonicMs() + this.plan.deltaMs)
    await this.audio?.finish(endMs)
    await this.segmenter.finish(endMs)
    const segments = this.segmenter.count
    if (segments > 0) await this.close(segments, reason)
    say({ type: 'finished', reason, segments, why, detail })
  }

  private openVideo(readable: ReadableStream<VideoFrame>, plan: TrackPlan): VideoLane {
    const camera = plan.kind !== 'screen'
    const lane = {
      picture: plan.picture,
      segmentMs: plan.segmentMs,
      stillMs: camera ? CAMERA_STILL_MS : SCREEN_STILL_MS,
      repeat: !camera,
      frozenMs: camera ? CAMERA_FROZEN_MS : null,
      skipFrames: camera && plan.afterFrozen ? AFTER_FROZEN_FRAMES : 0,
      software: plan.software,
    }
    return new VideoLane(readable, lane, plan.deltaMs, {
      onStart: (startMs) => {
        this.audio?.begin(startMs)
        this.progressAt = monotonicMs()
        say({ type: 'recording', startMs })
      },
      onPacket: (packet) => this.segmenter.addVideo(packet),
      onPicture: (frame) => this.look(frame),
      onEnd: (why) => void this.finish(CLOSURES[why], why, null),
      onFailure: (failure) => this.fail(failure),
    })
  }

  private openAudio(readable: ReadableStream<AudioData>, plan: TrackPlan): AudioLane {
    return new AudioLane(
      readable,
      plan.audioBitrate ?? 32_000,
      plan.deltaMs,
      (packet) => this.segmenter.addAudio(packet),
      (failure) => this.goSoundless(failure),
    )
  }

  private formats(soundOver: boolean): Formats | null {
    const sound = this.audio?.config ?? null
    if (!this.video.config || (this.audio && !sound && !soundOver)) return null
    return { videoCodec: this.video.codec, video: this.video.config, audio: sound }
  }

  /** The picture does not end with the sound: the rest of this epoch has none. */
  private goSoundless(failure: unknown): void {
    this.segmenter.endAudio()
    say({ type: 'soundless', detail: describe(failure) })
  }

  private tick(): void {
    this.video.tick()
    if (this.finishing) return
    this.audio?.tick()
    const since = monotonicMs() - this.progressAt
    if (since < STALLED_LENGTHS * this.plan.segmentMs) return
    this.progressAt = monotonicMs()
    say({ type: 'stalled', sinceMs: Math.round(since) })
  }

  private deliver({ seq, startMs, durationMs, bytes }: Segment): void {
    this.progressAt = monotonicMs()
    this.post({ type: 'segment', name: this.name(), seq, startMs, durationMs, bytes: exact(bytes) })
    say({ type: 'segment', seq, startMs, durationMs })
  }

  private fail(failure: unknown): void {
    void this.finish('crashed', 'failed', describe(failure))
  }

  private name(): { attemptId: string; trackId: string; epoch: number } {
    const { attemptId, trackId, epoch } = this.plan
    return { attemptId, trackId, epoch }
  }

  private close(segments: number, reason: ClosureReason): Promise<void> {
    return new Promise((resolve) => {
      this.port.onmessage = ({ data }: MessageEvent<FromSpoolPort>) => data.type === 'closed' && resolve()
      this.post({ type: 'closure', name: this.name(), segments, reason })
    })
  }

  private post(message: ToSpoolPort): void {
    this.port.postMessage(message, 'bytes' in message ? [message.bytes.buffer] : [])
  }
}

function describe(failure: unknown): string {
  return failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure)
}

/** The bytes in a buffer of exactly their size, which can be handed over. */
function exact(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.slice()
}

/** What is done with every picture that is recorded: about once a second one is judged, and a change is told. */
function lookout({ watched }: TrackPlan): (frame: VideoFrame) => void {
  if (!watched) return () => {}
  const watch = new PictureWatch(watched.promisedRate, watched.told)
  let { told } = watched
  const sampler = new PictureSampler((sample) => {
    const state = watch.judge(sample)
    if (state !== told) say({ type: 'picture', state })
    told = state
  })
  return (frame) => sampler.see(frame)
}

let epoch: Epoch | null = null

self.onmessage = ({ data }: MessageEvent<ToTrack>) => {
  if (data.type === 'start') epoch = new Epoch(data)
  else if (data.type === 'bitrate') epoch?.retune(data.bitrate)
  else void epoch?.finish(data.reason, 'asked', null)
}
