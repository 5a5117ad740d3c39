/** A battery saver may refuse for a while; it is asked again at this pace. */
const RETRY_MS = 15_000

/**
 * Keeps the screen on while something is recorded: a phone that goes dark takes its camera away, a computer its screen.
 * The browser gives the lock only to a page that is seen and takes it back when the page is hidden, so it is asked for
 * again at every return.
 */
export class Wakefulness {
  private lock: WakeLockSentinel | null = null
  private timer: ReturnType<typeof setTimeout> | null = null
  private closed = false

  constructor(private readonly onChange: () => void) {
    document.addEventListener('visibilitychange', this.ask)
    this.ask()
  }

  /** The browser has promised to keep the screen on. */
  get held(): boolean {
    return this.lock !== null
  }

  close(): void {
    this.closed = true
    document.removeEventListener('visibilitychange', this.ask)
    if (this.timer !== null) clearTimeout(this.timer)
    void this.lock?.release()
  }

  private readonly ask = (): void => {
    if (!this.closed && !this.lock && document.visibilityState === 'visible') void this.take()
  }

  private async take(): Promise<void> {
    const lock = await navigator.wakeLock?.request('screen').catch(() => null)
    if (!lock) return this.askLater()
    if (this.closed || this.lock) return void lock.release()
    this.lock = lock
    lock.addEventListener('release', () => {
      this.lock = null
      if (this.closed) return
      this.onChange()
      this.askLater()
    })
    this.onChange()
  }

  private askLater(): void {
    if (this.closed) return
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = setTimeout(this.ask, RETRY_MS)
  }
}
