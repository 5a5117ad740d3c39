import type { PreparationReport } from '@shared/api/types'

// The check made before login is kept on this computer, so that it need not be made again right after it.

const KEPT_AT = 'zhishi.preparation'
/** Older than this the room, the network and the devices may be others. */
const GOOD_FOR_MS = 12 * 3_600_000

interface Kept {
  at: number
  report: PreparationReport
}

export function keepPreparation(report: PreparationReport): void {
  try {
    localStorage.setItem(KEPT_AT, JSON.stringify({ at: Date.now(), report } satisfies Kept))
  } catch {
    // Then the check is made again after login.
  }
}

/** The report of a recent check on this computer, or null. */
export function keptPreparation(): PreparationReport | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_AT) ?? 'null') as Kept | null
    const fresh = kept !== null && Math.abs(Date.now() - kept.at) < GOOD_FOR_MS
    return fresh && Array.isArray(kept.report.items) ? kept.report : null
  } catch {
    return null
  }
}
