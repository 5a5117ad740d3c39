/**
 * Takes a camera's picture, to show it nowhere. A camera whose picture nobody takes is suspended by the browser, and once
 * somebody does again, more than a second passes until frames come: the first second of a recording.
 */
export class Onlooker {
  private readonly video = document.createElement('video')

  constructor() {
    this.video.muted = true
    this.video.playsInline = true
  }

  /** Null looks away. */
  look(stream: MediaStream | null): void {
    this.video.srcObject = stream && new MediaStream(stream.getVideoTracks())
    // Playing ends with the next picture that is looked at, and says so as an error.
    if (stream) void this.video.play().catch(() => {})
  }
}
