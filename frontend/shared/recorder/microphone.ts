/** What may happen to a microphone; `state`: the browser held the sound graph back or let it go on. */
export type MicrophoneChange = 'ended' | 'mute' | 'unmute' | 'state'

/** A sound graph that may begin does so within a few hundred ms. */
const BEGIN_PATIENCE_MS = 1_000

/**
 * The way of the sound: microphone → AudioContext → a track that never ends. A dead or exchanged microphone gives
 * silence on that track instead of stopping the recording, and a new one can be plugged in without a new epoch.
 */
export class Microphone {
  private readonly context: AudioContext
  private readonly outlet: MediaStreamAudioDestinationNode
  private readonly meter: AnalyserNode
  private readonly samples: Float32Array<ArrayBuffer>
  private source: MediaStreamAudioSourceNode | null = null
  private track: MediaStreamTrack | null = null

  constructor(private readonly onChange: (change: MicrophoneChange) => void = () => {}) {
    this.context = openContext()
    this.outlet = this.context.createMediaStreamDestination()
    this.outlet.channelCount = 1
    this.outlet.channelCountMode = 'explicit'
    this.meter = this.context.createAnalyser()
    this.meter.fftSize = 2048
    this.samples = new Float32Array(this.meter.fftSize)
    this.context.addEventListener('statechange', this.heardState)
    // Before the first click on a page its sound graph may be held back; silence is recorded until then.
    for (const gesture of GESTURES) document.addEventListener(gesture, this.resume, { capture: true })
    // A phone call, or another page that is looked at, may have taken the sound away.
    document.addEventListener('visibilitychange', this.resume)
  }

  /** Resolves when the browser lets the sound through, or after a moment if it holds it back. */
  async begun(): Promise<void> {
    await Promise.race([
      this.context.resume().catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, BEGIN_PATIENCE_MS)),
    ])
  }

  /** The endless mono track that is recorded. */
  get output(): MediaStreamTrack {
    return this.outlet.stream.getAudioTracks()[0]!
  }

  /** The browser holds the sound graph back: silence is being recorded until somebody touches the page. */
  get held(): boolean {
    return this.context.state !== 'running' && this.context.state !== 'closed'
  }

  /** False while no live microphone is plugged in: silence is being recorded. */
  get live(): boolean {
    return this.context.state === 'running' && this.track?.readyState === 'live' && !this.track.muted
  }

  /** Takes the stream's microphone in place of the one before. A stream without sound unplugs. */
  plug(stream: MediaStream): void {
    const track = stream.getAudioTracks()[0]
    if (track && track === this.track) return
    this.unplug()
    if (!track) return
    this.track = track
    this.source = this.context.createMediaStreamSource(new MediaStream([track]))
    this.source.connect(this.outlet)
    this.source.connect(this.meter)
    track.addEventListener('ended', this.heardEnded)
    track.addEventListener('mute', this.heardMute)
    track.addEventListener('unmute', this.heardUnmute)
    this.resume()
  }

  /** Loudness of the last 40 ms, 0 to 1: root mean square on a scale of −60 dB to 0 dB. */
  level(): number {
    return this.measure().level
  }

  /** The same, and the largest sample of these 40 ms, 0 to 1. */
  measure(): { level: number; peak: number } {
    this.meter.getFloatTimeDomainData(this.samples)
    let [squares, peak] = [0, 0]
    for (const sample of this.samples) {
      squares += sample * sample
      peak = Math.max(peak, Math.abs(sample))
    }
    const decibels = 10 * Math.log10(squares / this.samples.length + 1e-9)
    return { level: Math.min(1, Math.max(0, 1 + decibels / 60)), peak }
  }

  async close(): Promise<void> {
    this.unplug()
    this.context.removeEventListener('statechange', this.heardState)
    for (const gesture of GESTURES) document.removeEventListener(gesture, this.resume, { capture: true })
    document.removeEventListener('visibilitychange', this.resume)
    if (this.context.state !== 'closed') await this.context.close()
  }

  private unplug(): void {
    this.track?.removeEventListener('ended', this.heardEnded)
    this.track?.removeEventListener('mute', this.heardMute)
    this.track?.removeEventListener('unmute', this.heardUnmute)
    this.source?.disconnect()
    this.source = null
    this.track = null
  }

  private readonly resume = (): void => {
    const { state } = this.context
    if (state !== 'running' && state !== 'closed') void this.context.resume().catch(() => {})
  }

  private readonly heardState = (): void => this.onChange('state')
  private readonly heardEnded = (): void => this.onChange('ended')
  private readonly heardMute = (): void => this.onChange('mute')
  private readonly heardUnmute = (): void => this.onChange('unmute')
}

const GESTURES = ['pointerdown', 'keydown'] as const

/** Opus wants 48 kHz. A silent sink keeps the graph running on machines without any loudspeaker. */
function openContext(): AudioContext {
  const options = { sampleRate: 48_000, latencyHint: 'interactive' as const }
  try {
    return new AudioContext({ ...options, sinkId: { type: 'none' } } as AudioContextOptions)
  } catch {
    return new AudioContext(options)
  }
}
