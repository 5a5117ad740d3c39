// The binding code: scanned it stands behind the hash of the address, typed it comes in groups of four.

const LENGTH = 8
const GROUP = 4

/** The code without what people put between its characters; any case will do. */
export function codeIn(typed: string): string {
  return typed.toUpperCase().replace(/[^A-Z0-9]/g, '')
}

export function isWhole(code: string): boolean {
  return codeIn(code).length === LENGTH
}

/** "ABCD-EFGH". What follows a pasted code is cut off; a pasted address gives its code. */
export function inGroups(typed: string): string {
  const code = codeIn(typed.split('#').pop() ?? '').slice(0, LENGTH)
  return code.length > GROUP ? `${code.slice(0, GROUP)}-${code.slice(GROUP)}` : code
}

/** The scanned code, taken out of the address bar, where it would be copied, reloaded and photographed. */
export function takeScanned(): string | null {
  const scanned = decodeURIComponent(location.hash.slice(1))
  if (!scanned) return null
  history.replaceState(history.state, '', location.pathname + location.search)
  return isWhole(scanned) ? inGroups(scanned) : null
}
