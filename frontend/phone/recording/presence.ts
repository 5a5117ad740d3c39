import { onScopeDispose, ref, type Ref } from 'vue'
import type { EventLog } from '@shared/events/log'

/** Leaving this page, by another app or a dark screen, stops the picture: put on record, and told until it is read. */
export function usePhonePresence(log: EventLog, running: Readonly<Ref<boolean>>) {
  const awayS = ref(0)
  const visible = ref(document.visibilityState === 'visible')
  let hiddenAt: number | null = null
  const off = new AbortController()

  function changed(): void {
    visible.value = document.visibilityState === 'visible'
    if (!visible.value) {
      hiddenAt = performance.now()
      if (running.value) log.add('page_hidden')
      return
    }
    if (hiddenAt === null) return
    const ms = performance.now() - hiddenAt
    hiddenAt = null
    if (!running.value) return
    log.add('page_shown', { away_ms: Math.round(ms) })
    awayS.value += Math.max(1, Math.round(ms / 1000))
  }

  document.addEventListener('visibilitychange', changed, { signal: off.signal })
  onScopeDispose(() => off.abort())
  return { awayS, visible, read: () => (awayS.value = 0) }
}
