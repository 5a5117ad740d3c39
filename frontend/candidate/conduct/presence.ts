import { onScopeDispose, ref, type Ref } from 'vue'
import type { EventLog } from '../attempt/events'

const TOLD_FOR_MS = 15_000

/** Leaving and coming back to this page: put on record, and told once to who was away. */
export function usePresence(now: Readonly<Ref<number>>, log: Readonly<Ref<EventLog | null>>) {
  const awayS = ref(0)
  let hiddenAt: number | null = null
  let timer = 0

  function changed(): void {
    if (document.visibilityState === 'hidden') {
      hiddenAt = performance.now()
      log.value?.add('page_hidden', { at_ms: Math.round(now.value) })
      return
    }
    if (hiddenAt === null) return
    const ms = performance.now() - hiddenAt
    hiddenAt = null
    log.value?.add('page_shown', { away_ms: Math.round(ms) })
    awayS.value = Math.max(1, Math.round(ms / 1000))
    clearTimeout(timer)
    timer = window.setTimeout(() => (awayS.value = 0), TOLD_FOR_MS)
  }

  document.addEventListener('visibilitychange', changed)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', changed)
    clearTimeout(timer)
  })
  return { awayS }
}
