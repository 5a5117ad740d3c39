import { asFailure, type Failure } from '@shared/api/client'
import type { PhoneReport } from '@shared/api/types'
import { onScopeDispose, shallowRef, type Ref } from 'vue'
import type { Session } from './session'

const EVERY_MS = 4_000
/** Once all of it is confirmed nothing changes any more. */
const SETTLED_EVERY_MS = 60_000

/** This phone's sign of life, whose answer says where the exam stands; no word where another tab gives it. */
export function useReports(session: Session, word: () => PhoneReport | null, settled: Readonly<Ref<boolean>>) {
  const failure = shallowRef<Failure | null>(null)
  let timer = 0
  let closed = false

  async function tell(): Promise<void> {
    const began = performance.now()
    try {
      const said = word()
      await (said ? session.report(said) : session.look())
      failure.value = null
    } catch (thrown) {
      failure.value = asFailure(thrown)
    }
    if (closed) return
    const rest = (settled.value ? SETTLED_EVERY_MS : EVERY_MS) - (performance.now() - began)
    timer = window.setTimeout(() => void tell(), Math.max(500, rest))
  }
  void tell()
  onScopeDispose(() => {
    closed = true
    clearTimeout(timer)
  })
  return { failure }
}
