import type { ServerClock } from './clock'
import { SPOOL_CHANNEL, type Forgetting, type FromSpool, type Goodbye, type HeartbeatAnswer } from './messages'
import type { LogLine, MadePackage, MicrophoneState, PackageWish, SpoolAnswer, SpoolNews } from './messages'
import type { ToSpool, Track, TrackReport, UploadsState } from './messages'

const GOODBYE = 'zhishi.recorder.closed.'

const NOTHING: UploadsState = {
  ready: false,
  online: navigator.onLine,
  uploading: false,
  retryAt: null,
  storage: { usageBytes: null, quotaBytes: null, persisted: null, unsaved: 0, low: false, failing: null },
  perAttempt: {},
}

/** What was asked of the spool failed; `reason` is the name of what was thrown. */
export class SpoolFailure extends Error {
  override readonly name = 'SpoolFailure'
  constructor(readonly reason: string) {
    super(reason)
  }
}

/** The page's end of the spool worker. There is one per page, made at the first need and kept while the page lives. */
export class Spool {
  private static only: Spool | null = null

  state: UploadsState = NOTHING
  private readonly worker: Worker
  private readonly channel = new BroadcastChannel(SPOOL_CHANNEL)
  private readonly answers = new Map<number, { resolve: (value: never) => void; reject: (failure: SpoolFailure) => void }>()
  private calls = 0
  private readonly stateListeners = new Set<(state: UploadsState) => void>()
  private readonly failureListeners = new Set<(error: string) => void>()
  private readonly heartbeatListeners = new Set<(answer: HeartbeatAnswer) => void>()

  static open(clock: ServerClock): Spool {
    Spool.only ??= new Spool(clock)
    return Spool.only
  }

  private constructor(private readonly clock: ServerClock) {
    this.worker = new Worker(new URL('./spool.worker.ts', import.meta.url), { type: 'module', name: 'zhishi-spool' })
    this.worker.onmessage = ({ data }: MessageEvent<FromSpool>) => this.hear(data)
    this.worker.onerror = (failure) => {
      for (const listener of this.failureListeners) listener(failure.message)
    }
    this.say({ type: 'open', deltaMs: clock.deltaMs(), goodbyes: rememberedGoodbyes() })
    clock.onChange((deltaMs) => this.say({ type: 'clock', deltaMs }))
    const report = (): void => this.reportPage()
    document.addEventListener('visibilitychange', report)
    window.addEventListener('focus', report)
    window.addEventListener('blur', report)
    window.addEventListener('online', () => this.wake())
    report()
    // Without this the browser may clear the spool when the disk runs low. It asks nobody, and may say no.
    void navigator.storage
      .persist()
      .catch(() => false)
      .finally(() => this.say({ type: 'storage' }))
  }

  /** Makes an attempt known: its uploads use this token from now on. */
  introduce(attemptId: string, uploadToken: string, tracks: Track[]): void {
    this.say({ type: 'attempt', attemptId, uploadToken, tracks })
  }

  /** When an earlier page of this attempt said that it was closing (server time), if the last one did. Said once. */
  takeGoodbye(attemptId: string): number | null {
    const said = localStorage.getItem(GOODBYE + attemptId)
    localStorage.removeItem(GOODBYE + attemptId)
    return said === null ? null : Number(said)
  }

  /** Closes what an earlier page left open. The caller holds the attempt's recorder lock. Answers how many epochs. */
  recover(attemptId: string): Promise<number> {
    return this.call((call) => ({ type: 'recover', attemptId, call }))
  }

  /** Notes, in the last moment of a page, that it was closed and did not crash. */
  sayGoodbye(attemptId: string): void {
    const goodbye = { attemptId, atMs: Math.round(this.clock.now()) }
    localStorage.setItem(GOODBYE + attemptId, String(goodbye.atMs))
    this.channel.postMessage({ type: 'goodbye', goodbye } satisfies SpoolNews)
  }

  /** Writes a line of the logbook of the recorder that began at `run`; it is on disk within a moment, then it is sent. */
  log(attemptId: string, run: number, line: LogLine): void {
    this.say({ type: 'log', attemptId, run, line })
  }

  /** A number for a new epoch: the server's time now, made later than every epoch of the track. */
  nextEpoch(trackId: string, nowMs: number): Promise<number> {
    return this.call((call) => ({ type: 'epoch', trackId, proposed: Math.floor(nowMs), call }))
  }

  /** A port on which a track worker hands over what it finished. */
  openPort(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    this.worker.postMessage({ type: 'port', port: port2 } satisfies ToSpool, [port2])
    return port1
  }

  /** `slow`: only to hear what the server lacks, once the attempt is over. */
  beatFor(attemptId: string | null, slow = false): void {
    this.say({ type: 'heartbeats', attemptId, slow })
  }

  /** `microphone` is null when this page records nothing. */
  reportDevices(tracks: TrackReport[], microphone: MicrophoneState | null): void {
    this.say({ type: 'devices', tracks, microphone })
  }

  /** Sends everything of an attempt once more, confirmed or not. Answers how many items that are. */
  sendAgain(attemptId: string): Promise<number> {
    return this.call((call) => ({ type: 'again', attemptId, call }))
  }

  /**
   * Deletes everything of an attempt from this device; every tab learns of it. Never while somebody records it, and only
   * `forced` while the server has not confirmed all of it. Rejects with {@link SpoolFailure} when the disk fails.
   */
  async forget(attemptId: string, forced: boolean): Promise<Forgetting> {
    const came = await this.call<Forgetting>((call) => ({ type: 'forget', attemptId, forced, call }))
    if (came === 'forgotten') localStorage.removeItem(GOODBYE + attemptId)
    return came
  }

  /**
   * A file with what the server lacks of an attempt, or with all of it, that only the house can read: for a stick, or to
   * keep. Needs no network. Rejects with {@link SpoolFailure}: `NothingToExport`, `Unreadable`, `NoUploadToken`, or what
   * failed.
   */
  exportPackage(attemptId: string, wish: PackageWish): Promise<MadePackage> {
    return this.call((call) => ({ type: 'export', attemptId, wish, call }))
  }

  /** Tries now what waits after failures, unless the server asked for more time. */
  wake(): void {
    this.say({ type: 'wake' })
  }

  onState(listener: (state: UploadsState) => void): () => void {
    this.stateListeners.add(listener)
    return () => this.stateListeners.delete(listener)
  }

  /** Tells of an error in the worker that nobody foresaw. What the disk refuses is in the state. */
  onFailure(listener: (error: string) => void): () => void {
    this.failureListeners.add(listener)
    return () => this.failureListeners.delete(listener)
  }

  onHeartbeat(listener: (answer: HeartbeatAnswer) => void): () => void {
    this.heartbeatListeners.add(listener)
    return () => this.heartbeatListeners.delete(listener)
  }

  private hear(message: FromSpool): void {
    if (message.type === 'answer' || message.type === 'failed') {
      const asked = this.answers.get(message.call)
      this.answers.delete(message.call)
      // Which kind of value belongs to which question is said where the question is put.
      if (message.type === 'answer') asked?.resolve(message.value as never)
      else asked?.reject(new SpoolFailure(message.error))
    } else if (message.type === 'state') {
      this.state = message.state
      for (const listener of this.stateListeners) listener(message.state)
    } else {
      this.hearHeartbeat(message.sentAt, message.receivedAt, message.answer)
    }
  }

  private hearHeartbeat(sentAt: number, receivedAt: number, answer: HeartbeatAnswer): void {
    const origin = performance.timeOrigin
    this.clock.observe(sentAt - origin, receivedAt - origin, answer.received_ms, answer.sent_ms)
    for (const listener of this.heartbeatListeners) listener(answer)
  }

  private reportPage(): void {
    const page = { visible: document.visibilityState === 'visible', focused: document.hasFocus() }
    this.say({ type: 'page', page })
  }

  private call<T extends SpoolAnswer>(question: (call: number) => ToSpool): Promise<T> {
    this.calls += 1
    const call = this.calls
    return new Promise((resolve, reject) => {
      this.answers.set(call, { resolve, reject })
      this.say(question(call))
    })
  }

  private say(message: ToSpool): void {
    this.worker.postMessage(message)
  }
}

/** What pages said that closed when no other tab was there to hear it. */
function rememberedGoodbyes(): Goodbye[] {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(GOODBYE))
    .map((key) => ({ attemptId: key.slice(GOODBYE.length), atMs: Number(localStorage.getItem(key)) }))
}
