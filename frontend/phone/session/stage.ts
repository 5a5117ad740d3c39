import type { KeptSession } from './kept'

/** What a bound phone's page shows. */
export type Stage = 'placing' | 'recording' | 'uploading' | 'replaced'

/** What is due of this phone ends when it is stopped by hand, when another takes its place, or with its time. */
export function stageOf({ situation, placed, stopOwed }: KeptSession, nowMs: number): Stage {
  if (situation.replaced && situation.stopped_ms === null) return 'replaced'
  if (situation.stopped_ms !== null || stopOwed || nowMs >= situation.phone_until_ms) return 'uploading'
  return placed === 'done' ? 'recording' : 'placing'
}

export function isRecorded(stage: Stage): boolean {
  return stage === 'placing' || stage === 'recording'
}
