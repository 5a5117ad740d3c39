import type { ServerClock } from './clock'
import type { Track, TrackKind } from './messages'
import { Microphone, type MicrophoneChange } from './microphone'
import { RecordedTrack, type RecordedTrackContext, type RecordedTrackState } from './recorded_track'
import { recorderLock } from './recovery'
import { RECORDING_SETTINGS, type RecordingSettings } from './settings'
import { Spool } from './spool'

export type RecorderTrackState = RecordedTrackState

/** Kinds of `POST /attempt/events` that the recorder itself notices; pages tell of hiding, showing and the network. */
export type RecorderEvent =
  | 'recorder_started'
  | 'recorder_stopped'
  | 'recorder_stalled'
  | 'track_lost'
  | 'track_restored'
  | 'share_stopped'
  | 'share_restored'
  | 'clock_stepped'
  | 'spool_quota_low'
  | 'spool_failed'
  | 'other'

export interface RecorderOptions {
  attemptId: string
  uploadToken: string
  tracks: Track[]
  clock: ServerClock
  /** Camera and microphone; null while there are none yet (after a reload the share needs a click first). */
  camera: MediaStream | null
  screen: MediaStream | null
  /** `atMs` is server time. */
  onEvent?: (kind: RecorderEvent, detail: Record<string, unknown>, atMs: number) => void
  settings?: Partial<RecordingSettings>
}

export interface RecorderState {
  /** `elsewhere`: another tab records this attempt. */
  status: 'idle' | 'starting' | 'recording' | 'elsewhere' | 'stopping' | 'stopped'
  tracks: Record<TrackKind, RecorderTrackState>
  microphone: { live: boolean }
  /** Loudness at the microphone, 0 to 1. */
  level: number
}

/** Another tab of this browser records the attempt already. */
export class RecorderElsewhere extends Error {
  constructor() {
    super('the attempt is being recorded in another tab')
    this.name = 'RecorderElsewhere'
  }
}

/** A page that is just going away (a reload) gives its lock back within this time. */
const LOCK_PATIENCE_MS = 4_000
const LEVEL_EVERY_MS = 100
const CHECK_EVERY_MS = 1_000
/** Server and recording clock may part by this much before the tracks begin new epochs on the corrected clock. */
const CLOCK_TOLERANCE_MS = 250

/** Records an attempt: camera with sound, and the screen, each cut into segments that are on disk before they are sent. */
export class Recorder {
  private readonly spool: Spool
  private readonly microphone: Microphone
  private readonly tracks: Record<TrackKind, RecordedTrack>
  private readonly listeners = new Set<(state: RecorderState) => void>()
  private readonly cleanups: (() => void)[] = []
  private status: RecorderState['status'] = 'idle'
  private level = 0
  private deltaMs: number
  private releaseLock: () => void = () => {}

  constructor(private readonly options: RecorderOptions) {
    this.spool = Spool.open(options.clock)
    this.deltaMs = options.clock.deltaMs()
    this.microphone = new Microphone((cause) => this.microphoneChanged(cause))
    const context: RecordedTrackContext = {
      attemptId: options.attemptId,
      settings: { ...RECORDING_SETTINGS, ...options.settings },
      clock: options.clock,
      spool: this.spool,
      deltaMs: () => this.deltaMs,
      audio: () => this.microphone.output,
      emit: (kind, detail) => this.emit(kind, detail),
      changed: () => this.changed(),
    }
    this.tracks = {
      camera: new RecordedTrack('camera', trackOf(options.tracks, 'camera'), context),
      screen: new RecordedTrack('screen', trackOf(options.tracks, 'screen'), context),
    }
  }

  get state(): RecorderState {
    return {
      status: this.status,
      tracks: { camera: { ...this.tracks.camera.state }, screen: { ...this.tracks.screen.state } },
      microphone: { live: this.microphone.live },
      level: this.level,
    }
  }

  /** Calls back at once, at every change and ten times a second for the level. Returns the way to stop. */
  subscribe(listener: (state: RecorderState) => void): () => void {
    this.listeners.add(listener)
    listener(this.state)
    return () => this.listeners.delete(listener)
  }

  /**
   * Closes what an earlier page left open and begins. Throws {@link RecorderElsewhere} when another tab records this
   * attempt; it may be called again then. Resolves when both tracks have been set going; `state` tells when the first
   * frames are in. A track without a device is `lost` until it gets one by {@link replaceCamera} or
   * {@link replaceScreen}.
   */
  async start(): Promise<void> {
    if (this.status !== 'idle' && this.status !== 'elsewhere') throw new Error(`recorder is ${this.status}`)
    this.setStatus('starting')
    const { attemptId, uploadToken, tracks, camera, screen, clock } = this.options
    if (!(await this.takeLock())) {
      if (this.starting) this.setStatus('elsewhere')
      throw new RecorderElsewhere()
    }
    this.spool.introduce(attemptId, uploadToken, tracks)
    const recovered = await this.spool.recover(attemptId)
    // Stopped while it was still starting.
    if (!this.starting) return this.releaseLock()
    this.deltaMs = clock.deltaMs()
    if (camera) this.microphone.plug(camera)
    this.watch()
    this.spool.beatFor(attemptId)
    this.emit('recorder_started', { recovered_epochs: recovered })
    await Promise.all([this.tracks.camera.use(pictureOf(camera)), this.tracks.screen.use(pictureOf(screen))])
    if (this.starting) this.setStatus('recording')
  }

  /** Another camera, and its microphone if the stream has one. Begins a new epoch, unless it is recorded already. */
  async replaceCamera(stream: MediaStream): Promise<void> {
    if (stream.getAudioTracks().length > 0) this.replaceMicrophone(stream)
    await this.tracks.camera.use(pictureOf(stream))
  }

  /** Another screen share. Begins a new epoch, unless it is recorded already. */
  async replaceScreen(stream: MediaStream): Promise<void> {
    await this.tracks.screen.use(pictureOf(stream))
  }

  /** Another microphone, on the same sound track: no new epoch. */
  replaceMicrophone(stream: MediaStream): void {
    const wasLost = !this.microphone.live
    this.microphone.plug(stream)
    if (wasLost && this.microphone.live) this.emit('track_restored', { track: 'camera', device: 'microphone' })
    this.changed()
  }

  /** Ends both tracks. Resolves when the last segments and the closures are in the spool. The streams stay the page's. */
  async stop(reason: string): Promise<void> {
    if (this.status === 'stopping' || this.status === 'stopped') return
    const ran = this.status === 'recording' || this.status === 'starting'
    this.setStatus('stopping')
    await Promise.all([this.tracks.camera.finish('ended'), this.tracks.screen.finish('ended')])
    for (const cleanup of this.cleanups.splice(0)) cleanup()
    await this.microphone.close()
    this.releaseLock()
    this.setStatus('stopped')
    if (ran) this.emit('recorder_stopped', { reason })
  }

  private get starting(): boolean {
    return this.status === 'starting'
  }

  /** One recorder per attempt in the whole browser; a crash gives the lock back by itself. */
  private takeLock(): Promise<boolean> {
    const held = new Promise<void>((resolve) => {
      this.releaseLock = resolve
    })
    const signal = AbortSignal.timeout(LOCK_PATIENCE_MS)
    return new Promise((resolve) => {
      navigator.locks
        .request(recorderLock(this.options.attemptId), { signal }, () => {
          resolve(true)
          return held
        })
        .catch(() => resolve(false))
    })
  }

  private watch(): void {
    const { clock, attemptId } = this.options
    const level = setInterval(() => this.measureLevel(), LEVEL_EVERY_MS)
    const check = setInterval(() => Object.values(this.tracks).forEach((track) => track.check()), CHECK_EVERY_MS)
    const goodbye = (): void => this.spool.sayGoodbye(attemptId)
    window.addEventListener('pagehide', goodbye)
    this.cleanups.push(
      () => clearInterval(level),
      () => clearInterval(check),
      () => window.removeEventListener('pagehide', goodbye),
      clock.onChange((deltaMs) => this.clockChanged(deltaMs)),
      clock.onStep((step) => this.emit('clock_stepped', { what: step.kind, by_ms: step.byMs })),
      this.spool.onEvent(({ kind, detail }) => this.emit(kind, detail)),
    )
  }

  /** The epochs keep the clock that they began with; a clock that was far out is only used by new ones. */
  private clockChanged(deltaMs: number): void {
    if (Math.abs(deltaMs - this.deltaMs) <= CLOCK_TOLERANCE_MS) return
    this.deltaMs = deltaMs
    void this.tracks.camera.restart('replaced')
    void this.tracks.screen.restart('replaced')
  }

  private microphoneChanged(cause: MicrophoneChange): void {
    const detail = { track: 'camera', device: 'microphone' }
    if (cause === 'unmute') this.emit('track_restored', detail)
    else if (cause !== 'state') this.emit('track_lost', { ...detail, cause })
    this.changed()
  }

  private measureLevel(): void {
    this.level = this.microphone.level()
    this.notify()
  }

  private setStatus(status: RecorderState['status']): void {
    this.status = status
    this.changed()
  }

  private changed(): void {
    this.spool.reportTracks(
      Object.values(this.tracks).map(({ kind, state }) => ({ kind, state: state.state, detail: state.detail })),
    )
    this.notify()
  }

  private notify(): void {
    const { state } = this
    for (const listener of this.listeners) listener(state)
  }

  private emit(kind: RecorderEvent, detail: Record<string, unknown>): void {
    this.options.onEvent?.(kind, detail, Math.round(this.options.clock.now()))
  }
}

function trackOf(tracks: readonly Track[], kind: TrackKind): string {
  const track = tracks.find((one) => one.kind === kind)
  if (!track) throw new Error(`the attempt has no ${kind} track`)
  return track.track_id
}

function pictureOf(stream: MediaStream | null): MediaStreamTrack | null {
  return stream?.getVideoTracks()[0] ?? null
}
