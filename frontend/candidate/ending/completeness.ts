import { asFailure, request, type Failure } from '@shared/api/client'
import type { Completeness, Situation } from '@shared/api/types'
import { computed, onScopeDispose, shallowRef, type Ref } from 'vue'

const EVERY_MS = 2_000
// Once complete nothing more can come; a slow look keeps the page honest if the server finds a damaged segment.
const SETTLED_EVERY_MS = 30_000
const PHONE_EVERY_MS = 5_000

/** What the server holds, asked every two seconds until it says that it holds all. */
export function useCompleteness(situation: Readonly<Ref<Situation | null>>) {
  const held = shallowRef<Completeness | null>(null)
  const failure = shallowRef<Failure | null>(null)
  let timer = 0

  async function ask(): Promise<void> {
    const token = situation.value?.upload_token
    if (token) {
      try {
        held.value = await request<Completeness>('GET', '/completeness', { token })
        failure.value = null
      } catch (thrown) {
        failure.value = asFailure(thrown)
      }
    }
    timer = window.setTimeout(() => void ask(), everySo())
  }
  void ask()
  onScopeDispose(() => clearTimeout(timer))

  function everySo(): number {
    const { complete: computer, phone_complete: phone } = held.value ?? {}
    if (!computer) return EVERY_MS
    // The phone is stopped by hand, and takes its time.
    return phone === false ? PHONE_EVERY_MS : SETTLED_EVERY_MS
  }

  const complete = computed(() => held.value?.complete === true)
  return { held, failure, complete }
}
