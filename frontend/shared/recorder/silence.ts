import type { MicrophoneState } from './messages'
import { monotonicMs } from './monotonic'

/** Below this on the recorder's scale (−60 dB to 0 dB) a microphone gives nothing at all, not even a quiet room. */
const DEAD_BELOW = 0.02
const SILENT_AFTER_MS = 20_000

/** Tells a microphone that is heard from one that has gone dead. Thinking quietly is not silence: a room is never still. */
export class SilenceWatch {
  private heardAt = monotonicMs()

  /** To be called about ten times a second with the loudness of the moment. */
  judge(live: boolean, level: number): MicrophoneState {
    const now = monotonicMs()
    // A microphone that comes back has its time to be heard.
    if (!live || level > DEAD_BELOW) this.heardAt = now
    if (!live) return 'lost'
    return now - this.heardAt > SILENT_AFTER_MS ? 'silent' : 'live'
  }
}
