import { onScopeDispose, watch, type Ref } from 'vue'
import type { EventLog } from '@shared/events/log'

/** A window without the focus for less than this is a slip of the mouse: put on record, not worth a word. */
const TOLD_FROM_MS = 3_000

/** Leaving and coming back to this page, by another tab or another window: put on record, and told to who was away. */
export function usePresence(
  watching: Readonly<Ref<boolean>>,
  log: Readonly<Ref<EventLog | null>>,
  /** The browser itself is asking something and holds the focus meanwhile. */
  asked: () => boolean,
  back: (seconds: number) => void,
): void {
  let hiddenAt: number | null = null
  let blurredAt: number | null = null
  let awayAt: number | null = null
  let wasHidden = false
  let excused = false

  function left(): void {
    awayAt ??= performance.now()
    excused ||= asked()
  }

  function returned(): void {
    if (awayAt === null || document.visibilityState === 'hidden' || blurredAt !== null) return
    const ms = performance.now() - awayAt
    if (!excused && (wasHidden || ms >= TOLD_FROM_MS)) back(Math.max(1, Math.round(ms / 1000)))
    awayAt = null
    wasHidden = excused = false
  }

  function turned(): void {
    if (!watching.value) return
    if (document.visibilityState === 'hidden') {
      hiddenAt = performance.now()
      wasHidden = true
      left()
      return log.value?.add('page_hidden')
    }
    if (hiddenAt === null) return
    log.value?.add('page_shown', { away_ms: Math.round(performance.now() - hiddenAt) })
    hiddenAt = null
    // Not every browser tells of the focus when a tab comes back with it.
    if (document.hasFocus()) focused()
    returned()
  }

  function blurred(): void {
    if (!watching.value || blurredAt !== null) return
    blurredAt = performance.now()
    left()
    log.value?.add('window_blurred', asked() ? { asked: true } : null)
  }

  function focused(): void {
    if (!watching.value || blurredAt === null) return
    log.value?.add('window_focused', { away_ms: Math.round(performance.now() - blurredAt) })
    blurredAt = null
    returned()
  }

  document.addEventListener('visibilitychange', turned)
  window.addEventListener('blur', blurred)
  window.addEventListener('focus', focused)
  watch(watching, () => {
    hiddenAt = blurredAt = awayAt = null
    wasHidden = excused = false
    if (document.visibilityState === 'hidden') turned()
  })
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', turned)
    window.removeEventListener('blur', blurred)
    window.removeEventListener('focus', focused)
  })
}
