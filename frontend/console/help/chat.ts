import { asFailure, type Failure } from '@shared/api/client'
import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import type { CallView, Chat, Message } from '../api'
import { useRefreshed } from '../refreshed'
import { ask } from '../session'

const EVERY_MS = 3_000
export const TEXT_AT_MOST = 500

/** A message on its way: kept under an id of its own, so that sending it again sends it once. */
export interface Pending {
  clientId: string
  text: string
  failure: Failure | null
}

/** The conversation with one candidate. Everything is read anew each time: what was seen changes with the old messages. */
export function useChat(attemptId: string) {
  const path = `/attempts/${attemptId}/chat`
  const { data, failure, busy, refresh } = useRefreshed((signal) => ask<Chat>('GET', `${path}?after=0`, { signal }), () => EVERY_MS)
  const pending = shallowRef<readonly Pending[]>([])
  const acting = shallowRef<'take' | 'close' | null>(null)
  const refused = shallowRef<Failure | null>(null)
  let seen = 0

  const lastOfCandidate = computed(() => Math.max(0, ...(data.value?.messages ?? []).filter((one) => one.sender === 'candidate').map((one) => one.seq)))
  /** Seen is what was on a page that somebody looks at. */
  async function tellSeen(): Promise<void> {
    const upTo = lastOfCandidate.value
    if (document.hidden || !document.hasFocus() || upTo <= seen) return
    // Asked again with the next answer if it did not arrive.
    await ask('POST', `${path}/seen`, { json: { seq: upTo } }).then(
      () => (seen = upTo),
      () => undefined,
    )
  }
  watch(data, tellSeen)
  window.addEventListener('focus', tellSeen)
  onScopeDispose(() => window.removeEventListener('focus', tellSeen))

  async function send(text: string): Promise<void> {
    await deliver({ clientId: crypto.randomUUID(), text, failure: null })
  }

  async function deliver(one: Pending): Promise<void> {
    const others = (): Pending[] => pending.value.filter((other) => other.clientId !== one.clientId)
    pending.value = [...others(), { ...one, failure: null }]
    try {
      await ask<Message>('POST', path, { json: { client_id: one.clientId, text: one.text } })
      await refresh()
      pending.value = others()
    } catch (thrown) {
      pending.value = [...others(), { ...one, failure: asFailure(thrown) }]
    }
  }

  async function act(what: 'take' | 'close'): Promise<void> {
    acting.value = what
    refused.value = null
    try {
      await ask<CallView>('POST', `${path}/${what}`, { json: {} })
    } catch (thrown) {
      refused.value = asFailure(thrown)
    }
    await refresh()
    acting.value = null
  }

  return { data, failure, busy, refresh, pending, acting, refused, send, again: deliver, take: () => act('take'), close: () => act('close') }
}
