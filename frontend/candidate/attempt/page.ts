import type { CandidatePage, Situation } from '@shared/api/types'

/**
 * The page at this moment. The server says which page it is; between two of its answers only the clock can move it on,
 * and only forward: the countdown becomes the question at T0, and answering ends for everyone at the same moment.
 */
export function pageAt(situation: Situation, nowMs: number): CandidatePage {
  const { page, times } = situation
  if (page !== 'countdown' && page !== 'answering') return page
  if (nowMs >= times.ends_ms) return 'upload'
  return nowMs >= times.starts_ms ? 'answering' : 'countdown'
}

/** The next moment at which the server's answer may change by itself, or null when none is left. */
export function nextMoment(situation: Situation, nowMs: number): number | null {
  const { entry_opens_ms, starts_ms, login_closes_ms, ends_ms } = situation.times
  const ahead = [entry_opens_ms, starts_ms, login_closes_ms, ends_ms].filter((ms) => ms > nowMs)
  return ahead.length > 0 ? Math.min(...ahead) : null
}
