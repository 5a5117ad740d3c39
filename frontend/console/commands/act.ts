import { asFailure, type Failure } from '@shared/api/client'
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'

/** Something that staff do in a dialog: it is sent once, refused with words or done with a result. */
export interface Act<T> {
  sending: Readonly<Ref<boolean>>
  failure: Readonly<ShallowRef<Failure | null>>
  /** Null until it is done. */
  result: Readonly<ShallowRef<T | null>>
  send: (asking: () => Promise<T>) => Promise<T | null>
}

export function useAct<T>(): Act<T> {
  const sending = ref(false)
  const failure = shallowRef<Failure | null>(null)
  const result = shallowRef<T | null>(null)

  /** Null where it was refused; the dialog then says why. */
  async function send(asking: () => Promise<T>): Promise<T | null> {
    failure.value = null
    sending.value = true
    try {
      return (result.value = await asking())
    } catch (thrown) {
      failure.value = asFailure(thrown)
      return null
    } finally {
      sending.value = false
    }
  }
  return { sending, failure, result, send }
}
