import type { AttemptEvent } from '@shared/api/types'
import { onScopeDispose, type Ref } from 'vue'

export type GuardedKind = Extract<AttemptEvent['kind'], 'copy_blocked' | 'paste_blocked' | 'print_blocked' | 'shortcut_noticed' | 'capture_noticed'>

/** The same act again within this time is one act: keys repeat, and printing is told twice. */
const ONE_ACT_MS = 1_000

/** Acts on the page that are stopped. */
const STOPPED: readonly [string, GuardedKind][] = [
  ['copy', 'copy_blocked'],
  ['cut', 'copy_blocked'],
  ['contextmenu', 'copy_blocked'],
  ['dragstart', 'copy_blocked'],
  ['paste', 'paste_blocked'],
  ['drop', 'paste_blocked'],
]

interface Shortcut {
  kind: GuardedKind
  /** Names of keys, lower case. */
  keys: readonly string[]
  holding: (event: KeyboardEvent) => boolean
}

const command = (event: KeyboardEvent): boolean => event.ctrlKey || event.metaKey
// Most of what the system takes for itself (Alt+Tab, the system's own screenshots) never reaches a page; what does, is told.
const SHORTCUTS: readonly Shortcut[] = [
  { kind: 'print_blocked', keys: ['p'], holding: command },
  { kind: 'capture_noticed', keys: ['s', '3', '4', '5'], holding: (event) => event.metaKey && event.shiftKey },
  { kind: 'shortcut_noticed', keys: ['s', 'u', 'n', 't', 'w', 'o', 'h', 'j'], holding: command },
  { kind: 'shortcut_noticed', keys: ['i', 'c', 'k'], holding: (event) => command(event) && event.shiftKey },
  { kind: 'shortcut_noticed', keys: ['f12'], holding: () => true },
  { kind: 'shortcut_noticed', keys: ['tab', 'f4'], holding: (event) => event.altKey },
]

/**
 * Keeps the question from being copied, dragged, printed or saved by the ordinary ways of a browser, and tells what was
 * tried. It stops habits, not cameras: that is what the watermark is for. Nothing here gets in the way of answering.
 */
export function useGuard(watching: Readonly<Ref<boolean>>, tried: (kind: GuardedKind, act: string) => void): void {
  const off = new AbortController()
  const capture = { capture: true, signal: off.signal }
  const lately = new Map<string, number>()

  function tell(kind: GuardedKind, act: string): void {
    const now = performance.now()
    const before = lately.get(kind)
    lately.set(kind, now)
    if (before === undefined || now - before >= ONE_ACT_MS) tried(kind, act)
  }

  for (const [name, kind] of STOPPED) {
    document.addEventListener(
      name,
      (event) => {
        if (!watching.value) return
        event.preventDefault()
        tell(kind, name)
      },
      capture,
    )
  }
  window.addEventListener('beforeprint', () => watching.value && tell('print_blocked', 'print'), capture)
  document.addEventListener(
    'keydown',
    (event) => {
      const shortcut = watching.value ? shortcutOf(event) : undefined
      if (!shortcut) return
      // What the browser lets a page stop is stopped; for the rest this does nothing.
      event.preventDefault()
      tell(shortcut.kind, namesOf(event))
    },
    capture,
  )
  // Windows tells a page of the screenshot key only when it is let go.
  document.addEventListener('keyup', (event) => watching.value && event.key === 'PrintScreen' && tell('capture_noticed', 'PrintScreen'), capture)
  onScopeDispose(() => off.abort())
}

function shortcutOf(event: KeyboardEvent): Shortcut | undefined {
  const key = event.key.toLowerCase()
  return SHORTCUTS.find((one) => one.keys.includes(key) && one.holding(event))
}

function namesOf(event: KeyboardEvent): string {
  const held = [event.ctrlKey && 'Ctrl', event.metaKey && 'Meta', event.altKey && 'Alt', event.shiftKey && 'Shift']
  return [...held.filter(Boolean), event.key.length === 1 ? event.key.toUpperCase() : event.key].join('+')
}
