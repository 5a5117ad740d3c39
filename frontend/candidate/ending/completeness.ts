import { asFailure, request, type Failure } from '@shared/api/client'
import type { Completeness, Situation } from '@shared/api/types'
import { computed, onScopeDispose, shallowRef, type Ref } from 'vue'

const EVERY_MS = 2_000
// Once complete nothing more can come; a slow look keeps the page honest if the server finds a damaged segment.
const SETTLED_EVERY_MS = 30_000

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
    timer = window.setTimeout(() => void ask(), held.value?.complete ? SETTLED_EVERY_MS : EVERY_MS)
  }
  void ask()
  onScopeDispose(() => clearTimeout(timer))

  const complete = computed(() => held.value?.complete === true)
  return { held, failure, complete }
}
