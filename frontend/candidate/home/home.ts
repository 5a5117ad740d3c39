import { ApiFailure, asFailure, request, type Failure } from '@shared/api/client'
import type { HomeView, PreparationReport } from '@shared/api/types'
import { ref, shallowRef } from 'vue'
import { usePolling } from '../attempt/polling'
import { deviceId } from '@shared/page/device'

const EVERY_MS = 20_000

/** The candidate's home: open with the secret of the admission ticket, or from an attempt that is logged in. */
export function useHome() {
  const view = shallowRef<HomeView | null>(null)
  const standing = ref<'asking' | 'known' | 'stranger'>('asking')
  const failure = shallowRef<Failure | null>(null)

  function accept(answer: HomeView): void {
    view.value = answer
    standing.value = 'known'
    failure.value = null
  }

  async function refetch(): Promise<void> {
    try {
      // The last check of devices is told of this computer, not of another one.
      accept(await request<HomeView>('GET', `/home?device=${await deviceId()}`))
    } catch (thrown) {
      const failed = asFailure(thrown)
      failure.value = failed
      if (failed instanceof ApiFailure && failed.status === 401) {
        failure.value = null
        standing.value = 'stranger'
      }
    }
  }

  /** Throws what the server refuses, for the form to say. */
  async function logIn(ticket: string, idTail: string, secret: string): Promise<void> {
    accept(await request<HomeView>('POST', '/home/logins', { json: { ticket, id_tail: idTail, secret, device: await deviceId() } }))
  }

  async function prepare(report: PreparationReport): Promise<void> {
    accept(await request<HomeView>('POST', '/home/preparation', { json: { report, device: await deviceId() } }))
  }

  async function logOut(): Promise<void> {
    await request<void>('POST', '/home/logout', { json: {} })
    view.value = null
    standing.value = 'stranger'
  }

  void refetch()
  usePolling(EVERY_MS, async () => {
    if (standing.value !== 'stranger') await refetch()
  })
  return { view, standing, failure, refetch, logIn, prepare, logOut }
}
