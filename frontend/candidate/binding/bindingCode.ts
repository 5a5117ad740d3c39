import { asFailure, request, type Failure } from '@shared/api/client'
import type { BindingCode } from '@shared/api/types'
import type { Clock } from '@shared/time/ticking'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { atMoment } from '@shared/time/moment'

const RETRY_MS = 3_000
/** A new code comes before the old one ends, so that nobody scans one that is just dying. */
const BEFORE_MS = 30_000

/** A code for the phone, made at once and made anew before it ends. */
export function useBindingCode(clock: Clock) {
  const code = shallowRef<BindingCode | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const asking = ref(false)
  let callOff = (): void => {}
  let closed = false

  async function renew(): Promise<void> {
    callOff()
    asking.value = true
    try {
      const made = await request<BindingCode>('POST', '/attempt/binding-codes', { json: {} })
      code.value = made
      failure.value = null
      if (!closed) callOff = atMoment(clock, made.expires_ms - BEFORE_MS, () => void renew())
    } catch (thrown) {
      failure.value = asFailure(thrown)
      if (code.value && code.value.expires_ms <= clock.now()) code.value = null
      if (!closed) callOff = atMoment(clock, clock.now() + RETRY_MS, () => void renew())
    } finally {
      asking.value = false
    }
  }

  void renew()
  onScopeDispose(() => {
    closed = true
    callOff()
  })
  return { code, failure, asking, renew }
}
