import type { PhoneSession } from '@shared/api/types'

// What this phone must know after a reload, a crash or an empty battery, to go on recording at once.

/** How far the phone has been placed: shown around the room, fixed, or both done. */
export type Placed = 'turning' | 'fixing' | 'done'

export interface KeptSession extends PhoneSession {
  placed: Placed
}

const STORED_AT = 'zhishi.phone'

export function readKept(): KeptSession | null {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED_AT) ?? 'null') as Partial<KeptSession> | null
    if (!kept?.token || !kept.situation?.binding_id || !kept.situation.track) return null
    return { token: kept.token, situation: kept.situation, placed: kept.placed ?? 'done' }
  } catch {
    return null
  }
}

export function writeKept(session: KeptSession): void {
  try {
    localStorage.setItem(STORED_AT, JSON.stringify(session))
  } catch {
    // Without storage the session lives as long as the page; the code can be given again.
  }
}

/** Another tab may have bound this phone anew meanwhile: its session is the one to keep. */
export function isKept(bindingId: string): boolean {
  return readKept()?.situation.binding_id === bindingId
}

export function dropKept(): void {
  try {
    localStorage.removeItem(STORED_AT)
  } catch {
    // Nothing could be kept there either.
  }
}
