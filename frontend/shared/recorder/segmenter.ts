import { muxFragment, type Formats, type Packet } from './fragment'

export interface Segment {
  seq: number
  startMs: number
  durationMs: number
  bytes: Uint8Array
}

/**
 * Cuts a stream of packets into segments at the key frames that were asked for. A segment reaches from its first frame to the first frame of
 * the next, so segments tile the time without gaps whatever the frame rate did; sound goes to the segment in which it
 * begins. A cut waits until the sound has come up to it.
 */
export class Segmenter {
  private video: Packet[] = []
  private audio: Packet[] = []
  private cuts: number[] = []
  private audioUntilMs = -Infinity
  private audioEnded: boolean
  private sequence = 0
  private work: Promise<void> = Promise.resolve()
  private initSent = false

  constructor(
    /** Null while they are not known; where the sound is over without having begun there is none to wait for. */
    private readonly formats: (soundOver: boolean) => Formats | null,
    hasAudio: boolean,
    private readonly onInit: (bytes: Uint8Array, startMs: number) => void,
    private readonly onSegment: (segment: Segment) => void,
    private readonly onFailure: (failure: unknown) => void,
  ) {
    this.audioEnded = !hasAudio
  }

  get count(): number {
    return this.sequence
  }

  addVideo(packet: Packet): void {
    const last = this.video.at(-1)
    if (last) last.durationMs = packet.atMs - last.atMs
    if (packet.cut && last) this.cuts.push(packet.atMs)
    this.video.push(packet)
    this.cut()
  }

  addAudio(packet: Packet): void {
    this.audio.push(packet)
    this.audioUntilMs = packet.atMs + packet.durationMs
    if (this.cuts.length > 0) this.cut()
  }

  /** The sound will not go on (its encoder failed); pictures no longer wait for it. */
  endAudio(): void {
    this.audioEnded = true
    this.cut()
  }

  /** Writes what is left as the last segment, ending at `endMs`, and waits until everything is out. */
  async finish(endMs: number): Promise<void> {
    this.audioEnded = true
    this.cut()
    const last = this.video.at(-1)
    if (last) {
      last.durationMs = Math.max(1, Math.round(endMs) - last.atMs)
      this.emit(last.atMs + last.durationMs)
    }
    await this.work
  }

  private cut(): void {
    while (this.cuts.length > 0) {
      if (!this.audioEnded && this.audioUntilMs < this.cuts[0]!) return
      if (!this.formats(this.audioEnded)) return
      this.emit(this.cuts.shift()!)
    }
  }

  private emit(untilMs: number): void {
    const formats = this.formats(this.audioEnded)
    // Packets are only taken out when they can be written: what waits goes with the next cut.
    if (!formats) return
    const video = takeBefore(this.video, untilMs)
    const audio = takeBefore(this.audio, untilMs)
    if (video.length === 0) return
    this.work = this.work.then(() => this.write(formats, video, audio, untilMs)).catch(this.onFailure)
  }

  private async write(formats: Formats, video: Packet[], audio: Packet[], untilMs: number): Promise<void> {
    const startMs = video[0]!.atMs
    // The number is given only to what was muxed: a failure leaves a gap in time, never a hole in the numbers.
    const seq = this.sequence
    const { init, bytes } = await muxFragment(formats, video, audio, seq + 1)
    this.sequence += 1
    if (!this.initSent) {
      this.initSent = true
      this.onInit(init, startMs)
    }
    this.onSegment({ seq, startMs, durationMs: untilMs - startMs, bytes })
  }
}

function takeBefore(packets: Packet[], untilMs: number): Packet[] {
  const end = packets.findIndex((packet) => packet.atMs >= untilMs)
  return packets.splice(0, end === -1 ? packets.length : end)
}
