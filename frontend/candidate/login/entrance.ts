import { asFailure, request, type Failure } from '@shared/api/client'
import type { Entrance, EntranceSitting } from '@shared/api/types'
import type { Clock } from '@shared/time/ticking'
import { onScopeDispose, shallowRef } from 'vue'
import { atMoment } from '@shared/time/moment'

const RETRY_MS = 3_000
// A new sitting may be announced while this page stands open.
const AGAIN_MS = 30_000

/** Which sittings can be entered now; asked again at each opening and closing, and now and then between. */
export function useEntrance(clock: Clock) {
  const sittings = shallowRef<EntranceSitting[] | null>(null)
  const failure = shallowRef<Failure | null>(null)
  let timer = 0
  let callOff = (): void => {}

  async function ask(): Promise<void> {
    clearTimeout(timer)
    try {
      sittings.value = (await request<Entrance>('GET', '/entrance')).sittings
      failure.value = null
      timer = window.setTimeout(() => void ask(), AGAIN_MS)
    } catch (thrown) {
      failure.value = asFailure(thrown)
      timer = window.setTimeout(() => void ask(), RETRY_MS)
    }
    waitForNextMoment()
  }

  function waitForNextMoment(): void {
    callOff()
    const ahead = (sittings.value ?? [])
      .flatMap((s) => [s.login_opens_ms, s.login_closes_ms])
      .filter((ms): ms is number => ms !== null && ms > clock.now())
    if (ahead.length > 0) callOff = atMoment(clock, Math.min(...ahead), () => void ask())
  }

  void ask()
  onScopeDispose(() => {
    clearTimeout(timer)
    callOff()
  })
  return { sittings, failure, ask }
}

/** Before, open or closed by the clock rather than by the last answer, so that the button opens on the second. */
export function stateAt(sitting: EntranceSitting, nowMs: number): EntranceSitting['state'] {
  if (sitting.login_opens_ms !== null && nowMs < sitting.login_opens_ms) return 'before'
  if (sitting.login_closes_ms !== null && nowMs >= sitting.login_closes_ms) return 'closed'
  return 'open'
}

/** The sitting that a candidate at the door means, chosen as the server does: the latest open one, else the next, else the last. */
export function sittingAtDoor(sittings: readonly EntranceSitting[], nowMs: number): EntranceSitting | null {
  const real = sittings.filter((s) => s.kind === 'real').sort((a, b) => (a.starts_ms ?? 0) - (b.starts_ms ?? 0))
  const inState = (state: EntranceSitting['state']): EntranceSitting[] => real.filter((s) => stateAt(s, nowMs) === state)
  return inState('open').at(-1) ?? inState('before')[0] ?? real.at(-1) ?? null
}
