import { failedWith, request } from '@shared/api/client'
import type { PhoneReport, PhoneSession, PhoneSituation } from '@shared/api/types'
import { ref, shallowRef } from 'vue'
import { deviceId } from '../../candidate/login/device'
import { deviceLabel } from '../device'
import { dropKept, isKept, readKept, writeKept, type KeptSession, type Placed } from './kept'

const USER_AGENT_AT_MOST = 400

/** The binding of this phone: what the server last said of it, and everything that this phone says to the server. */
export function useSession() {
  const session = shallowRef<KeptSession | null>(readKept())
  /** The server knows this token no more. */
  const expired = ref(false)

  /** Throws what `request` throws; a lost answer is had again with the same code. */
  async function bind(code: string): Promise<void> {
    const device = { id: await deviceId(), label: deviceLabel(), user_agent: navigator.userAgent.slice(0, USER_AGENT_AT_MOST) }
    const made = await request<PhoneSession>('POST', '/bindings', { json: { code, device } })
    const before = session.value
    const again = before?.situation.binding_id === made.situation.binding_id
    session.value = { ...made, placed: again ? before.placed : 'turning' }
    expired.value = false
    writeKept(session.value)
  }

  function change(to: Partial<KeptSession>): void {
    const before = session.value
    if (!before) return
    session.value = { ...before, ...to }
    if (isKept(before.situation.binding_id)) writeKept(session.value)
  }

  /** An answer that was made before the newest one, or for another binding, says what is over. */
  function hear(situation: PhoneSituation): void {
    const known = session.value?.situation
    if (!known || known.binding_id !== situation.binding_id || situation.now_ms < known.now_ms) return
    expired.value = false
    change({ situation })
  }

  async function ask(method: 'GET' | 'POST', path: string, json?: unknown): Promise<void> {
    const token = session.value?.token
    if (!token) return
    try {
      hear(await request<PhoneSituation>(method, path, { json, token }))
    } catch (thrown) {
      if (failedWith(thrown, 'phone_not_bound') && session.value?.token === token) expired.value = true
      throw thrown
    }
  }

  function forget(): void {
    const id = session.value?.situation.binding_id
    if (id && isKept(id)) dropKept()
    session.value = null
    expired.value = false
  }

  return {
    session,
    expired,
    bind,
    report: (word: PhoneReport): Promise<void> => ask('POST', '/phone/state', word),
    /** Where things stand, without a word of this page: another tab speaks for the phone. */
    look: (): Promise<void> => ask('GET', '/phone'),
    stop: (): Promise<void> => ask('POST', '/phone/stop', {}),
    place: (placed: Placed): void => change({ placed }),
    forget,
  }
}

export type Session = ReturnType<typeof useSession>
