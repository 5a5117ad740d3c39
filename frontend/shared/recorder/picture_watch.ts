import type { PictureState } from './messages'

/** What about a second of a camera's pictures showed, from one of them brought to {@link POINTS} points. */
export interface PictureSample {
  /** Monotonic. */
  atMs: number
  /** Mean luma and its standard deviation, 0 to 255. */
  mean: number
  spread: number
  /** Mean difference of luma between neighbours in a row. */
  detail: number
  /** How many points differ from the sample before; all of them in the first. */
  changed: number
  /** Pictures recorded since the sample before. */
  frames: number
}

export const WIDE = 32
export const HIGH = 24
export const POINTS = WIDE * HIGH

/**
 * Measured on photographs of people: a room lit well has a spread of 25 to 70, the same room at an eighth of the light
 * 8 with a detail of 4; a finger or paper before the lens has a spread below 9 and a detail below 2, noise included.
 */
const FLAT_SPREAD = 12
const FLAT_DETAIL = 2.5
const BLACK_MEAN = 20
const DARK_MEAN = 40
/** A face lit by the screen alone before a black room is dark on average, and still well seen: it stands out. */
const DARK_SPREAD = 20
/** What has been told is told until it is this much better: a picture on the edge does not come and go. */
const SLACK = 1.25

/** The noise of a sensor makes any two pictures differ, even of an empty room; a frozen or replayed one stays the same. */
const STILL_MS = 10_000
const RATE_WINDOW_MS = 10_000
const SLOW_BELOW = 0.5
/** Long enough that a hand passing by is no news, short enough that mending is seen at once. */
const ENTER_MS = 5_000
const LEAVE_MS = 2_000

/** Judges a camera's pictures. What it says is told and noted, and changes nothing by itself. */
export class PictureWatch {
  private recent: PictureSample[] = []
  private changedMs: number | null = null
  /** Since when the pictures have shown something else than what is told, and whether that is good. */
  private other: { sinceMs: number; good: boolean } | null = null

  /** `promisedRate`: frames a second that the device is to give. `told`: what an earlier epoch found. */
  constructor(
    private readonly promisedRate: number,
    private told: PictureState,
  ) {}

  /** What is to be told now. To be called about once a second; where no pictures come there is nothing to judge. */
  judge(sample: PictureSample): PictureState {
    const { atMs } = sample
    const seen = this.see(sample)
    const good = seen === 'good'
    if (seen === this.told) this.other = null
    else if (this.other?.good !== good) this.other = { sinceMs: atMs, good }
    if (this.other && atMs - this.other.sinceMs >= waitMs(seen)) {
      this.told = seen
      this.other = null
    }
    return this.told
  }

  /** What this sample and those before it show, without regard to how long. */
  private see(sample: PictureSample): PictureState {
    const { mean, spread, detail } = sample
    const within = (state: PictureState, value: number, limit: number): boolean =>
      value < limit * (this.told === state ? SLACK : 1)
    const flat = (state: PictureState): boolean => within(state, spread, FLAT_SPREAD) && within(state, detail, FLAT_DETAIL)
    const still = this.stands(sample)
    const slow = this.lags(sample)
    if (flat('black') && within('black', mean, BLACK_MEAN)) return 'black'
    if (flat('covered')) return 'covered'
    if (within('dark', mean, DARK_MEAN) && within('dark', spread, DARK_SPREAD)) return 'dark'
    if (still) return 'still'
    return slow ? 'slow' : 'good'
  }

  private stands({ atMs, changed }: PictureSample): boolean {
    if (changed > 0 || this.changedMs === null) this.changedMs = atMs
    return atMs - this.changedMs >= STILL_MS
  }

  private lags(sample: PictureSample): boolean {
    this.recent = [...this.recent.filter(({ atMs }) => atMs > sample.atMs - RATE_WINDOW_MS), sample]
    const [first, ...later] = this.recent
    const lengthMs = sample.atMs - first!.atMs
    // The frames of the first sample came before the window. While an encoder starts there is no rate to judge.
    if (lengthMs < RATE_WINDOW_MS * 0.8) return false
    const frames = later.reduce((sum, one) => sum + one.frames, 0)
    const share = (frames * 1000) / lengthMs / this.promisedRate
    return share < SLOW_BELOW * (this.told === 'slow' ? SLACK : 1)
  }
}

/** A standstill and a low rate have been watched for ten seconds already when they are seen. */
function waitMs(state: PictureState): number {
  if (state === 'good') return LEAVE_MS
  return state === 'still' || state === 'slow' ? 0 : ENTER_MS
}
