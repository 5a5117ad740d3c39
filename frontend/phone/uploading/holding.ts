import { Uploads, type AttemptUploads, type ServerClock, type UploadsState } from '@shared/recorder'
import { computed, onScopeDispose, shallowRef } from 'vue'

/** What this phone holds of one binding, and how much of it the server has confirmed. */
export function useHolding(clock: ServerClock, bindingId: string) {
  const uploads = Uploads.open(clock)
  const state = shallowRef<UploadsState>(uploads.state)
  onScopeDispose(uploads.subscribe((now) => (state.value = now)))

  const held = computed<AttemptUploads | null>(() => state.value.perAttempt[bindingId] ?? null)
  const free = computed(() => {
    const { usageBytes, quotaBytes } = state.value.storage
    return usageBytes === null || quotaBytes === null ? null : quotaBytes - usageBytes
  })
  const here = computed(() => (held.value?.heldBytes ?? 0) > 0 || state.value.storage.unsaved > 0)
  return {
    uploads,
    held,
    free,
    here,
    /** Nothing of this binding lies here: nothing was recorded, or it was deleted after publication. */
    empty: computed(() => state.value.ready && !here.value),
    online: computed(() => state.value.online),
    unsaved: computed(() => state.value.storage.unsaved),
    sums: computed(() => {
      const { savedMs = 0, sentMs = 0, confirmedMs = 0 } = held.value ?? {}
      return { savedMs, sentMs, confirmedMs }
    }),
    waitingMs: computed(() => Math.max(0, (held.value?.savedMs ?? 0) - (held.value?.confirmedMs ?? 0))),
    /** Nothing that is here waits to be sent any more. */
    settled: computed(() => state.value.ready && (held.value === null || (held.value.settled && state.value.storage.unsaved === 0))),
  }
}

export type Holding = ReturnType<typeof useHolding>
