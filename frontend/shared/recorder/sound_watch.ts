import type { MicrophoneState } from './messages'

/** What a microphone gives at a moment. */
export interface SoundSample {
  /** Monotonic. */
  atMs: number
  /** There is a live microphone. */
  live: boolean
  /** Loudness on the recorder's scale: 0 to 1 for −60 dB to 0 dB. */
  level: number
  /** The largest sample of the moment, 0 to 1. */
  peak: number
}

/** Below this a microphone gives nothing at all, not even a quiet room. */
const DEAD_BELOW = 0.02
const SILENT_AFTER_MS = 20_000
/** Where sound that was cut off at full scale stands after the browser's own volume control, which takes 2 % of it. */
const FULL_SCALE = 0.95
const WINDOW_MS = 10_000
/**
 * Parts of the window's moments at full scale from which sound is spoilt, and below which it no longer is. A single
 * loud tap is in one moment of a hundred; a voice that clips throughout was measured in 58 of them, pauses included.
 */
const CLIPPED_FROM = 0.25
const CLIPPED_UNTIL = 0.1

/**
 * Tells a microphone that is heard from one that has gone dead, and from one so loud that words are lost. Thinking
 * quietly is not silence: a room is never still.
 */
export class SoundWatch {
  private heardAt: number | null = null
  private recent: SoundSample[] = []
  private clipped = false

  /** To be called about ten times a second. */
  judge(sample: SoundSample): MicrophoneState {
    const { atMs, live, level } = sample
    // A microphone that comes back has its time to be heard.
    if (!live || level > DEAD_BELOW || this.heardAt === null) this.heardAt = atMs
    if (!live) {
      this.forget()
      return 'lost'
    }
    this.note(sample)
    if (atMs - this.heardAt > SILENT_AFTER_MS) return 'silent'
    return this.clipped ? 'clipped' : 'live'
  }

  private note(sample: SoundSample): void {
    this.recent = [...this.recent.filter(({ atMs }) => atMs > sample.atMs - WINDOW_MS), sample]
    // A window that has only begun says nothing: one shout would be all of it.
    if (sample.atMs - this.recent[0]!.atMs < WINDOW_MS * 0.8) return
    const share = this.recent.filter(({ peak }) => peak >= FULL_SCALE).length / this.recent.length
    this.clipped = share >= (this.clipped ? CLIPPED_UNTIL : CLIPPED_FROM)
  }

  private forget(): void {
    this.recent = []
    this.clipped = false
  }
}
