import { asFailure, request, type Failure } from '@shared/api/client'
import type { UploadReport } from '@shared/api/types'
import { ref, shallowRef } from 'vue'
import { usePolling } from '../attempt/polling'

// Staff close a report, or write down a call: the page learns of it without being asked.
const EVERY_MS = 30_000

/** The candidate's report that the upload failed (R9), read and made `at` an address: whether there is one, and the way to it. */
export function useUploadReport(at: string) {
  const report = shallowRef<UploadReport | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const reporting = ref(false)

  async function look(): Promise<void> {
    // Without an answer the button stays: who presses it twice has reported once.
    report.value = await request<UploadReport | null>('GET', at).catch(() => report.value)
  }

  async function send(): Promise<void> {
    reporting.value = true
    failure.value = null
    try {
      report.value = await request<UploadReport>('POST', at, { json: {} })
    } catch (thrown) {
      failure.value = asFailure(thrown)
    } finally {
      reporting.value = false
    }
  }

  void look()
  usePolling(EVERY_MS, look)
  return { report, failure, reporting, send }
}
