import { request } from '@shared/api/client'
import type { SittingKind, Situation } from '@shared/api/types'

export interface Credentials {
  ticket: string
  idTail: string
  kind: SittingKind
}

const DEVICE_STORED_AT = 'zhishi.device'
// Face verification runs on the server's CPU and may queue when everybody arrives.
const TIMEOUT_MS = 45_000

/** This browser's name for itself: the same after a reload, so that a crash is not taken for a second device. */
export function deviceId(): string {
  const known = localStorage.getItem(DEVICE_STORED_AT)
  if (known) return known
  const made = crypto.randomUUID()
  localStorage.setItem(DEVICE_STORED_AT, made)
  return made
}

export function logIn(who: Credentials, photographs: readonly Blob[], takeOver: boolean): Promise<Situation> {
  const form = new FormData()
  form.set('ticket', who.ticket)
  form.set('id_tail', who.idTail)
  form.set('kind', who.kind)
  form.set('device', deviceId())
  form.set('take_over', String(takeOver))
  photographs.forEach((photograph, n) => form.append('frames', photograph, `frame-${n + 1}.jpg`))
  return request<Situation>('POST', '/logins', { form, timeoutMs: TIMEOUT_MS })
}
