import type { PreparationReport } from '@shared/api/types'
import { recallParsed, remember } from '@shared/page/memory'

// The check made before login is kept on this computer, so that it need not be made again right after it.

const KEPT_AT = 'zhishi.preparation'
/** Older than this the room, the network and the devices may be others. */
const GOOD_FOR_MS = 12 * 3_600_000

interface Kept {
  at: number
  report: PreparationReport
}

export function keepPreparation(report: PreparationReport): void {
  remember(KEPT_AT, JSON.stringify({ at: Date.now(), report } satisfies Kept))
}

/** The report of a recent check on this computer, or null. */
export function keptPreparation(): PreparationReport | null {
  const kept = recallParsed(KEPT_AT) as Partial<Kept> | null
  const fresh = typeof kept?.at === 'number' && Math.abs(Date.now() - kept.at) < GOOD_FOR_MS
  return fresh && Array.isArray(kept.report?.items) ? kept.report : null
}
