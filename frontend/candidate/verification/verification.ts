import { ApiFailure, asFailure, request, type Failure } from '@shared/api/client'
import type { Situation, Verification } from '@shared/api/types'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { deviceId } from '@shared/page/device'
import { recall, remember } from '@shared/page/memory'
import type { Credentials } from '../login/logIn'

const EVERY_MS = 3_000
/** Marks that this browser has asked, so that nobody else's visit begins with a question in vain. */
const ASKED_AT = 'zhishi.verification'

/** A request that staff look at the live picture beside the registered one, from asking to being let in. */
export function useVerification(letIn: (situation: Situation) => void) {
  const view = shallowRef<Verification | null>(null)
  /** Why the last question had no answer; the page keeps asking. */
  const failure = shallowRef<Failure | null>(null)
  const busy = ref(false)
  let picture: () => Promise<Blob | null> = async () => null
  let timer = 0
  let closed = false

  /** Throws what the login would throw: an unknown number, a closed door, another device. */
  async function ask(who: Credentials, reason: string, first: Blob, takeOver: boolean): Promise<void> {
    const form = new FormData()
    form.set('ticket', who.ticket)
    form.set('id_tail', who.idTail)
    form.set('kind', who.kind)
    form.set('device', await deviceId())
    form.set('reason', reason)
    form.set('take_over', String(takeOver))
    form.append('frame', first, 'frame.jpg')
    view.value = await request<Verification>('POST', '/verifications', { form })
    failure.value = null
    mark(true)
    again()
  }

  /** After a reload: goes on waiting where one waited. */
  async function resume(): Promise<void> {
    if (!verificationAsked()) return
    await look()
    if (open()) again()
    else if (view.value?.state !== 'refused') leave()
  }

  async function look(): Promise<void> {
    try {
      view.value = await request<Verification>('GET', '/verifications/mine')
      failure.value = null
    } catch (thrown) {
      const failed = asFailure(thrown)
      if (failed instanceof ApiFailure && failed.status === 401) return leave()
      failure.value = failed
    }
    // "Used" before this page is in: the answer was lost on the way, and can be asked for again.
    if (view.value?.state === 'granted' || view.value?.state === 'used') await goIn()
  }

  async function showPicture(): Promise<void> {
    const blob = await picture().catch(() => null)
    if (!blob || view.value?.state !== 'waiting') return
    const form = new FormData()
    form.append('frame', blob, 'frame.jpg')
    // The next one comes in three seconds; staff see how old the last one is.
    await request('POST', '/verifications/mine/picture', { form }).catch(() => undefined)
  }

  async function goIn(): Promise<void> {
    try {
      const situation = await request<Situation>('POST', '/verifications/mine/login', { json: {} })
      leave()
      letIn(situation)
    } catch (thrown) {
      // Whoever went in long ago has nothing to wait for here.
      if (view.value?.state === 'used' && thrown instanceof ApiFailure) return leave()
      failure.value = asFailure(thrown)
    }
  }

  const open = (): boolean => ['waiting', 'granted', 'used'].includes(view.value?.state ?? '')

  function again(): void {
    clearTimeout(timer)
    if (closed) return
    timer = window.setTimeout(() => void turn(), EVERY_MS)
  }

  async function turn(): Promise<void> {
    await showPicture()
    await look()
    if (open()) again()
  }

  async function withdraw(): Promise<void> {
    busy.value = true
    clearTimeout(timer)
    try {
      await request('POST', '/verifications/mine/withdrawal', { json: {} })
      leave()
    } catch (thrown) {
      failure.value = asFailure(thrown)
      again()
    } finally {
      busy.value = false
    }
  }

  /** Back to the login page. */
  function leave(): void {
    clearTimeout(timer)
    mark(false)
    view.value = null
    failure.value = null
  }

  void resume()
  onScopeDispose(() => {
    closed = true
    clearTimeout(timer)
  })
  return {
    view,
    failure,
    busy,
    open: computed(() => view.value !== null),
    ask,
    withdraw,
    leave,
    /** Where the pictures come from; the page that shows the camera says so. */
    photographWith: (take: () => Promise<Blob | null>): void => void (picture = take),
  }
}

/** Whether somebody at this browser has asked and not been answered yet. */
export function verificationAsked(): boolean {
  return recall(ASKED_AT) !== null
}

/** Where it cannot be kept, a reload leads to the login page, where asking again goes on with the same request. */
function mark(asked: boolean): void {
  remember(ASKED_AT, asked ? '1' : null)
}

export type VerificationRequest = ReturnType<typeof useVerification>
