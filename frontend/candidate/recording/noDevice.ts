/** A stream whose picture has ended already, to stand for a camera or a share that is not there. */
export function noDevice(): MediaStream {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 2
  canvas.getContext('2d')?.fillRect(0, 0, 2, 2)
  const stream = canvas.captureStream(0)
  stream.getTracks().forEach((track) => track.stop())
  return stream
}
