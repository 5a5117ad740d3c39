import { asFailure, failedWith, request, type Failure } from '@shared/api/client'
import type { Paper, PaperKey, SealedPaper, Situation } from '@shared/api/types'
import { recallParsed, remember } from '@shared/page/memory'
import type { Clock } from '@shared/time/ticking'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { atMoment, pause } from '@shared/time/moment'
import { unseal, UnsealFailure } from './unseal'

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 4_000
/** A question that is not there this long after T0 is told about; below that it is on its way. */
const TELL_AFTER_MS = 3_000
const ASK_TIMEOUT_MS = 8_000

/**
 * The paper of this attempt. The ciphertext is fetched as soon as one has entered and kept for the tab's life; the key
 * is asked for at T0 by the server's clock, by everyone at once and without jitter, because the question must appear
 * at the same moment for all; both are asked again until they are there.
 */
export function usePaper(situation: Situation, clock: Clock) {
  const paper = shallowRef<Paper | null>(null)
  /** Why it is not there, once that is worth saying. */
  const failure = shallowRef<Failure | 'damaged' | null>(null)
  const asking = ref(false)
  const storedAt = `zhishi.paper.${situation.attempt_id}`
  const over = new AbortController()
  let sealed: SealedPaper | null = readKept(storedAt)
  let hurry: (() => void) | null = null

  async function fetchSealed(): Promise<SealedPaper> {
    sealed = await request<SealedPaper>('GET', '/attempt/paper', { signal: over.signal, timeoutMs: ASK_TIMEOUT_MS })
    keep(storedAt, sealed)
    return sealed
  }

  async function openOnce(): Promise<void> {
    const envelope = sealed ?? (await fetchSealed())
    const key = await request<PaperKey>('GET', '/attempt/paper-key', { signal: over.signal, timeoutMs: ASK_TIMEOUT_MS })
    try {
      paper.value = await unseal(envelope, key)
    } catch (thrown) {
      // Kept bytes that do not open are worth nothing: the next round fetches them anew.
      sealed = null
      throw thrown
    }
  }

  async function openUntilDone(): Promise<void> {
    let wait = FIRST_RETRY_MS
    while (!paper.value && !over.signal.aborted) {
      asking.value = true
      try {
        await openOnce()
        failure.value = null
      } catch (thrown) {
        wait = notYet(thrown, wait)
      } finally {
        asking.value = false
      }
      if (!paper.value) await restUntilNextTry(wait)
    }
  }

  /** Notes why a round failed and says how long to rest before the next. */
  function notYet(thrown: unknown, wait: number): number {
    if (failedWith(thrown, 'paper_not_released')) {
      // Our clock was a little ahead of the server's.
      const releases = Number(thrown.detail['releases_ms'] ?? 0)
      return Math.min(1_000, Math.max(40, releases - clock.now()))
    }
    if (clock.now() - situation.times.starts_ms > TELL_AFTER_MS) {
      failure.value = thrown instanceof UnsealFailure ? 'damaged' : asFailure(thrown)
    }
    return Math.min(LONGEST_RETRY_MS, wait * 2)
  }

  function restUntilNextTry(ms: number): Promise<void> {
    return Promise.race([pause(ms, over.signal), new Promise<void>((resolve) => (hurry = resolve))])
  }

  async function prefetch(): Promise<void> {
    let wait = 1_000
    while (!sealed && !paper.value && !over.signal.aborted) {
      try {
        await fetchSealed()
      } catch {
        // Not worth a word before T0: there is time, and the wait is spread so that thousands do not ask together.
        await pause(wait * (0.5 + Math.random()), over.signal)
        wait = Math.min(15_000, wait * 2)
      }
    }
  }

  /** 【刷新题目】: at once whatever is missing; when the question is there already, everything anew. */
  async function refresh(): Promise<void> {
    if (!paper.value) return hurry?.()
    asking.value = true
    const shown = sealed
    try {
      sealed = null
      await openOnce()
      failure.value = null
    } catch {
      // What is on the screen stays; it was opened with the right key.
      sealed = shown
    } finally {
      asking.value = false
    }
  }

  void prefetch()
  const callOff = atMoment(clock, situation.times.starts_ms, () => void openUntilDone())
  onScopeDispose(() => {
    callOff()
    over.abort()
    hurry?.()
  })
  return { paper, failure, asking, refresh }
}

function readKept(at: string): SealedPaper | null {
  return recallParsed(at, 'tab') as SealedPaper | null
}

/** What could not be kept is fetched again after a reload. */
function keep(at: string, sealed: SealedPaper): void {
  remember(at, JSON.stringify(sealed), 'tab')
}
