import { computed, shallowRef, type ShallowRef } from 'vue'
import { runAt } from './mediaMap'
import { TrackPlayback } from './trackPlayback'
import { missingAt, type Missing, type PlayerTrack } from './tracks'

// Several recordings of the same time, shown as one. The first that has something at the moment leads with its own
// clock; the others follow it by the server's time. Where one has nothing, the next leads; where none has, the
// playhead goes on to where one does, and says what it left out. A gap is drawn and told, never closed up.

const TICK_MS = 100
/** How long one slow recording may hold up the others. */
const PATIENCE_MS = 8_000
/** Behind the newest segment while watching live: two segments of 2 s, so that the picture does not stutter. */
const LIVE_DELAY_MS = 4_000
const LIVE_SLACK_MS = 12_000
/** A leap shorter than this is a seam between segments, not worth a word. */
const WORTH_SAYING_MS = 300

export const RATES = [0.75, 1, 1.25, 1.5, 2] as const

/** What was left out, and why. `to` is null where nothing follows. */
export interface Leap {
  from: number
  to: number | null
  why: Missing | null
}

export interface PlaybackOptions {
  tracks: readonly PlayerTrack[]
  from: number
  to: number
  /** Still being recorded: `to` moves, and there is a newest moment to watch. */
  live?: boolean
  /** Where to begin, if not at `from` (or, live, at the newest). */
  at?: number | null
}

export class Playback {
  readonly position: ShallowRef<number>
  readonly to = shallowRef(0)
  readonly playing = shallowRef(false)
  readonly waiting = shallowRef(false)
  readonly leapt = shallowRef<Leap | null>(null)
  readonly rate = shallowRef<number>(1)
  readonly volume = shallowRef(1)
  readonly muted = shallowRef(false)
  readonly soundOnly = shallowRef(false)
  /** Index of the recording that is heard. */
  readonly heard = shallowRef(0)
  /** Watching the newest moment. */
  readonly atEdge = shallowRef(false)
  readonly parts = shallowRef<readonly TrackPlayback[]>([])
  readonly from: number
  private readonly live = shallowRef(false)
  private timer = 0
  private slowSince: number | null = null
  private said = 0

  constructor(private readonly options: PlaybackOptions) {
    this.from = options.from
    this.to.value = options.to
    this.live.value = options.live ?? false
    this.atEdge.value = this.live.value && options.at == null
    this.position = shallowRef(this.within(options.at ?? (this.live.value ? options.to : options.from)))
  }

  get at(): number {
    return this.position.value
  }

  /** The newest moment that can be watched, while it is live. */
  readonly edge = computed(() => {
    if (!this.live.value) return null
    const ends = this.parts.value.flatMap((part) => part.end ?? [])
    if (ends.length === 0) return null
    // One that fell far behind does not hold back the others.
    const newest = Math.max(...ends)
    return Math.min(...ends.filter((end) => newest - end < LIVE_SLACK_MS))
  })

  /** Elements in the order of the tracks. Called once they are in the page. */
  mount(videos: readonly HTMLVideoElement[]): void {
    this.parts.value = this.options.tracks.map((track, index) => new TrackPlayback(track, videos[index]!, this.at))
    for (const part of this.parts.value) part.open()
    this.sound()
    this.timer = window.setInterval(() => this.tick(), TICK_MS)
  }

  close(): void {
    clearInterval(this.timer)
    for (const part of this.parts.value) part.close()
    this.parts.value = []
  }

  /** What the page has learnt since: while recording goes on, its end moves; late pieces arrive. */
  learn(tracks: readonly PlayerTrack[], to: number, live: boolean): void {
    this.parts.value.forEach((part, index) => {
      const known = tracks[index]
      if (known) part.track = known
    })
    this.to.value = to
    this.live.value = live
    if (!live) this.atEdge.value = false
  }

  /** Reads the lists of all recordings anew, at the same moment. */
  reload(): void {
    for (const part of this.parts.value) part.retry()
  }

  play(): void {
    if (!this.atEdge.value && this.at >= this.to.value - 200) this.seek(this.from)
    this.slowSince = null
    this.playing.value = true
    this.tick()
  }

  pause(): void {
    this.playing.value = false
    this.waiting.value = false
    this.atEdge.value = false
    for (const part of this.parts.value) part.pause()
  }

  toggle(): void {
    if (this.playing.value) this.pause()
    else this.play()
  }

  seek(at: number): void {
    this.leapt.value = null
    this.atEdge.value = false
    this.place(this.within(at))
  }

  skip(byMs: number): void {
    this.seek(this.at + byMs)
  }

  /** To the newest moment, and on with it. */
  goLive(): void {
    this.leapt.value = null
    this.atEdge.value = true
    if (this.edge.value !== null) this.place(Math.max(this.from, this.edge.value - LIVE_DELAY_MS))
    this.rate.value = 1
    this.playing.value = true
  }

  setRate(rate: number): void {
    this.rate.value = rate
  }

  /** One step up or down the list of speeds. */
  stepRate(by: 1 | -1): void {
    const now = RATES.findIndex((one) => one >= this.rate.value)
    this.rate.value = RATES[Math.min(RATES.length - 1, Math.max(0, now + by))] ?? 1
  }

  setVolume(volume: number): void {
    this.volume.value = Math.min(1, Math.max(0, volume))
    this.muted.value = this.volume.value === 0
    this.sound()
  }

  mute(muted: boolean): void {
    this.muted.value = muted
    if (!muted && this.volume.value === 0) this.volume.value = 1
    this.sound()
  }

  hear(index: number): void {
    this.heard.value = index
    this.sound()
  }

  private sound(): void {
    this.parts.value.forEach((part, index) => {
      part.video.muted = this.muted.value || index !== this.heard.value
      part.video.volume = this.volume.value
    })
  }

  private within(at: number): number {
    return Math.min(this.to.value, Math.max(this.from, at))
  }

  private place(at: number): void {
    this.position.value = at
    this.slowSince = null
    for (const part of this.parts.value) part.seek(at)
  }

  private tick(): void {
    const parts = this.parts.value
    if (this.leapt.value && performance.now() - this.said > 12_000) this.leapt.value = null
    if (!this.playing.value) return
    if (parts.some((part) => part.state.value === 'loading')) {
      this.hold(parts)
      return
    }
    if (this.atEdge.value && !this.keepUp()) return
    const active = parts.filter((part) => part.run(this.at))
    if (active.length === 0) {
      // What is there and cannot be played just now is waited for; only what was never recorded is passed over.
      if (parts.some((part) => part.state.value === 'failed' && runAt(part.track.covered, this.at))) this.hold(parts)
      else this.leap()
      return
    }
    const slow = active.filter((part) => !part.canPlay)
    if (slow.length > 0 && !this.outOfPatience(slow.length === active.length)) {
      this.hold(active)
      return
    }
    if (slow.length === 0) this.slowSince = null
    this.waiting.value = false
    this.run(parts, active.filter((part) => part.canPlay))
  }

  /** True once the recordings that are slow have held up the others for long enough. */
  private outOfPatience(all: boolean): boolean {
    this.slowSince ??= performance.now()
    return !all && performance.now() - this.slowSince > PATIENCE_MS
  }

  private hold(parts: readonly TrackPlayback[]): void {
    this.waiting.value = true
    for (const part of parts) part.pause()
  }

  private run(parts: readonly TrackPlayback[], active: readonly TrackPlayback[]): void {
    const lead = active[0]
    if (!lead) return
    const before = this.at
    lead.lead(this.rate.value)
    this.position.value = this.within(this.led(lead, active, before))
    for (const part of parts) {
      if (part === lead) continue
      if (part.run(this.at)) part.follow(this.at, this.rate.value)
      else part.pause()
      // Stands ready where it goes on.
      if (!part.run(this.at) && part.state.value === 'ready') part.seek(this.at)
    }
    if (this.at >= this.to.value && !this.live.value) this.finish()
  }

  /** The moment that the leading recording has come to, minding that its element runs on across a gap. */
  private led(lead: TrackPlayback, active: readonly TrackPlayback[], before: number): number {
    const run = lead.run(before)
    const at = lead.video.ended ? (run?.[1] ?? before) : (lead.at() ?? before)
    if (!run || at < run[1]) return at
    if (at <= run[1] + WORTH_SAYING_MS) return at
    const other = active.find((part) => part !== lead && part.run(run[1]))
    if (other) return run[1]
    this.say({ from: run[1], to: at, why: this.why(run[1]) })
    return at
  }

  /** Nothing is recorded here: on to where something is. */
  private leap(): void {
    const from = this.at
    const next = this.parts.value.flatMap((part) => part.next(from) ?? [])
    const to = next.length > 0 ? Math.min(...next) : null
    if (to !== null && to < this.to.value) {
      if (to - from > WORTH_SAYING_MS) this.say({ from, to, why: this.why(from) })
      this.place(to)
      return
    }
    if (this.live.value) {
      this.hold(this.parts.value)
      return
    }
    if (this.to.value - from > 1000) this.say({ from, to: null, why: this.why(from) })
    this.position.value = this.to.value
    this.finish()
  }

  private why(at: number): Missing | null {
    for (const part of this.parts.value) {
      const missing = missingAt(part.track, at + WORTH_SAYING_MS)
      if (missing) return missing
    }
    return null
  }

  private say(leap: Leap): void {
    this.leapt.value = leap
    this.said = performance.now()
  }

  /** Live: begins near the newest moment and goes back to it when it has fallen far behind. False while there is none. */
  private keepUp(): boolean {
    const edge = this.edge.value
    if (edge === null) {
      this.hold(this.parts.value)
      return false
    }
    if (edge - this.at > LIVE_SLACK_MS || this.at > edge) this.place(Math.max(this.from, edge - LIVE_DELAY_MS))
    return true
  }

  private finish(): void {
    this.playing.value = false
    this.waiting.value = false
    for (const part of this.parts.value) part.pause()
  }
}
