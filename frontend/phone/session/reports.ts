import { asFailure, type Failure } from '@shared/api/client'
import type { PhoneReport } from '@shared/api/types'
import { usePulse } from '@shared/time/pulse'
import { shallowRef, type Ref } from 'vue'
import type { Session } from './session'

const EVERY_MS = 4_000
/** Once all of it is confirmed nothing changes any more. */
const SETTLED_EVERY_MS = 60_000

/** This phone's sign of life, whose answer says where the exam stands; no word where another tab gives it. */
export function useReports(session: Session, word: () => PhoneReport | null, settled: Readonly<Ref<boolean>>) {
  const failure = shallowRef<Failure | null>(null)
  let telling = false
  let toldAt = -Infinity

  async function tell(): Promise<void> {
    if (telling || (settled.value && performance.now() - toldAt < SETTLED_EVERY_MS)) return
    telling = true
    toldAt = performance.now()
    try {
      const said = word()
      await (said ? session.report(said) : session.look())
      failure.value = null
    } catch (thrown) {
      failure.value = asFailure(thrown)
    } finally {
      telling = false
    }
  }

  usePulse(EVERY_MS, () => void tell())
  return { failure }
}
