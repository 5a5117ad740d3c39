import { monotonicMs } from './monotonic'
import { HIGH, POINTS, WIDE, type PictureSample } from './picture_watch'

/** Measured at 2 ms a sample: once a second is a five-hundredth of a core. */
const EVERY_MS = 1_000

/** Looks at one recorded picture a second, scaled to a few hundred points of luma; keeps none of them. */
export class PictureSampler {
  private readonly pen: OffscreenCanvasRenderingContext2D | null
  private luma = new Uint8Array(POINTS)
  private before: Uint8Array<ArrayBuffer> | null = null
  private lookedAt = -Infinity
  private frames = 0

  constructor() {
    this.pen = new OffscreenCanvas(WIDE, HIGH).getContext('2d', { willReadFrequently: true })
  }

  /** Every picture that is recorded comes by here. Null for those that are not looked at. */
  see(frame: VideoFrame): PictureSample | null {
    this.frames += 1
    const atMs = monotonicMs()
    if (!this.pen || atMs - this.lookedAt < EVERY_MS) return null
    this.lookedAt = atMs
    try {
      // Bilinear without smoothing first: a point takes four pixels, so a sensor's noise stays in it.
      this.pen.drawImage(frame, 0, 0, WIDE, HIGH)
    } catch {
      // A picture that cannot be drawn is recorded all the same.
      return null
    }
    return this.measure(atMs, this.pen.getImageData(0, 0, WIDE, HIGH).data)
  }

  private measure(atMs: number, pixels: Uint8ClampedArray): PictureSample {
    const { luma, before } = this
    let [sum, squares, steps, changed] = [0, 0, 0, before ? 0 : POINTS]
    for (let i = 0; i < POINTS; i++) {
      // Rec. 601, in 256ths.
      const value = (77 * pixels[4 * i]! + 150 * pixels[4 * i + 1]! + 29 * pixels[4 * i + 2]!) >> 8
      luma[i] = value
      sum += value
      squares += value * value
      if (i % WIDE > 0) steps += Math.abs(value - luma[i - 1]!)
      if (before && before[i] !== value) changed += 1
    }
    const mean = sum / POINTS
    const sample = {
      atMs,
      mean,
      spread: Math.sqrt(Math.max(0, squares / POINTS - mean * mean)),
      detail: steps / (POINTS - HIGH),
      changed,
      frames: this.frames,
    }
    this.frames = 0
    // The two arrays take turns.
    this.luma = before ?? new Uint8Array(POINTS)
    this.before = luma
    return sample
  }
}
