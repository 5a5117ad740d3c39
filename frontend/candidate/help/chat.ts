import { ApiFailure, asFailure, request, type Failure } from '@shared/api/client'
import type { Chat as ChatAnswer, ChatMessage, HelpCall } from '@shared/api/types'
import type { Clock } from '@shared/time/ticking'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { Attempt } from '../attempt/attempt'
import type { EventLog } from '@shared/events/log'
import { Outbox, type Unsent } from './outbox'

const EVERY_MS = 3_000
/** Refusals that say nothing about the text: it is sent again. */
const PASSING = new Set([401, 408, 425, 429])

/**
 * 【求助】: what was said, by whom, and where the call stands. Asked every three seconds while the panel or a call is
 * open; else the situation says whether there is something new.
 */
export function useChat(clock: Clock, attempt: Attempt, log: Readonly<Ref<EventLog | null>>) {
  const open = ref(false)
  const messages = shallowRef<ChatMessage[]>([])
  const call = shallowRef<HelpCall | null>(null)
  const unsent = shallowRef<readonly Unsent[]>([])
  const draft = ref('')
  /** Why the last question or message had no answer; null when it had. */
  const failure = shallowRef<Failure | null>(null)
  /** Why the server would not take a text, which lies in the draft again. */
  const refused = shallowRef<ApiFailure | null>(null)
  let outbox: Outbox | null = null
  let of: string | null = null

  const state = computed(() => call.value?.state ?? attempt.situation.value?.chat.call ?? 'none')
  const calling = computed(() => state.value === 'waiting' || state.value === 'taken')
  const fromStaff = computed(() => messages.value.filter((one) => one.sender === 'staff'))
  const lastOfStaff = computed(() => fromStaff.value.at(-1)?.seq ?? 0)
  const unseen = computed(() => fromStaff.value.filter((one) => one.seen_ms === null))

  /** The states of one's own last messages change after they were read: they are asked for once more. */
  function readFrom(): number {
    const waiting = messages.value.find((one) => one.sender === 'candidate' && one.seen_ms === null)
    return waiting ? waiting.seq - 1 : (messages.value.at(-1)?.seq ?? 0)
  }

  function merge(news: readonly ChatMessage[]): void {
    const all = new Map(messages.value.map((one) => [one.seq, one]))
    for (const one of news) {
      // What was seen here is seen, though this answer may be from before.
      const seen = all.get(one.seq)?.seen_ms ?? one.seen_ms
      all.set(one.seq, { ...one, seen_ms: seen })
    }
    messages.value = [...all.values()].sort((a, b) => a.seq - b.seq)
  }

  async function read(): Promise<void> {
    const asked = of
    if (!asked) return
    try {
      const answer = await request<ChatAnswer>('GET', `/attempt/chat?after=${readFrom()}`)
      if (of !== asked) return
      merge(answer.messages)
      call.value = answer.call
      failure.value = null
    } catch (thrown) {
      if (of === asked) failure.value = asFailure(thrown)
    }
  }

  async function deliver(): Promise<void> {
    const from = outbox
    const next = from?.unsent[0]
    if (!from || !next) return
    try {
      const { client_id, text } = next
      const sent = await request<ChatMessage>('POST', '/attempt/chat', { json: { client_id, text } })
      from.drop(next)
      if (outbox === from) merge([sent])
    } catch (thrown) {
      const why = asFailure(thrown)
      if (!(why instanceof ApiFailure) || why.status >= 500 || PASSING.has(why.status)) {
        if (outbox === from) failure.value = why
        return
      }
      from.drop(next)
      from.write([next.text, from.draft].filter(Boolean).join('\n'))
      if (outbox === from) {
        refused.value = why
        draft.value = from.draft
      }
    }
    if (outbox !== from) return
    unsent.value = from.unsent
    await deliver()
  }

  async function see(): Promise<void> {
    const seq = lastOfStaff.value
    if (!open.value || unseen.value.length === 0 || document.visibilityState === 'hidden') return
    try {
      await request<void>('POST', '/attempt/chat/seen', { json: { seq } })
      const now = Math.round(clock.now())
      merge(unseen.value.filter((one) => one.seq <= seq).map((one) => ({ ...one, seen_ms: now })))
    } catch {
      // Said again with the next turn.
    }
  }

  let timer = 0
  let closed = false
  let turning = false
  let again = false
  /** One turn at a time; what is written meanwhile goes with the next, which follows at once. */
  async function turn(): Promise<void> {
    clearTimeout(timer)
    again = turning
    if (turning) return
    turning = true
    await deliver()
    await read()
    await see()
    turning = false
    if (closed || !of) return
    if (again) return turn()
    if (open.value || calling.value || unsent.value.length > 0) timer = window.setTimeout(() => void turn(), EVERY_MS)
  }

  watch(
    () => attempt.situation.value?.attempt_id ?? null,
    (id) => {
      if (id === of) return
      of = id
      outbox = id ? new Outbox(id) : null
      draft.value = outbox?.draft ?? ''
      unsent.value = outbox?.unsent ?? []
      messages.value = []
      call.value = failure.value = refused.value = null
      open.value = false
      if (unsent.value.length > 0) void turn()
    },
    { immediate: true },
  )
  watch(
    () => attempt.situation.value?.chat,
    (told) => {
      if (told && (told.last_seq > lastOfStaff.value || told.call !== (call.value?.state ?? 'none'))) void turn()
    },
    { immediate: true },
  )
  watch(draft, (text) => outbox?.write(text))
  const looked = (): void => {
    if (open.value) void see()
  }
  document.addEventListener('visibilitychange', looked)
  onScopeDispose(() => {
    closed = true
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', looked)
  })

  function show(): void {
    if (open.value) return
    open.value = true
    log.value?.add('help_opened', { page: attempt.page.value })
    void turn()
  }

  function hide(): void {
    open.value = false
    refused.value = null
  }

  function send(text: string): void {
    const words = text.trim()
    if (!outbox || !words) return
    refused.value = null
    outbox.add(words, Math.round(clock.now()))
    draft.value = ''
    unsent.value = outbox.unsent
    void turn()
  }

  return { open, messages, call, state, unsent, unseen, draft, failure, refused, show, hide, send }
}

export type Chat = ReturnType<typeof useChat>
