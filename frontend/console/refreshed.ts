import { asFailure, type Failure } from '@shared/api/client'
import { onMounted, onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { nowMs } from './serverNow'

export interface Refreshed<T> {
  data: Readonly<ShallowRef<T | null>>
  /** Why the last attempt failed; older data stays on the page. */
  failure: Readonly<ShallowRef<Failure | null>>
  busy: Readonly<ShallowRef<boolean>>
  /** Server time of the last answer; 0 before the first. */
  at: Readonly<ShallowRef<number>>
  refresh: () => Promise<void>
}

/** Answers come every few seconds; one that is late by more than this may be our own line. */
const LATE_MS = 6_000

/**
 * Until when an answer may be held against a candidate: where it is this page that is cut off, the silence is ours and
 * nobody's device is called silent.
 */
export const judgedAt = (now: number, at: number): number => Math.min(now, at + LATE_MS)

/**
 * Reads now and again every `everyMs` while the tab is visible. A later answer never overtakes an earlier question:
 * whoever asks anew (another filter, another page) aborts what is under way.
 */
export function useRefreshed<T>(read: (signal: AbortSignal) => Promise<T>, everyMs: () => number): Refreshed<T> {
  const data = shallowRef<T | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const busy = shallowRef(false)
  const at = shallowRef(0)
  let abort: AbortController | null = null
  let timer = 0
  let over = false

  async function refresh(): Promise<void> {
    clearTimeout(timer)
    abort?.abort()
    const mine = (abort = new AbortController())
    busy.value = true
    try {
      const found = await read(mine.signal)
      if (mine.signal.aborted) return
      at.value = nowMs()
      data.value = found
      failure.value = null
    } catch (thrown) {
      if (mine.signal.aborted) return
      failure.value = asFailure(thrown)
    }
    busy.value = false
    if (!over) timer = window.setTimeout(again, everyMs())
  }

  function again(): void {
    if (document.hidden) timer = window.setTimeout(again, everyMs())
    else void refresh()
  }
  const shown = (): void => {
    if (!document.hidden) void refresh()
  }

  onMounted(() => {
    document.addEventListener('visibilitychange', shown)
    void refresh()
  })
  onScopeDispose(() => {
    over = true
    clearTimeout(timer)
    abort?.abort()
    document.removeEventListener('visibilitychange', shown)
  })
  return { data, failure, busy, at, refresh }
}
