import { pause } from '@shared/time/moment'

export const PHOTOGRAPHS = 3
const APART_MS = 300
const QUALITY = 0.92
const FIRST_PICTURE_MS = 6_000

/** Takes three JPEG pictures of a playing video, 300 ms apart. */
export async function takePhotographs(video: HTMLVideoElement): Promise<Blob[]> {
  const taken = [await takePhotograph(video)]
  while (taken.length < PHOTOGRAPHS) {
    await pause(APART_MS)
    taken.push(await takePhotograph(video))
  }
  return taken
}

/** One JPEG picture of a playing video as the camera gives it: not mirrored, not scaled. */
export async function takePhotograph(video: HTMLVideoElement): Promise<Blob> {
  await firstPicture(video)
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  const context = canvas.getContext('2d')
  if (!context || canvas.width === 0) throw new Error('no picture to photograph')
  context.drawImage(video, 0, 0)
  return asJpeg(canvas)
}

/** A camera that was just opened needs a moment until its first picture. */
function firstPicture(video: HTMLVideoElement): Promise<void> {
  if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return Promise.resolve()
  return Promise.race([
    new Promise<void>((resolve) => video.addEventListener('loadeddata', () => resolve(), { once: true })),
    pause(FIRST_PICTURE_MS).then(() => Promise.reject(new Error('the camera gives no picture'))),
  ])
}

function asJpeg(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be encoded'))), 'image/jpeg', QUALITY)
  })
}
