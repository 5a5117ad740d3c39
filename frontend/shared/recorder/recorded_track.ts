import { textOf } from '../events/detail'
import type { ServerClock } from './clock'
import { isDoubtful } from './doubtful_camera'
import type { ClosureReason, PictureState, TrackEnd, TrackKind, TrackPlan, TrackReport } from './messages'
import { monotonicMs } from './monotonic'
import type { RecordingSettings } from './settings'
import type { Spool } from './spool'
import { TrackRecorder } from './track_recorder'

export type TrackEventKind =
  | 'epoch_started'
  | 'epoch_ended'
  | 'track_lost'
  | 'track_restored'
  | 'share_stopped'
  | 'share_restored'
  | 'recorder_stalled'
  | 'picture_bad'
  | 'picture_good'
  | 'device_doubtful'
  | 'other'

export interface RecordedTrackState {
  state: TrackReport['state']
  /** Server time (Unix ms) since when it is so. */
  since: number
  /** Server time at which the newest finished segment ends; null before the first. */
  lastSegmentAt: number | null
  /** What is wrong, when it is lost: `absent` (there was no device yet), `ended`, `mute`, `frozen`, `failed`. */
  detail: string | null
  /** What a camera's pictures show; null for a screen. */
  picture: PictureState | null
  /** The label of a camera that names a program. */
  doubtful: string | null
  /** The pictures' bit rate in kbit/s while it is lower than usual. */
  loweredKbps: number | null
}

export interface RecordedTrackContext {
  attemptId: string
  settings: RecordingSettings
  clock: ServerClock
  spool: Spool
  /** Server minus monotonic time, the same for all tracks, so that their clocks agree. */
  deltaMs(): number
  /** The endless sound that travels with every track but a screen's. */
  audio(): MediaStreamTrack | null
  emit(kind: TrackEventKind, detail: Record<string, unknown>): void
  changed(): void
}

const RETRY_FIRST_MS = 500
const RETRY_MOST_MS = 10_000
/** A try for the sound costs a moment of the picture, so it is made seldom. */
const SOUND_RETRY_FIRST_MS = 30_000
const SOUND_RETRY_MOST_MS = 600_000
/** So many failures in a row and the track counts as lost. */
const LOST_FAILURES = 3
/** Checks in a row (one a second) without a segment for four lengths: the worker itself is stuck. */
const STUCK_CHECKS = 3

/** A page that opens its camera anew has it within this time, even where the browser asks first. */
const RELEASED_MS = 10_000

const LABEL_AT_MOST = 200

/** Losses of a screen that a new share mends. */
const SHARE_CAUSES = new Set(['ended', 'absent'])

/** Keeps one track recording through lost devices, changed pictures and failed encoders: each start is a new epoch. */
export class RecordedTrack {
  readonly state: RecordedTrackState
  private source: MediaStreamTrack | null = null
  private current: TrackRecorder | null = null
  private work: Promise<void> = Promise.resolve()
  private failures = 0
  private soundFailures = 0
  private stalls = 0
  private stuckChecks = 0
  private progressAt = monotonicMs()
  private lost = false
  /** Since when the page has let go of the device in order to open it anew (monotonic). */
  private releasedAt: number | null = null
  private stopped = false
  /** What a slow line leaves of the usual bit rate. */
  private share = 1

  constructor(
    readonly kind: TrackKind,
    private readonly trackId: string,
    private readonly context: RecordedTrackContext,
  ) {
    this.state = {
      state: 'starting',
      since: context.clock.now(),
      lastSegmentAt: null,
      detail: null,
      picture: kind === 'screen' ? null : 'good',
      doubtful: null,
      loweredKbps: null,
    }
  }

  /** Records this device from now on. What was recorded before ends its epoch. Null: there is none yet. */
  use(source: MediaStreamTrack | null): Promise<void> {
    if (source !== null && source === this.source && source.readyState === 'live') return this.work
    this.listen(this.source, false)
    this.source = source
    this.releasedAt = null
    this.listen(source, true)
    return this.restart('replaced')
  }

  /** The page lets go of the device in order to open it anew: until {@link use}, and for a while, nothing is lost. */
  release(): Promise<void> {
    this.listen(this.source, false)
    this.source = null
    this.releasedAt = monotonicMs()
    return this.inTurn(async () => {
      await this.current?.finish('replaced')
      if (!this.lost && this.source === null) this.set('starting', null)
    })
  }

  /** Ends the epoch and begins another with the same device. */
  restart(reason: ClosureReason): Promise<void> {
    return this.inTurn(async () => {
      await this.current?.finish(reason)
      await this.begin()
    })
  }

  /** Ends the track; resolves when all of it is in the spool. */
  finish(reason: ClosureReason): Promise<void> {
    this.stopped = true
    this.listen(this.source, false)
    return this.inTurn(async () => {
      await this.current?.finish(reason)
      this.set('stopped', null)
    })
  }

  /** Bits a second that the pictures are to take. */
  get bitrate(): number {
    return Math.round(this.context.settings[this.kind].bitrate * this.share)
  }

  /** Records with this share of the usual bit rate from the next segment on. */
  scale(share: number): void {
    this.share = share
    this.state.loweredKbps = share < 1 ? Math.round(this.bitrate / 1000) : null
    this.current?.retune(this.bitrate)
  }

  /** To be called once a second: notices a worker that no longer says anything. */
  check(): void {
    if (this.releasedAt !== null && monotonicMs() - this.releasedAt > RELEASED_MS) {
      this.releasedAt = null
      this.lose('absent')
    }
    const silent = this.state.state === 'recording' && monotonicMs() - this.progressAt > 4 * this.segmentMs
    this.stuckChecks = silent ? this.stuckChecks + 1 : 0
    if (this.stuckChecks !== STUCK_CHECKS) return
    this.context.emit('recorder_stalled', { track: this.kind, cause: 'worker' })
    void this.restart('crashed')
  }

  private get segmentMs(): number {
    return this.context.settings.segmentMs
  }

  /** Starts and ends of epochs never overlap: each waits for the one before. */
  private inTurn(step: () => Promise<void>): Promise<void> {
    this.work = this.work.then(step, step)
    return this.work
  }

  private async begin(): Promise<void> {
    const { source } = this
    if (this.stopped) return
    if (!source) return this.releasedAt === null ? this.lose('absent') : undefined
    if (source.readyState !== 'live') return this.lose('ended')
    if (!this.lost) this.set('starting', null)
    // By the clock that the frames are stamped with, so that no frame is older than its epoch.
    const epoch = await this.context.spool.nextEpoch(this.trackId, monotonicMs() + this.context.deltaMs())
    if (this.stopped) return
    this.progressAt = monotonicMs()
    this.stalls = 0
    const audio = this.kind === 'screen' ? null : this.context.audio()
    const recorder: TrackRecorder = new TrackRecorder(this.plan(epoch), { video: source, audio }, this.context.spool, {
      onRecording: (startMs) => {
        this.context.emit('epoch_started', { track: this.kind, epoch, start_ms: startMs, device: source.label })
        this.doubt(source.label)
        this.recording()
      },
      onSegment: (startMs, durationMs) => this.segment(startMs + durationMs),
      onStalled: (sinceMs) => this.stalled(sinceMs),
      onPicture: (picture) => this.see(picture),
      onSoundless: (detail) => this.soundless(recorder, detail),
      onFinished: (why, detail) => {
        if (this.current === recorder) this.current = null
        this.context.emit('epoch_ended', { track: this.kind, epoch, why, detail })
        this.ended(why, detail)
      },
    })
    this.current = recorder
  }

  private plan(epoch: number): TrackPlan {
    const { attemptId, settings } = this.context
    const picture = { ...settings[this.kind], bitrate: this.bitrate }
    const given = this.source?.getSettings().frameRate ?? picture.frameRate
    const { picture: told } = this.state
    return {
      attemptId,
      trackId: this.trackId,
      epoch,
      kind: this.kind,
      picture,
      segmentMs: this.segmentMs,
      audioBitrate: this.kind === 'screen' ? null : settings.audioBitrate,
      deltaMs: this.context.deltaMs(),
      // What failed once is tried without the machine's hardware encoder.
      software: this.failures > 0,
      afterFrozen: this.lost && this.state.detail === 'frozen',
      watched: told && { told, promisedRate: Math.min(picture.frameRate, given) },
    }
  }

  private recording(): void {
    this.progressAt = monotonicMs()
    if (this.source?.muted) return
    this.restore()
    this.set('recording', null)
  }

  /** Once an epoch, since a camera may be exchanged between two of them. */
  private doubt(label: string): void {
    // The server takes a heartbeat whole or not at all, so the label is made as small as it allows.
    this.state.doubtful = this.kind !== 'screen' && isDoubtful(label) ? textOf(label, LABEL_AT_MOST) : null
    if (this.state.doubtful !== null) this.context.emit('device_doubtful', { track: this.kind, label })
  }

  private see(picture: PictureState): void {
    this.state.picture = picture
    if (picture === 'good') this.context.emit('picture_good', { track: this.kind })
    else this.context.emit('picture_bad', { track: this.kind, what: picture })
    this.context.changed()
  }

  private segment(endMs: number): void {
    this.progressAt = monotonicMs()
    this.stalls = 0
    this.failures = 0
    this.state.lastSegmentAt = endMs
    this.context.changed()
  }

  private stalled(sinceMs: number): void {
    // A lost device has been told of; that it yields no segments is no news.
    if (this.state.state === 'lost') return
    this.stalls += 1
    if (this.stalls === 1) this.context.emit('recorder_stalled', { track: this.kind, since_ms: sinceMs })
    else if (this.state.state === 'recording') void this.restart('crashed')
  }

  /** The picture went on; after a while a new epoch tries whether the sound can be had again. */
  private soundless(recorder: TrackRecorder, detail: string): void {
    this.context.emit('other', { what: 'sound_encoder_failed', track: this.kind, device: 'microphone', detail })
    const wait = Math.min(SOUND_RETRY_MOST_MS, SOUND_RETRY_FIRST_MS * 2 ** this.soundFailures)
    this.soundFailures += 1
    setTimeout(() => {
      if (this.current === recorder && !this.stopped) void this.restart('replaced')
    }, wait)
  }

  private ended(why: TrackEnd, detail: string | null): void {
    if (why === 'asked' || this.stopped) return
    if (why === 'ended') return this.loseDevice()
    if (why === 'failed') return this.retry(detail)
    // After a frozen picture the next epoch waits for new frames, and so leaves an honest gap.
    if (why === 'frozen') this.lose('frozen')
    if (why === 'asleep') this.context.emit('other', { what: 'worker_asleep', track: this.kind })
    void this.beginAgain()
  }

  /** An encoder or its worker failed: tried again soon, then less and less often, but for ever. */
  private retry(detail: string | null): void {
    this.failures += 1
    if (this.failures === 1) this.context.emit('other', { what: 'encoder_failed', track: this.kind, detail })
    if (this.failures === LOST_FAILURES) this.lose('failed')
    const wait = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** this.failures)
    setTimeout(() => void this.beginAgain(), wait)
  }

  private beginAgain(): Promise<void> {
    return this.inTurn(() => (this.current ? Promise.resolve() : this.begin()))
  }

  private lose(cause: string): void {
    if (!this.lost) {
      this.lost = true
      const share = this.kind === 'screen' && SHARE_CAUSES.has(cause)
      // A share that this page never had has not stopped: after a reload it has yet to be asked for.
      if (!share || cause !== 'absent') {
        this.context.emit(share ? 'share_stopped' : 'track_lost', { track: this.kind, device: this.kind, cause })
      }
    }
    this.set('lost', cause)
  }

  /** The device gives nothing more; until the browser has said why, there may be another. */
  private loseDevice(): void {
    const { source } = this
    void whyEnded(this.kind).then((cause) => this.source === source && this.lose(cause))
  }

  private restore(): void {
    if (!this.lost) return
    this.lost = false
    const share = this.kind === 'screen' && SHARE_CAUSES.has(this.state.detail ?? '')
    this.context.emit(share ? 'share_restored' : 'track_restored', { track: this.kind, device: this.kind })
  }

  private set(state: RecordedTrackState['state'], detail: string | null): void {
    if (this.state.state !== state) this.state.since = this.context.clock.now()
    this.state.state = state
    this.state.detail = detail
    this.context.changed()
  }

  private listen(source: MediaStreamTrack | null, on: boolean): void {
    const listen = on ? 'addEventListener' : 'removeEventListener'
    source?.[listen]('ended', this.heardEnded)
    source?.[listen]('mute', this.heardMute)
    source?.[listen]('unmute', this.heardUnmute)
  }

  private readonly heardEnded = (): void => {
    this.loseDevice()
    void this.inTurn(async () => this.current?.finish('device_lost'))
  }

  private readonly heardMute = (): void => this.lose('mute')

  private readonly heardUnmute = (): void => {
    // Without a current epoch that records, the first new frame restores the track.
    if (this.state.detail === 'mute' && this.current) this.recording()
  }
}

/** A camera that was switched off in the browser's settings has not been unplugged. */
async function whyEnded(kind: TrackKind): Promise<'ended' | 'denied'> {
  if (kind === 'screen') return 'ended'
  try {
    const { state } = await navigator.permissions.query({ name: 'camera' as PermissionName })
    return state === 'denied' ? 'denied' : 'ended'
  } catch {
    return 'ended'
  }
}
