import type { CandidatePage, Situation } from '@shared/api/types'

/**
 * The page at this moment. The server says which page it is; between two of its answers only the clock can move it on,
 * and only forward: device confirmation and the countdown give way to the question at T0 whatever happens, and answering
 * ends for everyone at the same moment.
 */
export function pageAt(situation: Situation, nowMs: number): CandidatePage {
  const { page, times } = situation
  if (!isRecorded(page)) return page
  if (nowMs >= times.ends_ms) return 'upload'
  return nowMs >= times.starts_ms ? 'answering' : page
}

const RECORDED: ReadonlySet<CandidatePage> = new Set(['devices', 'countdown', 'answering'])

/** From entry to the end: camera, sound and screen are recorded. */
export function isRecorded(page: CandidatePage | null): boolean {
  return page !== null && RECORDED.has(page)
}

/** The next moment at which the server's answer may change by itself, or null when none is left. */
export function nextMoment(situation: Situation, nowMs: number): number | null {
  const { entry_opens_ms, starts_ms, login_closes_ms, entry_closes_ms, ends_ms } = situation.times
  const moments = [entry_opens_ms, starts_ms, login_closes_ms, entry_closes_ms ?? login_closes_ms, ends_ms]
  const ahead = moments.filter((ms) => ms > nowMs)
  return ahead.length > 0 ? Math.min(...ahead) : null
}
