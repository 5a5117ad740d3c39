import type { ServerClock } from './clock'
import type { Forgetting, MadePackage, PackageWish, Track, UploadsState } from './messages'
import { Spool } from './spool'

/**
 * What this device holds and how much of it the server has, for every attempt recorded here. Opening it on any page of
 * the site resumes whatever an earlier page, crash or outage left unsent.
 */
export class Uploads {
  private constructor(private readonly spool: Spool) {}

  static open(clock: ServerClock): Uploads {
    return new Uploads(Spool.open(clock))
  }

  get state(): UploadsState {
    return this.spool.state
  }

  /** Calls back at once and then at most four times a second. Returns the way to stop. */
  subscribe(listener: (state: UploadsState) => void): () => void {
    listener(this.spool.state)
    return this.spool.onState(listener)
  }

  /** Gives an attempt a (new) upload token, which also lifts a pause. The recorder does it by itself. */
  introduce(attemptId: string, uploadToken: string, tracks: Track[]): void {
    this.spool.introduce(attemptId, uploadToken, tracks)
  }

  /** For a button 重新上传: everything of the attempt, confirmed or not. Answers how many items that are. */
  sendAgain(attemptId: string): Promise<number> {
    return this.spool.sendAgain(attemptId)
  }

  /** See {@link Spool.forget}. */
  forget(attemptId: string, forced = false): Promise<Forgetting> {
    return this.spool.forget(attemptId, forced)
  }

  /** See {@link Spool.exportPackage}. */
  exportPackage(attemptId: string, wish: PackageWish): Promise<MadePackage> {
    return this.spool.exportPackage(attemptId, wish)
  }

  /** For a button 立即重试: tries now, unless the server itself asked to wait. */
  retryNow(): void {
    this.spool.wake()
  }
}
