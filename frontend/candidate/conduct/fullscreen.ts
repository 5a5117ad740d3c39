import { onScopeDispose, ref, watch, type Ref } from 'vue'
import type { EventLog } from '@shared/events/log'
import { recall, remember } from '@shared/page/memory'
import { goFullscreen } from '../devices/fullscreen'

/** Marks in this tab how it stood with full screen: a reload ends it, and nothing else would tell. */
const MARKED_AT = 'zhishi.fullscreen'

/** Full screen from entry to the end: put on record when it is left, and offered again. It is asked for, never forced. */
export function useFullscreen(watching: Readonly<Ref<boolean>>, log: Readonly<Ref<EventLog | null>>) {
  /** It was there and is not any more, and may be had again. */
  const left = ref(false)
  let full = false

  function changed(): void {
    const now = isFull()
    if (!watching.value || now === full) return
    full = now
    left.value = !now && document.fullscreenEnabled
    mark(now ? 'full' : 'left')
    log.value?.add(now ? 'fullscreen_entered' : 'fullscreen_left')
  }

  watch(
    watching,
    (on, before) => {
      full = on && isFull()
      left.value = false
      if (!on) {
        if (before) release()
        return
      }
      const last = marked()
      if (full) log.value?.add('fullscreen_entered')
      else if (last === 'full') log.value?.add('fullscreen_left', { reload: true })
      left.value = !full && last !== null && document.fullscreenEnabled
      if (full || last !== null) mark(full ? 'full' : 'left')
    },
    { immediate: true },
  )

  /** In a click. A browser that refuses is not asked again until full screen comes or goes by itself. */
  async function goBack(): Promise<void> {
    if (!(await goFullscreen())) left.value = false
  }

  document.addEventListener('fullscreenchange', changed)
  // The browser's own full screen (F11) is told by the size of the window only.
  window.addEventListener('resize', changed)
  onScopeDispose(() => {
    document.removeEventListener('fullscreenchange', changed)
    window.removeEventListener('resize', changed)
  })
  return { left, goBack }
}

/** The exam is over, or goes on in another tab: the screen is the candidate's own again. */
function release(): void {
  mark(null)
  if (document.fullscreenElement) void document.exitFullscreen().catch(() => undefined)
}

function isFull(): boolean {
  return document.fullscreenElement !== null || matchMedia('(display-mode: fullscreen)').matches
}

function marked(): string | null {
  return recall(MARKED_AT, 'tab')
}

/** Where it cannot be kept, a reload is not noticed as leaving full screen; it is as an interruption. */
function mark(as: 'full' | 'left' | null): void {
  remember(MARKED_AT, as, 'tab')
}
