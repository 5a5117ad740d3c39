import { computed, ref, watch, type Ref } from 'vue'
import type { UploadProgress } from '../recording/progress'
import type { Sums } from './useHoldings'

/** Without a newly confirmed second for this long, uploading stands still and is told about. */
const STALLED_AFTER_MS = 20_000
/** A rate measured over less than this says nothing about the time left. */
const LEAST_KBPS = 20

/** Whether the upload moves, and about how long it still takes (null when that cannot be said). */
export function useStanding(
  now: Readonly<Ref<number>>,
  sums: Readonly<Ref<Sums>>,
  complete: Readonly<Ref<boolean>>,
  progress: UploadProgress,
  attemptId: Readonly<Ref<string>>,
) {
  const movedAt = ref(now.value)
  watch(
    () => sums.value.confirmedMs + sums.value.sentMs,
    () => (movedAt.value = now.value),
  )
  const stalled = computed(
    () => !complete.value && sums.value.savedMs > sums.value.confirmedMs && now.value - movedAt.value > STALLED_AFTER_MS,
  )
  const remainingS = computed(() => {
    const kbps = progress.kbps(attemptId.value)
    const bytes = progress.pendingBytes(attemptId.value)
    return kbps < LEAST_KBPS || bytes === 0 ? null : (bytes * 8) / 1000 / kbps
  })
  return { stalled, remainingS }
}
