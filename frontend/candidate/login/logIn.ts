import { request } from '@shared/api/client'
import type { SittingKind, Situation } from '@shared/api/types'
import { deviceId } from '@shared/page/device'

export interface Credentials {
  ticket: string
  idTail: string
  kind: SittingKind
}

// Face verification runs on the server's CPU and may queue when everybody arrives.
const TIMEOUT_MS = 45_000

/** `consent`: the version of the consent text that was agreed to, 0 where the exam has none. */
export async function logIn(who: Credentials, photographs: readonly Blob[], consent: number, takeOver: boolean): Promise<Situation> {
  const form = new FormData()
  form.set('ticket', who.ticket)
  form.set('id_tail', who.idTail)
  form.set('kind', who.kind)
  form.set('device', await deviceId())
  form.set('consent', String(consent))
  form.set('take_over', String(takeOver))
  photographs.forEach((photograph, n) => form.append('frames', photograph, `frame-${n + 1}.jpg`))
  return request<Situation>('POST', '/logins', { form, timeoutMs: TIMEOUT_MS })
}
