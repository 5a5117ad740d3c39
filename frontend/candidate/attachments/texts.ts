import { asFailure, request, type Failure } from '@shared/api/client'
import type { ExamText, TextList } from '@shared/api/types'
import { onScopeDispose, shallowRef } from 'vue'

const RETRY_MS = 2_000

/** The texts of this exam in their order; asked for until they are there. */
export function useTexts() {
  const texts = shallowRef<ExamText[] | null>(null)
  const failure = shallowRef<Failure | null>(null)
  let timer = 0
  let closed = false

  async function fetchTexts(): Promise<void> {
    clearTimeout(timer)
    try {
      texts.value = (await request<TextList>('GET', '/attempt/texts')).texts
      failure.value = null
    } catch (thrown) {
      failure.value = asFailure(thrown)
      if (!closed) timer = window.setTimeout(() => void fetchTexts(), RETRY_MS)
    }
  }

  void fetchTexts()
  onScopeDispose(() => {
    closed = true
    clearTimeout(timer)
  })
  return { texts, failure, fetchTexts }
}
