import type { MicrophoneState, TrackKind } from './messages'
import { Microphone, type MicrophoneChange } from './microphone'
import { monotonicMs } from './monotonic'
import { SoundWatch } from './sound_watch'

export type SoundEventKind =
  | 'track_lost'
  | 'track_restored'
  | 'sound_silent'
  | 'sound_back'
  | 'sound_clipped'
  | 'sound_clear'

export interface RecordedSoundContext {
  /** The track that carries this device's sound. */
  track: TrackKind
  emit(kind: SoundEventKind, detail: Record<string, unknown>): void
  changed(): void
}

/** The sound that is recorded, and what of it goes on record: a microphone that is lost, dead or far too loud. */
export class RecordedSound {
  heard: MicrophoneState = 'lost'
  /** Loudness at the microphone, 0 to 1. */
  level = 0
  private readonly microphone: Microphone
  private readonly watch = new SoundWatch()
  private running = false
  /** That there is no live microphone is on record, and its return is not yet. */
  private lost = false

  constructor(private readonly context: RecordedSoundContext) {
    this.microphone = new Microphone((cause) => this.microphoneChanged(cause))
  }

  get output(): MediaStreamTrack {
    return this.microphone.output
  }

  get state(): { live: boolean; state: MicrophoneState; held: boolean } {
    return { live: this.microphone.live, state: this.heard, held: this.microphone.held }
  }

  /** Takes the stream's microphone, if it has one, in place of the one before. */
  plug(stream: MediaStream): void {
    this.microphone.plug(stream)
    this.noteReturn()
  }

  /** Resolves when the browser lets the sound through, or after a moment if it holds it back. */
  begun(): Promise<void> {
    return this.microphone.begun()
  }

  /** From now on every change goes on record, beginning with how it stands. */
  begin(): void {
    this.running = true
    if (!isUnheard(this.heard)) return
    this.note('live', this.heard)
    this.lost ||= this.heard === 'lost'
  }

  /** To be called about ten times a second. True when the microphone is heard otherwise than before. */
  measure(): boolean {
    const { level, peak } = this.microphone.measure()
    this.level = level
    const before = this.heard
    this.heard = this.watch.judge({ atMs: monotonicMs(), live: this.microphone.live, level, peak })
    if (this.heard === before) return false
    if (this.running) this.note(before, this.heard)
    return true
  }

  async close(): Promise<void> {
    this.running = false
    await this.microphone.close()
  }

  private microphoneChanged(cause: MicrophoneChange): void {
    if (cause === 'ended' || cause === 'mute') {
      this.context.emit('track_lost', { track: this.context.track, device: 'microphone', cause })
      this.lost = true
    }
    this.noteReturn()
    this.context.changed()
  }

  /** A microphone may be plugged in long before the browser lets its sound through. */
  private noteReturn(): void {
    if (!this.lost || !this.microphone.live) return
    this.lost = false
    this.context.emit('track_restored', { track: this.context.track, device: 'microphone' })
  }

  private note(before: MicrophoneState, now: MicrophoneState): void {
    const { track, emit } = this.context
    if (before === 'clipped') emit('sound_clear', { track })
    if (isUnheard(before) && !isUnheard(now)) emit('sound_back', { track })
    if (now === 'clipped') emit('sound_clipped', { track })
    if (isUnheard(now) && !isUnheard(before)) emit('sound_silent', { track, lost: now === 'lost' })
  }
}

function isUnheard(state: MicrophoneState): boolean {
  return state === 'silent' || state === 'lost'
}
