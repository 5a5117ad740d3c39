import type { PhoneSession } from '@shared/api/types'
import { recallParsed, remember } from '@shared/page/memory'

// What this phone must know after a reload, a crash or an empty battery, to go on recording at once.

/** How far the phone has been placed: shown around the room, fixed, or both done. */
export type Placed = 'turning' | 'fixing' | 'done'

export interface KeptSession extends PhoneSession {
  placed: Placed
  /** Stopped by hand while the server could not be told; it is told as soon as it can be. */
  stopOwed: boolean
}

const STORED_AT = 'zhishi.phone'

export function readKept(): KeptSession | null {
  const kept = recallParsed(STORED_AT) as Partial<KeptSession> | null
  if (!kept?.token || !kept.situation?.binding_id || !kept.situation.track) return null
  const { token, situation, placed = 'done', stopOwed = false } = kept as KeptSession
  return { token, situation, placed, stopOwed }
}

/** Where it cannot be kept, the session lives as long as the page; the code can be given again. */
export function writeKept(session: KeptSession): void {
  remember(STORED_AT, JSON.stringify(session))
}

/** Calls back with what another tab has kept. Returns the way to stop. */
export function onKeptElsewhere(listener: (kept: KeptSession) => void): () => void {
  const heard = ({ key }: StorageEvent): void => {
    const kept = key === STORED_AT ? readKept() : null
    if (kept) listener(kept)
  }
  window.addEventListener('storage', heard)
  return () => window.removeEventListener('storage', heard)
}

export function dropKept(): void {
  remember(STORED_AT, null)
}
