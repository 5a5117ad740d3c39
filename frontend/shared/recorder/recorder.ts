import type { ServerClock } from './clock'
import { LineWatch } from './line_watch'
import type { MicrophoneState, Track, TrackKind } from './messages'
import { monotonicMs } from './monotonic'
import { RateControl } from './rate_control'
import { RecordedSound, type SoundEventKind } from './recorded_sound'
import { RecordedTrack, type RecordedTrackContext, type RecordedTrackState, type TrackEventKind } from './recorded_track'
import { smallDetail } from '../events/detail'
import { recorderLock } from './recovery'
import { RECORDING_SETTINGS, type RecordingSettings } from './settings'
import { Spool } from './spool'
import { LOGBOOK } from './spool_files'
import { StorageWatch, type StorageChange } from './storage_watch'
import { Wakefulness } from './wakefulness'

export type RecorderTrackState = RecordedTrackState

/** What a recorder writes into its logbook. The server reads the causes of gaps from it, and shows staff what matters. */
export type RecorderEvent =
  | TrackEventKind
  | SoundEventKind
  | 'recorder_started'
  | 'recorder_stopped'
  | 'page_hidden'
  | 'page_shown'
  | 'page_closed'
  | 'clock_stepped'
  | 'offline'
  | 'online'
  | StorageChange['kind']
  | 'bitrate_lowered'
  | 'bitrate_raised'

/** What a computer records. A phone records itself alone: `new Recorder<'phone'>({ phone: stream, … })`. */
export type ComputerKind = 'camera' | 'screen'

/** The pictures of a device, and with a camera's its microphone; null while there are none yet (after a reload the
 *  share needs a click first). */
export type RecorderSources<Kind extends TrackKind> = Record<Kind, MediaStream | null>

export interface RecorderManner {
  attemptId: string
  uploadToken: string
  tracks: Track[]
  clock: ServerClock
  settings?: Partial<RecordingSettings>
}

export type RecorderOptions<Kind extends TrackKind = ComputerKind> = RecorderManner & RecorderSources<Kind>

export interface RecorderState<Kind extends TrackKind = ComputerKind> {
  /** `elsewhere`: another tab records this attempt. */
  status: 'idle' | 'starting' | 'recording' | 'elsewhere' | 'stopping' | 'stopped'
  tracks: Record<Kind, RecorderTrackState>
  /** `held`: the browser plays and hears nothing here before the page is touched. */
  microphone: { live: boolean; state: MicrophoneState; held: boolean }
  /** The browser keeps the screen on. */
  awake: boolean
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

const KINDS: readonly TrackKind[] = ['camera', 'screen', 'phone']

/**
 * Records this device's part of an attempt, a computer's camera with sound and screen or a phone's camera with sound,
 * each cut into segments that are on disk before they are sent.
 */
export class Recorder<Kind extends TrackKind = ComputerKind> {
  private readonly spool: Spool
  private readonly sound: RecordedSound
  private readonly line = new LineWatch()
  private readonly storage = new StorageWatch()
  private readonly rate = new RateControl()
  /** What the line leaves of the usual bit rate. */
  private share = 1
  private readonly tracks = new Map<Kind, RecordedTrack>()
  private readonly listeners = new Set<(state: RecorderState<Kind>) => void>()
  private readonly cleanups: (() => void)[] = []
  private status: RecorderState['status'] = 'idle'
  private wakefulness: Wakefulness | null = null
  private deltaMs: number
  /** When this recorder began: the name of its logbook. */
  private run = 0
  private releaseLock: () => void = () => {}

  // `NoInfer`: who names no kinds has a computer's.
  constructor(private readonly options: RecorderOptions<NoInfer<Kind>>) {
    this.spool = Spool.open(options.clock)
    this.deltaMs = options.clock.deltaMs()
    const emit = (kind: RecorderEvent, detail: Record<string, unknown>): void => this.emit(kind, detail)
    const changed = (): void => this.changed()
    const context: RecordedTrackContext = {
      attemptId: options.attemptId,
      settings: { ...RECORDING_SETTINGS, ...options.settings },
      clock: options.clock,
      spool: this.spool,
      deltaMs: () => this.deltaMs,
      audio: () => this.sound.output,
      emit,
      changed,
    }
    for (const kind of KINDS.filter((one): one is Kind => one in options)) {
      this.tracks.set(kind, new RecordedTrack(kind, trackOf(options.tracks, kind), context))
    }
    this.sound = new RecordedSound({ track: this.soundKind, emit, changed })
  }

  get state(): RecorderState<Kind> {
    const states = [...this.tracks].map(([kind, { state }]) => [kind, { ...state }])
    return {
      status: this.status,
      tracks: Object.fromEntries(states) as Record<Kind, RecorderTrackState>,
      microphone: this.sound.state,
      awake: this.wakefulness?.held ?? false,
      level: this.sound.level,
    }
  }

  /** Calls back at once, at every change and ten times a second for the level. Returns the way to stop. */
  subscribe(listener: (state: RecorderState<Kind>) => void): () => void {
    this.listeners.add(listener)
    listener(this.state)
    return () => this.listeners.delete(listener)
  }

  /**
   * Closes what an earlier page left open and begins. Throws {@link RecorderElsewhere} when another tab records this
   * attempt; it may be called again then. Resolves when all tracks have been set going; `state` tells when the first
   * frames are in. A track without a device is `lost` until it gets one by {@link replaceCamera} or
   * {@link replaceScreen}.
   */
  async start(): Promise<void> {
    if (this.status !== 'idle' && this.status !== 'elsewhere') throw new Error(`recorder is ${this.status}`)
    this.setStatus('starting')
    const { attemptId, uploadToken, tracks, clock } = this.options
    if (!(await this.takeLock())) {
      if (this.starting) this.setStatus('elsewhere')
      throw new RecorderElsewhere()
    }
    this.spool.introduce(attemptId, uploadToken, tracks)
    const goodbyeMs = this.spool.takeGoodbye(attemptId)
    const recovered = await this.spool.recover(attemptId)
    this.run = await this.spool.nextEpoch(LOGBOOK, clock.now())
    if (goodbyeMs !== null) this.emit('page_closed', {}, goodbyeMs)
    // Stopped while it was still starting.
    if (!this.starting) return this.releaseLock()
    this.deltaMs = clock.deltaMs()
    const sound = this.source(this.soundKind)
    if (sound) this.sound.plug(sound)
    this.watch()
    this.spool.beatFor(attemptId)
    this.emit('recorder_started', { recovered_epochs: recovered })
    this.noteStorage()
    await Promise.all([this.all((track, kind) => track.use(pictureOf(this.source(kind)))), this.sound.begun()])
    if (!this.starting) return
    // Whoever reads the first state of the recording must not find a microphone that nobody listened to yet.
    this.measureLevel()
    this.setStatus('recording')
    this.sound.begin()
  }

  /** The page lets go of the camera to open it anew; until {@link replaceCamera} nothing counts as lost. */
  async releaseCamera(): Promise<void> {
    await this.tracks.get(this.soundKind)?.release()
  }

  /** Another camera, and its microphone if the stream has one. Begins a new epoch, unless it is recorded already. */
  async replaceCamera(stream: MediaStream): Promise<void> {
    if (stream.getAudioTracks().length > 0) this.replaceMicrophone(stream)
    await this.tracks.get(this.soundKind)?.use(pictureOf(stream))
  }

  /** Another screen share. Begins a new epoch, unless it is recorded already. */
  async replaceScreen(this: Recorder, stream: MediaStream): Promise<void> {
    await this.tracks.get('screen')?.use(pictureOf(stream))
  }

  /** Another microphone, on the same sound track: no new epoch. */
  replaceMicrophone(stream: MediaStream): void {
    this.sound.plug(stream)
    this.changed()
  }

  /** Ends all tracks. Resolves when the last segments and the closures are in the spool. The streams stay the page's. */
  async stop(reason: string): Promise<void> {
    if (this.status === 'stopping' || this.status === 'stopped') return
    const ran = this.status === 'recording' || this.status === 'starting'
    this.setStatus('stopping')
    await this.all((track) => track.finish('ended'))
    for (const cleanup of this.cleanups.splice(0)) cleanup()
    await this.sound.close()
    this.releaseLock()
    this.setStatus('stopped')
    // Stopped before it had a logbook, it has nothing to write and nowhere to write it.
    if (ran && this.run > 0) this.emit('recorder_stopped', { reason })
  }

  /** The track that carries this device's sound. */
  private get soundKind(): Kind {
    return (this.tracks.has('phone' as Kind) ? 'phone' : 'camera') as Kind
  }

  private source(kind: Kind): MediaStream | null {
    return (this.options as RecorderSources<Kind>)[kind]
  }

  private async all(work: (track: RecordedTrack, kind: Kind) => Promise<void>): Promise<void> {
    await Promise.all([...this.tracks].map(([kind, track]) => work(track, kind)))
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
    const check = setInterval(() => this.check(), CHECK_EVERY_MS)
    const wakefulness = new Wakefulness(() => this.notify())
    this.wakefulness = wakefulness
    const goodbye = (): void => this.spool.sayGoodbye(attemptId)
    window.addEventListener('pagehide', goodbye)
    const seen = (): void => this.emit(document.visibilityState === 'visible' ? 'page_shown' : 'page_hidden', {})
    document.addEventListener('visibilitychange', seen)
    this.cleanups.push(
      () => document.removeEventListener('visibilitychange', seen),
      () => clearInterval(level),
      () => clearInterval(check),
      () => wakefulness.close(),
      () => window.removeEventListener('pagehide', goodbye),
      clock.onChange((deltaMs) => this.clockChanged(deltaMs)),
      clock.onStep((step) => this.emit('clock_stepped', { what: step.kind, by_ms: step.byMs })),
      this.spool.onState(() => this.noteStorage()),
      this.spool.onFailure((error) => this.emit('other', { what: 'spool_worker_failed', error })),
    )
  }

  private check(): void {
    for (const track of this.tracks.values()) track.check()
    const line = this.line.judge(this.options.clock.now(), this.spool.state.online)
    if (line) this.emit(line.online ? 'online' : 'offline', {}, line.sinceMs)
    this.suitTheLine()
  }

  private noteStorage(): void {
    for (const { kind, detail } of this.storage.judge(this.spool.state.storage)) this.emit(kind, detail)
  }

  /** A line that cannot carry the recording gets less of it a second, so that all of it arrives in time. */
  private suitTheLine(): void {
    const { online, perAttempt } = this.spool.state
    const held = perAttempt[this.options.attemptId]
    if (!held) return
    const share = this.rate.judge({
      atMs: monotonicMs(),
      online,
      behindMs: held.oldestPendingMs === null ? 0 : this.options.clock.now() - held.oldestPendingMs,
      pendingBytes: held.pendingBytes,
      sentKbps: held.uploadKbps,
    })
    if (share === this.share) return
    const kind = share < this.share ? 'bitrate_lowered' : 'bitrate_raised'
    this.share = share
    const tracks = [...this.tracks.values()]
    for (const track of tracks) track.scale(share)
    this.emit(kind, { kbps: Math.round(tracks.reduce((sum, { bitrate }) => sum + bitrate, 0) / 1000), share })
    this.changed()
  }

  /** The epochs keep the clock that they began with; a clock that was far out is only used by new ones. */
  private clockChanged(deltaMs: number): void {
    if (Math.abs(deltaMs - this.deltaMs) <= CLOCK_TOLERANCE_MS) return
    this.deltaMs = deltaMs
    void this.all((track) => track.restart('replaced'))
  }

  private measureLevel(): void {
    if (this.sound.measure()) this.changed()
    else this.notify()
  }

  private setStatus(status: RecorderState['status']): void {
    this.status = status
    this.changed()
  }

  private changed(): void {
    const tracks = [...this.tracks.values()]
    this.spool.reportDevices(
      tracks.map(({ kind, state: { state, detail, picture, doubtful, loweredKbps } }) => ({
        kind,
        state,
        detail,
        picture,
        doubtful,
        lowered_kbps: loweredKbps,
      })),
      this.status === 'stopped' ? null : this.sound.heard,
    )
    this.notify()
  }

  private notify(): void {
    const { state } = this
    for (const listener of this.listeners) listener(state)
  }

  private emit(kind: RecorderEvent, { track, ...detail }: Record<string, unknown>, atMs = this.options.clock.now()): void {
    const about = this.tracks.has(track as Kind) ? (track as Kind) : null
    this.spool.log(this.options.attemptId, this.run, {
      at_ms: Math.round(atMs),
      device_ms: Date.now(),
      kind,
      track: about,
      detail: smallDetail(detail) ?? {},
    })
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
