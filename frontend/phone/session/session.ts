import { ApiFailure, failedWith, NetworkFailure, request } from '@shared/api/client'
import type { PhoneReport, PhoneSession, PhoneSituation } from '@shared/api/types'
import { deviceId } from '@shared/page/device'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { deviceLabel } from '../device'
import { dropKept, onKeptElsewhere, readKept, writeKept, type KeptSession, type Placed } from './kept'

const USER_AGENT_AT_MOST = 400
/** The tab in which the phone was bound begins to record before the others look whether they could. */
const YIELD_MS = 3_000

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
    session.value = { ...made, placed: again ? before.placed : 'turning', stopOwed: false }
    expired.value = false
    writeKept(session.value)
  }

  /** Another tab may have gone further with this binding, or have bound this phone anew: then its session is kept. */
  function change(to: Partial<KeptSession>): void {
    if (!session.value) return
    const kept = keptOf(session.value)
    session.value = { ...(kept ?? session.value), ...to }
    if (kept) writeKept(session.value)
  }

  let yielding = 0
  const deafen = onKeptElsewhere((kept) => {
    clearTimeout(yielding)
    if (kept.situation.binding_id === session.value?.situation.binding_id) session.value = kept
    else yielding = window.setTimeout(() => (session.value = readKept()), YIELD_MS)
  })
  onScopeDispose(() => {
    deafen()
    clearTimeout(yielding)
  })

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

  /** By hand, at once: a server that cannot be reached is told later, and may still say that it is too early. */
  async function stop(): Promise<void> {
    try {
      await ask('POST', '/phone/stop', {})
    } catch (thrown) {
      if (!(thrown instanceof NetworkFailure)) throw thrown
      change({ stopOwed: true })
    }
  }

  async function report(word: PhoneReport): Promise<void> {
    const { stopOwed, situation } = session.value ?? {}
    if (stopOwed && situation?.stopped_ms === null && !situation.replaced) await payStop()
    await ask('POST', '/phone/state', word)
  }

  async function payStop(): Promise<void> {
    try {
      await ask('POST', '/phone/stop', {})
    } catch (thrown) {
      // Too early after all: the recording goes on.
      if (thrown instanceof ApiFailure && thrown.status === 409) change({ stopOwed: false })
      throw thrown
    }
  }

  function forget(): void {
    if (session.value && keptOf(session.value)) dropKept()
    session.value = null
    expired.value = false
  }

  return {
    session,
    expired,
    bind,
    report,
    /** Where things stand, without a word of this page: another tab speaks for the phone. */
    look: (): Promise<void> => ask('GET', '/phone'),
    stop,
    place: (placed: Placed): void => change({ placed }),
    forget,
  }
}

/** The same binding as it is kept, if it is. */
function keptOf(session: KeptSession): KeptSession | null {
  const kept = readKept()
  return kept?.situation.binding_id === session.situation.binding_id ? kept : null
}

export type Session = ReturnType<typeof useSession>
