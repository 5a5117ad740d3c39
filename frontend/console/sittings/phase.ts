import type { SittingItem } from '../api'

/** Where a sitting is, as far as its times say. A rehearsal has none: it can be taken at any time. */
export type Phase = 'any_time' | 'before' | 'running' | 'over_open' | 'over'

export function phaseOf(sitting: Pick<SittingItem, 'starts_ms' | 'ends_ms' | 'entered' | 'complete'>, now: number): Phase {
  if (sitting.starts_ms == null || sitting.ends_ms == null) return 'any_time'
  if (now < sitting.starts_ms) return 'before'
  if (now < sitting.ends_ms) return 'running'
  return sitting.complete < sitting.entered ? 'over_open' : 'over'
}
