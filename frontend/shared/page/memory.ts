// What a page remembers in this browser. Storage may be switched off, full or damaged: then what was kept lasts as long
// as the page, and nothing else changes. Who must know whether it was kept uses the storage itself.

/** `browser`: for all tabs, until it is forgotten. `tab`: for this tab, over reloads. */
export type Memory = 'browser' | 'tab'

/** Null where nothing is remembered. */
export function recall(key: string, memory: Memory = 'browser'): string | null {
  try {
    return storeOf(memory).getItem(key)
  } catch {
    return null
  }
}

/** The same, parsed; null too where what is remembered cannot be read. Its shape is the caller's to check. */
export function recallParsed(key: string, memory: Memory = 'browser'): unknown {
  try {
    return JSON.parse(recall(key, memory) ?? 'null')
  } catch {
    return null
  }
}

/** Null forgets. */
export function remember(key: string, text: string | null, memory: Memory = 'browser'): void {
  try {
    if (text === null) storeOf(memory).removeItem(key)
    else storeOf(memory).setItem(key, text)
  } catch {
    // As said above.
  }
}

function storeOf(memory: Memory): Storage {
  return memory === 'tab' ? sessionStorage : localStorage
}
