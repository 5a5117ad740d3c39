import { asFailure, request, type Failure } from '@shared/api/client'
import type { Completeness } from '@shared/api/types'
import { computed, onScopeDispose, shallowRef } from 'vue'

const EVERY_MS = 2_000
const SETTLED_EVERY_MS = 30_000

/** What the server holds of this phone's track, asked until it says that it holds all. */
export function usePhoneCompleteness(token: string) {
  const known = shallowRef<Completeness | null>(null)
  const failure = shallowRef<Failure | null>(null)
  let timer = 0
  let closed = false

  async function ask(): Promise<void> {
    try {
      known.value = await request<Completeness>('GET', '/completeness', { token })
      failure.value = null
    } catch (thrown) {
      failure.value = asFailure(thrown)
    }
    if (!closed) timer = window.setTimeout(() => void ask(), known.value?.phone_complete ? SETTLED_EVERY_MS : EVERY_MS)
  }
  void ask()
  onScopeDispose(() => {
    closed = true
    clearTimeout(timer)
  })

  const track = computed(() => known.value?.tracks.find((one) => one.kind === 'phone') ?? null)
  return { track, failure, complete: computed(() => known.value?.phone_complete === true) }
}
