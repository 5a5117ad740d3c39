import type { UploadsState } from '../recorder'
import { shallowRef, watch, type Ref } from 'vue'
import { mayGo, type Copy, type CopyKeeper } from './copies'

/** Deletes by itself what may go and is confirmed to the last second (F10.4). Returns what went while this page stood open. */
export function useExpiry(
  copies: Readonly<Ref<Copy[]>>,
  state: Readonly<Ref<UploadsState | null>>,
  forget: CopyKeeper['forget'],
): Readonly<Ref<Copy[]>> {
  const gone = shallowRef<Copy[]>([])
  const tried = new Set<string>()

  async function expire(copy: Copy): Promise<void> {
    // A disk that fails is not asked again and again: the next page tries once more, and the button is there.
    const came = await forget(copy.attemptId).catch(() => null)
    if (came === 'forgotten') gone.value = [...gone.value, copy]
    // What was on its way meanwhile is tried again when it is confirmed.
    else if (came === 'unconfirmed') tried.delete(copy.attemptId)
  }

  watch(
    copies,
    (now) => {
      if (!state.value?.ready || state.value.storage.unsaved > 0) return
      for (const copy of now) {
        if (!mayGo(copy) || tried.has(copy.attemptId)) continue
        tried.add(copy.attemptId)
        void expire(copy)
      }
    },
    { immediate: true },
  )
  return gone
}
