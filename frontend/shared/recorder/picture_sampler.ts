import { monotonicMs } from './monotonic'
import { HIGH, POINTS, WIDE, type PictureSample } from './picture_watch'

const EVERY_MS = 1_000
/** Formats whose first plane is luma, a byte a pixel. The others are asked for as RGBA. */
const PLANAR: readonly (string | null)[] = ['I420', 'I420A', 'I422', 'I444', 'NV12']
const RGBA = { format: 'RGBA' } as const

/**
 * Looks at one recorded picture a second, brought to a few hundred points of luma; keeps none of them. The pixels are
 * copied into one buffer that is used again (half a millisecond at 640×480): a canvas on which video frames are drawn
 * was measured to keep more than a megabyte of each.
 */
export class PictureSampler {
  private pixels = new Uint8Array()
  private luma = new Uint8ClampedArray(POINTS)
  private before: Uint8ClampedArray<ArrayBuffer> | null = null
  private lookedAt = -Infinity
  private frames = 0

  constructor(private readonly onSample: (sample: PictureSample) => void) {}

  /** Every picture that is recorded comes by here; the caller closes it. */
  see(frame: VideoFrame): void {
    this.frames += 1
    const atMs = monotonicMs()
    if (atMs - this.lookedAt >= EVERY_MS) void this.look(frame.clone(), atMs)
  }

  private async look(frame: VideoFrame, atMs: number): Promise<void> {
    // The next waits until this one has been read.
    this.lookedAt = Infinity
    try {
      await this.read(frame)
      this.onSample(this.measure(atMs))
    } catch {
      // A picture that cannot be read is recorded all the same.
    } finally {
      frame.close()
      this.lookedAt = atMs
    }
  }

  /** Brings the picture to its points: the mean of four pixels each, so that a sensor's noise stays in it. */
  private async read(frame: VideoFrame): Promise<void> {
    const planar = PLANAR.includes(frame.format)
    const options = planar ? {} : RGBA
    const size = frame.allocationSize(options)
    if (this.pixels.length !== size) this.pixels = new Uint8Array(size)
    const [plane] = await frame.copyTo(this.pixels, options)
    const { width, height } = frame.visibleRect!
    const { offset, stride } = plane!
    const step = planar ? 1 : 4
    const pixelAt = planar ? this.lumaIn(frame.colorSpace.fullRange === true) : this.lumaOfColours
    for (let i = 0; i < POINTS; i++) {
      const x = Math.floor(((i % WIDE) + 0.5) * (width / WIDE))
      const y = Math.floor((Math.floor(i / WIDE) + 0.5) * (height / HIGH))
      const at = offset + Math.min(y, height - 2) * stride + Math.min(x, width - 2) * step
      this.luma[i] = (pixelAt(at) + pixelAt(at + step) + pixelAt(at + stride) + pixelAt(at + stride + step)) / 4
    }
  }

  /** Video mostly counts from 16 for black to 235 for white. */
  private lumaIn(fullRange: boolean): (at: number) => number {
    const { pixels } = this
    return fullRange ? (at) => pixels[at]! : (at) => ((pixels[at]! - 16) * 255) / 219
  }

  /** Rec. 601. */
  private readonly lumaOfColours = (at: number): number =>
    0.299 * this.pixels[at]! + 0.587 * this.pixels[at + 1]! + 0.114 * this.pixels[at + 2]!

  private measure(atMs: number): PictureSample {
    const { luma, before } = this
    let [sum, squares, steps, changed] = [0, 0, 0, before ? 0 : POINTS]
    for (let i = 0; i < POINTS; i++) {
      const value = luma[i]!
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
    this.luma = before ?? new Uint8ClampedArray(POINTS)
    this.before = luma
    return sample
  }
}
