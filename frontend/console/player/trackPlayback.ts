import Hls, { type ErrorData, type HlsConfig, type LevelDetails } from 'hls.js/light'
import { computed, shallowRef } from 'vue'
import { nextHeld, runAt, runsOf, toMedia, toServer, type Piece } from './mediaMap'
import type { PlayerTrack } from './tracks'

// One recording in one video element, steered in the server's time.

export type TrackState = 'idle' | 'loading' | 'ready' | 'empty' | 'failed'

/** Drift below this is left alone: two frames' worth at most is seen by nobody. */
const STEADY_MS = 25
/** Larger drift is sought at once, smaller drift is run in by a slightly other speed. */
const SEEK_MS = 400
/** At 15 % the pitch is kept by the browser and the ear does not notice; 400 ms are gone in under 3 s. */
const CATCH_UP = 0.15
const RETRY_MS = 2_000
const RETRIES = 4
/** HTMLMediaElement.HAVE_FUTURE_DATA */
const CAN_PLAY = 3

/**
 * Seconds before the first segment on the element's timeline. Segments carry Unix time and are laid at their place to
 * a microsecond or so; a first picture that falls before zero would be dropped, and with it all up to the next key frame.
 */
const LEAD_IN_S = 1

const CONFIG: Partial<HlsConfig> = {
  timelineOffset: LEAD_IN_S,
  // The recorder's fragments need no remuxing, so a worker would only copy bytes (and needs a blob: script).
  enableWorker: false,
  autoStartLoad: false,
  maxBufferLength: 30,
  maxMaxBufferLength: 60,
  backBufferLength: 60,
  maxBufferHole: 0.2,
  // Ours is one server: what it does not give in three attempts is told instead of waited for.
  fragLoadPolicy: {
    default: {
      maxTimeToFirstByteMs: 10_000,
      maxLoadTimeMs: 30_000,
      timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
      errorRetry: { maxNumRetry: 3, retryDelayMs: 700, maxRetryDelayMs: 3_000 },
    },
  },
}

export class TrackPlayback {
  readonly state = shallowRef<TrackState>('idle')
  /** HTTP status behind a failure, 0 where there was no answer. */
  readonly status = shallowRef(0)
  private readonly details = shallowRef<LevelDetails | null>(null)
  private readonly loads = shallowRef(0)
  /** Runs of this recording without a gap, by its own playlist. */
  readonly runs = computed(() => (this.details.value && this.loads.value >= 0 ? runsOf(this.pieces()) : []))
  private hls: Hls | null = null
  private retries = 0
  private recovered = false
  private retryTimer = 0
  private wanted: number

  constructor(
    public track: PlayerTrack,
    readonly video: HTMLVideoElement,
    at: number,
  ) {
    this.wanted = at
    video.playsInline = true
    video.disablePictureInPicture = true
    video.preload = 'auto'
  }

  get live(): boolean {
    return this.details.value?.live ?? false
  }

  get end(): number | null {
    return this.runs.value.at(-1)?.[1] ?? null
  }

  open(): void {
    this.close()
    this.state.value = 'loading'
    const hls = (this.hls = new Hls(CONFIG))
    hls.on(Hls.Events.LEVEL_LOADED, (_, data) => this.listed(data.details))
    hls.on(Hls.Events.LEVEL_UPDATED, (_, data) => this.listed(data.details))
    hls.on(Hls.Events.FRAG_BUFFERED, () => {
      this.retries = 0
      // Segments now know their true length: the map changes by milliseconds.
      this.loads.value += 1
    })
    hls.on(Hls.Events.ERROR, (_, data) => this.failed(data))
    hls.attachMedia(this.video)
    hls.loadSource(this.track.url)
  }

  private listed(details: LevelDetails): void {
    const first = this.details.value === null
    this.details.value = details
    this.loads.value += 1
    if (!first) return
    if (details.fragments.length === 0) return
    this.hls?.startLoad(Math.max(0, (toMedia(this.pieces(), this.wanted) ?? LEAD_IN_S) - LEAD_IN_S))
    this.state.value = 'ready'
    this.seek(this.wanted)
  }

  private failed(data: ErrorData): void {
    if (data.details === 'levelEmptyError' || (!this.details.value && data.details === 'manifestParsingError')) {
      this.state.value = 'empty'
      this.again()
      return
    }
    // A live list into which late segments were inserted is not the list it was: begin anew where we are.
    if (data.details === 'levelParsingError' && this.details.value) {
      this.reload()
      return
    }
    if (!data.fatal) return
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !this.recovered) {
      this.recovered = true
      this.hls?.recoverMediaError()
      return
    }
    this.status.value = data.response?.code ?? 0
    this.state.value = 'failed'
    // A refusal stands; what did not answer, or is not there yet, is tried again.
    const refused = this.status.value === 401 || this.status.value === 403
    if (data.type === Hls.ErrorTypes.NETWORK_ERROR && !refused && this.retries++ < RETRIES) this.again()
  }

  private again(): void {
    clearTimeout(this.retryTimer)
    this.retryTimer = window.setTimeout(() => this.reload(), RETRY_MS)
  }

  /** Reads list and segments anew, at the same moment. */
  reload(): void {
    this.wanted = this.shown() ?? this.wanted
    const { retries, recovered } = this
    this.open()
    this.retries = retries
    this.recovered = recovered
  }

  /** The person asked for another attempt. */
  retry(): void {
    this.retries = 0
    this.recovered = false
    this.reload()
  }

  close(): void {
    clearTimeout(this.retryTimer)
    this.hls?.destroy()
    this.hls = null
    this.details.value = null
    this.state.value = 'idle'
    this.retries = 0
    this.recovered = false
  }

  private pieces(): Piece[] {
    const fragments = this.details.value?.fragments ?? []
    return fragments.flatMap((one) =>
      one.programDateTime === null ? [] : [{ start: one.start, duration: one.duration, at: one.programDateTime }],
    )
  }

  /** The moment that the element shows. */
  at(): number | null {
    return this.state.value === 'ready' ? this.shown() : null
  }

  private shown(): number | null {
    return this.details.value && this.video.readyState > 0 ? toServer(this.pieces(), this.video.currentTime) : null
  }

  /** The run without a gap around a moment. */
  run(at: number): readonly [number, number] | null {
    return this.state.value === 'ready' ? runAt(this.runs.value, at) : null
  }

  /** The first moment from `at` on that this recording holds. */
  next(at: number): number | null {
    return this.state.value === 'ready' ? nextHeld(this.runs.value, at) : null
  }

  /** Goes to a moment; from within a gap, to where the recording goes on. */
  seek(at: number): void {
    this.wanted = at
    if (this.state.value !== 'ready') return
    const seconds = toMedia(this.pieces(), at)
    if (seconds !== null && Math.abs(this.video.currentTime - seconds) > 0.01) this.video.currentTime = seconds
  }

  get canPlay(): boolean {
    return !this.video.seeking && (this.video.readyState >= CAN_PLAY || this.video.ended)
  }

  /** Runs at `rate`, led towards `at` if it is apart from it. */
  follow(at: number, rate: number): void {
    const shown = this.at()
    if (shown === null || this.video.seeking) return
    const ahead = shown - at
    if (Math.abs(ahead) > SEEK_MS) this.seek(at)
    else if (Math.abs(ahead) > STEADY_MS) this.setRate(rate * (1 - Math.sign(ahead) * Math.min(CATCH_UP, Math.abs(ahead) / 400)))
    else this.setRate(rate)
    this.start()
  }

  lead(rate: number): void {
    this.setRate(rate)
    this.start()
  }

  pause(): void {
    if (!this.video.paused) this.video.pause()
  }

  private start(): void {
    // Refused only if the page was never clicked and sound is on; the conductor sees that it stands still.
    if (this.video.paused && !this.video.ended) this.video.play().catch(() => undefined)
  }

  private setRate(rate: number): void {
    if (Math.abs(this.video.playbackRate - rate) > 0.001) this.video.playbackRate = rate
  }
}
