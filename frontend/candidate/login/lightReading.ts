import { onScopeDispose, ref, type Ref } from 'vue'

// Two cheap readings of the live picture, made on this device and never sent: how bright the place of the face is,
// and how much it moves. They only help the candidate to sit right; the server judges the photographs.

export type Light = 'good' | 'dark' | 'bright'

const EVERY_MS = 400
const WIDE = 48
const HIGH = 36
/** Mean luma (0-255) of the oval outside of which a photograph is likely to be refused. */
const DARK_BELOW = 55
const BRIGHT_ABOVE = 212
/** Mean change of luma from one reading to the next: sensor noise is near 2, breathing and small nods stay below 15. */
const MOVING_ABOVE = 22

/** Luma of the pixels inside the oval that the page draws over the picture. */
export function ovalLuma(pixels: Uint8ClampedArray, wide: number, high: number): Float32Array {
  const inside: number[] = []
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const dx = (x / wide - 0.5) / 0.19
      const dy = (y / high - 0.41) / 0.33
      if (dx * dx + dy * dy > 1) continue
      const at = (y * wide + x) * 4
      inside.push(0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!)
    }
  }
  return Float32Array.from(inside)
}

const mean = (values: Float32Array): number => values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length)

export function judgeLight(luma: Float32Array): Light {
  const brightness = mean(luma)
  if (brightness < DARK_BELOW) return 'dark'
  return brightness > BRIGHT_ABOVE ? 'bright' : 'good'
}

export function isMoving(luma: Float32Array, before: Float32Array): boolean {
  return mean(luma.map((v, i) => Math.abs(v - before[i]!))) > MOVING_ABOVE
}

/** Reads the video while it plays; null until the first picture. */
export function useLightReading(video: Readonly<Ref<HTMLVideoElement | undefined>>) {
  const light = ref<Light | null>(null)
  const moving = ref(false)
  const canvas = document.createElement('canvas')
  canvas.width = WIDE
  canvas.height = HIGH
  const context = canvas.getContext('2d', { willReadFrequently: true })
  let before: Float32Array | null = null
  let moved = false

  const timer = setInterval(() => {
    const playing = video.value
    if (!context || !playing || playing.videoWidth === 0 || !playing.srcObject) {
      light.value = null
      moving.value = false
      before = null
      return
    }
    context.drawImage(playing, 0, 0, WIDE, HIGH)
    const luma = ovalLuma(context.getImageData(0, 0, WIDE, HIGH).data, WIDE, HIGH)
    light.value = judgeLight(luma)
    // Twice in a row: one quick movement is not worth a word.
    const moves = before !== null && isMoving(luma, before)
    moving.value = moves && moved
    moved = moves
    before = luma
  }, EVERY_MS)
  onScopeDispose(() => clearInterval(timer))
  return { light, moving }
}
