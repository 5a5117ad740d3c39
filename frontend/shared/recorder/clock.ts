import { monotonicMs } from './monotonic'

/** What happened to the device's clock or to the machine. */
export interface ClockStep {
  /** `device`: somebody set the clock. `sleep`: the machine slept. `unknown`: the server could not be asked yet. */
  kind: 'device' | 'sleep' | 'unknown'
  /** How far the device clock moved against the monotonic one, in ms. */
  byMs: number
}

interface Sample {
  /** Server time minus monotonic time, ms. */
  deltaMs: number
  uncertaintyMs: number
  takenAt: number
}

const SAMPLES = 5
const START_PATIENCE_MS = 6_000
const REQUEST_TIMEOUT_MS = 4_000
const RETRY_MS = 2_000
/** A quartz clock may run this much fast or slow: an old sample loses worth at this rate. */
const DRIFT = 50e-6
/** The shown time is led to a better estimate at no more than this rate, so that it never runs backwards. */
const SLEW = 0.005
/** Errors larger than this are not led but set at once: nobody can wait minutes for a slept machine. */
const SET_MS = 1_000
const STEP_MS = 250
const WATCH_MS = 1_000
const MEMORY_KEY = 'zhishi.clock'

/** Server time in the page: an offset to the monotonic clock, measured at load and refined by every heartbeat. */
export class ServerClock {
  private best: Sample
  private appliedDelta: number
  private appliedAt = monotonicMs()
  private latest = -Infinity
  private wallGap = Date.now() - monotonicMs()
  private readonly stepListeners = new Set<(step: ClockStep) => void>()
  private readonly changeListeners = new Set<(deltaMs: number) => void>()
  private measuring: Promise<number | null> | null = null
  private readonly watch: ReturnType<typeof setInterval>

  private constructor(
    first: Sample,
    /** Whether the server has been asked with success; until then the time is the device's, and may be far out. */
    private known: boolean,
    private readonly path: string,
  ) {
    this.best = first
    this.appliedDelta = first.deltaMs
    this.watch = setInterval(() => this.watchDevice(), WATCH_MS)
  }

  /**
   * Measures the server's clock. When the server cannot be reached the offset remembered from the last visit is used
   * (recording must begin all the same) and the measurement goes on in the background.
   */
  static async start(path = '/api/v1/clock'): Promise<ServerClock> {
    const giveUpAt = monotonicMs() + START_PATIENCE_MS
    for (;;) {
      const sample = await takeSamples(path)
      if (sample) return new ServerClock(sample, true, path)
      if (monotonicMs() > giveUpAt) break
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    const clock = new ServerClock(rememberedSample(), false, path)
    void clock.measureUntilAnswered()
    return clock
  }

  /** False while the server could not be asked and the time is only guessed from the device's clock. */
  get measured(): boolean {
    return this.known
  }

  /** Server time in Unix ms. Never goes back, except once when a guess gives way to the first measurement. */
  now(): number {
    const time = monotonicMs()
    const wanted = this.best.deltaMs - this.appliedDelta
    const most = Math.max(0, time - this.appliedAt) * SLEW
    this.appliedDelta += Math.abs(wanted) > SET_MS ? wanted : Math.min(most, Math.max(-most, wanted))
    this.appliedAt = time
    this.latest = Math.max(this.latest, time + this.appliedDelta)
    return this.latest
  }

  /** Best estimate of server time minus {@link monotonicMs}; what recorders and workers fix their timestamps to. */
  deltaMs(): number {
    return this.best.deltaMs
  }

  /** Device clock minus server clock, ms. */
  offsetMs(): number {
    return Date.now() - this.now()
  }

  uncertaintyMs(): number {
    return this.best.uncertaintyMs + (monotonicMs() - this.best.takenAt) * DRIFT
  }

  /** Takes one exchange with the server. The first two are `performance.now()` of this page, the others server time. */
  observe(sentPerf: number, receivedPerf: number, serverReceivedMs: number, serverSentMs: number): void {
    const origin = performance.timeOrigin
    const sample = sampleOf(sentPerf + origin, receivedPerf + origin, serverReceivedMs, serverSentMs)
    if (!this.known) return this.adopt(sample)
    const apart = Math.abs(sample.deltaMs - this.best.deltaMs)
    if (apart > sample.uncertaintyMs + this.uncertaintyMs() + STEP_MS) {
      // Both cannot be right: the monotonic clock stood still (sleep), or the server's clock was set.
      void this.measure().then((moved) => moved !== null && this.tellOfSleep(moved))
    } else if (sample.uncertaintyMs <= this.uncertaintyMs()) {
      this.adopt(sample)
    }
  }

  /** Tells of steps of the device clock and of sleep. Returns the way to stop listening. */
  onStep(listener: (step: ClockStep) => void): () => void {
    this.stepListeners.add(listener)
    return () => this.stepListeners.delete(listener)
  }

  /** Tells of every better estimate of {@link deltaMs}. Returns the way to stop listening. */
  onChange(listener: (deltaMs: number) => void): () => void {
    this.changeListeners.add(listener)
    return () => this.changeListeners.delete(listener)
  }

  close(): void {
    clearInterval(this.watch)
    this.stepListeners.clear()
    this.changeListeners.clear()
  }

  private watchDevice(): void {
    const gap = Date.now() - monotonicMs()
    const byMs = Math.round(gap - this.wallGap)
    this.wallGap = gap
    if (Math.abs(byMs) > STEP_MS) void this.explainStep(byMs)
  }

  /** A jump between wall and monotonic clock is either a set clock or a sleep; only the server can tell which. */
  private async explainStep(byMs: number): Promise<void> {
    let moved = await this.measure()
    const told = moved === null
    if (moved === null) {
      this.tell({ kind: 'unknown', byMs })
      moved = await this.measureUntilAnswered()
    }
    if (Math.abs(moved) > STEP_MS) this.tell({ kind: 'sleep', byMs })
    else if (!told) this.tell({ kind: 'device', byMs })
  }

  private tellOfSleep(movedMs: number): void {
    if (Math.abs(movedMs) > STEP_MS) this.tell({ kind: 'sleep', byMs: Math.round(movedMs) })
  }

  private async measureUntilAnswered(): Promise<number> {
    for (;;) {
      const moved = await this.measure()
      if (moved !== null) return moved
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  /** Asks the server afresh. Answers by how much the estimate moved, or null when the server did not answer. */
  private measure(): Promise<number | null> {
    this.measuring ??= takeSamples(this.path)
      .then((sample) => {
        if (!sample) return null
        // Nothing moved when the guess at the start gives way to the truth.
        const moved = this.known ? sample.deltaMs - this.best.deltaMs : 0
        const far = Math.abs(moved) > sample.uncertaintyMs + this.best.uncertaintyMs
        if (!this.known || far || sample.uncertaintyMs <= this.uncertaintyMs()) this.adopt(sample)
        return moved
      })
      .finally(() => {
        this.measuring = null
      })
    return this.measuring
  }

  private adopt(sample: Sample): void {
    this.best = sample
    if (!this.known) this.setAtOnce(sample)
    remember(sample)
    for (const listener of this.changeListeners) listener(sample.deltaMs)
  }

  private setAtOnce(sample: Sample): void {
    this.known = true
    this.appliedDelta = sample.deltaMs
    this.appliedAt = monotonicMs()
    this.latest = -Infinity
  }

  private tell(step: ClockStep): void {
    for (const listener of this.stepListeners) listener(step)
  }
}

/** Cristian's and NTP's arithmetic: the true offset lies within half of the time that the network took. */
function sampleOf(sent: number, received: number, serverReceived: number, serverSent: number): Sample {
  return {
    deltaMs: (serverReceived - sent + (serverSent - received)) / 2,
    uncertaintyMs: Math.max(0, (received - sent - (serverSent - serverReceived)) / 2),
    takenAt: received,
  }
}

/** Several exchanges, of which the quickest is the most exact (the first pays for the connection). */
async function takeSamples(path: string): Promise<Sample | null> {
  let best: Sample | null = null
  for (let round = 0; round < SAMPLES; round += 1) {
    try {
      const sent = monotonicMs()
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
      const answer = await fetch(path, { cache: 'no-store', credentials: 'omit', signal })
      const received = monotonicMs()
      const { now_ms: now } = (await answer.json()) as { now_ms: number }
      if (!answer.ok || !Number.isFinite(now)) return best
      const sample = sampleOf(sent, received, now, now)
      if (!best || sample.uncertaintyMs < best.uncertaintyMs) best = sample
    } catch {
      return best
    }
  }
  return best
}

function remember(sample: Sample): void {
  try {
    const deviceMinusServer = Date.now() - monotonicMs() - sample.deltaMs
    localStorage.setItem(MEMORY_KEY, JSON.stringify({ device_minus_server_ms: deviceMinusServer }))
  } catch {
    // A full or forbidden localStorage only costs the fallback of an offline start.
  }
}

function rememberedSample(): Sample {
  let deviceMinusServer = 0
  try {
    const memory = JSON.parse(localStorage.getItem(MEMORY_KEY) ?? '{}') as { device_minus_server_ms?: number }
    deviceMinusServer = memory.device_minus_server_ms ?? 0
  } catch {
    // Unreadable memory: the device's own clock is all there is.
  }
  const takenAt = monotonicMs()
  return { deltaMs: Date.now() - takenAt - deviceMinusServer, uncertaintyMs: 60_000, takenAt }
}
