import type { ServerClock } from './clock'
import type { HeartbeatAnswer, Track } from './messages'
import { Spool } from './spool'

/**
 * The page's sign of life for an attempt, sent from the spool worker every four seconds while the page is open. The
 * recorder starts it by itself; pages of an attempt that do not record (waiting for the upload) open it on their own.
 * A slow one goes on when the candidate has left, while this device holds copies: the server may find later that
 * something of them was damaged, and can ask for it only in its answer.
 */
export class Heartbeat {
  private constructor(private readonly spool: Spool) {}

  static open(clock: ServerClock, attemptId: string, uploadToken: string, tracks: Track[], slow = false): Heartbeat {
    const spool = Spool.open(clock)
    spool.introduce(attemptId, uploadToken, tracks)
    spool.beatFor(attemptId, slow)
    return new Heartbeat(spool)
  }

  /** A slow one for an attempt of an earlier page: the spool knows its token. */
  static resume(clock: ServerClock, attemptId: string): Heartbeat {
    const spool = Spool.open(clock)
    spool.beatFor(attemptId, true)
    return new Heartbeat(spool)
  }

  /** What the server says with every answer: when the attempt ends, whether it has ended. Returns the way to stop. */
  onAnswer(listener: (answer: HeartbeatAnswer) => void): () => void {
    return this.spool.onHeartbeat(listener)
  }

  close(): void {
    this.spool.beatFor(null)
  }
}
