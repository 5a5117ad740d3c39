import Hls, { type ErrorData, type HlsConfig } from 'hls.js/light'
import { shallowRef } from 'vue'

// The newest of one recording, as near to now as it can be shown: one video element that follows the end of its list.
// The player on the record page keeps several in step and goes back; this only looks.

export type StreamState = 'loading' | 'empty' | 'playing' | 'failed'

const RETRY_MS = 3_000
/** Segments last about 2 s: one behind the newest is as near as a picture without stutter can be. */
const SEGMENTS_BEHIND = 1
const TICK_MS = 500
/** Of a recording that is over its last moment is shown: this long before its end there is still a frame. */
const BEFORE_END_S = 0.5
/** Longer than this without a new frame, while newer ones are there: the element is put at the newest. */
const STUCK_MS = 8_000

const CONFIG: Partial<HlsConfig> = {
  liveSyncDurationCount: SEGMENTS_BEHIND,
  liveMaxLatencyDurationCount: 6,
  maxLiveSyncPlaybackRate: 1.2,
  // A first picture just before the element's zero would be dropped (see player/trackPlayback.ts).
  timelineOffset: 1,
  // Begun once the list says whether the recording goes on.
  autoStartLoad: false,
  // The recorder's fragments need no remuxing, so a worker would only copy bytes (and needs a blob: script).
  enableWorker: false,
  maxBufferLength: 10,
  backBufferLength: 10,
  maxBufferHole: 0.3,
}

export class LiveStream {
  readonly state = shallowRef<StreamState>('loading')
  /** HTTP status behind a failure, 0 where there was no answer. */
  readonly status = shallowRef(0)
  /** The server's time of the frame that is shown. */
  readonly shownMs = shallowRef<number | null>(null)
  private hls: Hls | null = null
  private recovered = false
  private retryTimer = 0
  private readonly ticker: number
  private movedAt = 0
  private over = false

  constructor(
    private readonly url: string,
    private readonly video: HTMLVideoElement,
  ) {
    video.muted = true
    video.playsInline = true
    video.disablePictureInPicture = true
    this.ticker = window.setInterval(() => this.tick(), TICK_MS)
    this.open()
  }

  private open(): void {
    clearTimeout(this.retryTimer)
    this.hls?.destroy()
    const hls = (this.hls = new Hls(CONFIG))
    let begun = false
    hls.on(Hls.Events.LEVEL_LOADED, (_, { details }) => {
      // Over while somebody watches: it plays to its end and stands there, and is not begun again.
      this.over = !details.live
      if (begun) return
      begun = true
      hls.startLoad(details.live ? -1 : Math.max(0, details.totalduration - BEFORE_END_S))
    })
    hls.on(Hls.Events.FRAG_BUFFERED, () => {
      this.state.value = 'playing'
      this.recovered = false
      this.play()
    })
    hls.on(Hls.Events.ERROR, (_, data) => this.failed(data))
    hls.attachMedia(this.video)
    hls.loadSource(this.url)
  }

  /** The person asked for another attempt. */
  retry(): void {
    this.state.value = 'loading'
    this.open()
  }

  close(): void {
    clearTimeout(this.retryTimer)
    clearInterval(this.ticker)
    this.hls?.destroy()
    this.hls = null
  }

  private tick(): void {
    const shown = this.hls?.playingDate?.getTime() ?? null
    if (shown !== this.shownMs.value) this.movedAt = performance.now()
    if (shown !== null) this.shownMs.value = shown
    if (!this.over && this.state.value === 'playing' && performance.now() - this.movedAt > STUCK_MS) this.toNewest()
  }

  /** After a gap, or a wait that was too long. */
  private toNewest(): void {
    const newest = this.hls?.liveSyncPosition
    if (newest != null && newest > this.video.currentTime + 1) this.video.currentTime = newest
    this.movedAt = performance.now()
    this.play()
  }

  private play(): void {
    if (this.over) return
    // Silent from the start, so the browser lets it; if it does not, the picture stands and its age tells.
    if (this.video.paused) this.video.play().catch(() => undefined)
  }

  private failed(data: ErrorData): void {
    const unread = data.details === 'levelEmptyError' || data.details === 'manifestParsingError'
    if (unread && this.state.value !== 'playing') {
      this.state.value = 'empty'
      return this.again()
    }
    // A list into which late segments were inserted is not the list it was: begin anew.
    if (data.details === 'levelParsingError') return this.again()
    if (!data.fatal) return
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !this.recovered) {
      this.recovered = true
      this.hls?.recoverMediaError()
      return
    }
    this.status.value = data.response?.code ?? 0
    this.state.value = 'failed'
    // A refusal stands until somebody logs in again; whatever else it was, this page is for watching and tries on.
    if (this.status.value !== 401 && this.status.value !== 403) this.again()
  }

  private again(): void {
    clearTimeout(this.retryTimer)
    this.retryTimer = window.setTimeout(() => this.open(), RETRY_MS)
  }
}
