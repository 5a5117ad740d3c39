import type { CandidatePage } from '@shared/api/types'
import { onScopeDispose } from 'vue'
import type { Attempt } from './attempt'

/** How often the server is asked again although nothing is due: the phone's state, answers, what staff allowed. */
const EVERY_MS: Record<CandidatePage, number | null> = {
  preparation: 20_000,
  procedure: 20_000,
  // These two ask more often by themselves.
  binding: null,
  entry: null,
  lot: 20_000,
  attachments: 20_000,
  devices: 10_000,
  countdown: 10_000,
  answering: 10_000,
  upload: 10_000,
  home: 30_000,
}
const LOOK_AGAIN_MS = 5_000

/** Keeps the situation fresh while its page stands open. Spread a little, so that thousands do not ask together. */
export function useFreshness(attempt: Attempt): void {
  let timer = 0
  const next = (): void => {
    const page = attempt.standing.value === 'known' ? attempt.page.value : null
    const every = page ? EVERY_MS[page] : null
    timer = window.setTimeout(() => void turn(every !== null), (every ?? LOOK_AGAIN_MS) * (0.9 + Math.random() * 0.2))
  }
  async function turn(due: boolean): Promise<void> {
    // Where an answer is missing, it is being asked for already.
    if (due && attempt.standing.value === 'known' && !attempt.failure.value) await attempt.refetch()
    next()
  }
  next()
  onScopeDispose(() => clearTimeout(timer))
}
