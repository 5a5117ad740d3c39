import { ApiFailure, failedWith, request, type RequestOptions } from '@shared/api/client'
import { computed, shallowReactive } from 'vue'
import type { Role, Staff } from './api'

// Who is logged in, and the one way by which pages ask the server: when the login has run out, a question waits until
// the same person has logged in again and is then asked once more, so that nothing typed is lost.

type Interruption =
  | { kind: 'expired' }
  /** Somebody logged in as another account in another tab: both share the browser's cookie. */
  | { kind: 'replaced'; by: Staff }

interface SessionState {
  /** False until the server has been asked once. */
  known: boolean
  staff: Staff | null
  interruption: Interruption | null
}

export const session = shallowReactive<SessionState>({ known: false, staff: null, interruption: null })

let waiting: { promise: Promise<void>; resume: () => void } | null = null

export const isExaminer = computed(() => session.staff?.role === 'examiner')

export function homeOf(role: Role): string {
  return role === 'examiner' ? '/sheets' : '/sittings'
}

/** Asks who is logged in. Throws what `request` throws, except that nobody is no failure. */
export async function findSession(): Promise<void> {
  try {
    session.staff = await request<Staff>('GET', '/staff/session')
  } catch (thrown) {
    if (!failedWith(thrown, 'staff_not_logged_in')) throw thrown
    session.staff = null
  }
  session.known = true
}

export async function logIn(username: string, password: string): Promise<void> {
  const staff = await request<Staff>('POST', '/staff/session', { json: { username, password } })
  const before = session.staff
  if (before && before.staff_id !== staff.staff_id) {
    // What is on the page belongs to somebody else.
    location.assign('/console')
    return
  }
  session.staff = staff
  session.interruption = null
  waiting?.resume()
  waiting = null
}

export async function logOut(): Promise<void> {
  try {
    await request('DELETE', '/staff/session')
  } catch (thrown) {
    if (!failedWith(thrown, 'staff_not_logged_in')) throw thrown
  }
  location.assign('/console')
}

/** Asks the server as the person logged in. Throws ApiFailure or NetworkFailure, never because the login ran out. */
export function ask<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  return askBy(() => request<T>(method, path, options))
}

/** The same by another way than `request`; `send` throws what `request` throws. */
export async function askBy<T>(send: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send()
    } catch (thrown) {
      const interruption = await interruptionBehind(thrown)
      if (!interruption) throw thrown
      await loggedInAgain(interruption)
    }
  }
}

/** For what is refused outside `ask`, such as a player's requests: resolves once this person is logged in. */
export async function checkSession(): Promise<void> {
  await ask<Staff>('GET', '/staff/session')
}

async function interruptionBehind(thrown: unknown): Promise<Interruption | null> {
  if (failedWith(thrown, 'staff_not_logged_in')) return { kind: 'expired' }
  // A sheet of another examiner is not found rather than forbidden, so both are reason to look.
  if (!(thrown instanceof ApiFailure) || (thrown.status !== 403 && thrown.status !== 404)) return null
  try {
    const now = await request<Staff>('GET', '/staff/session')
    return now.staff_id === session.staff?.staff_id ? null : { kind: 'replaced', by: now }
  } catch (again) {
    return failedWith(again, 'staff_not_logged_in') ? { kind: 'expired' } : null
  }
}

function loggedInAgain(interruption: Interruption): Promise<void> {
  session.interruption = interruption
  if (!waiting) {
    let resume = (): void => {}
    const promise = new Promise<void>((resolve) => (resume = resolve))
    waiting = { promise, resume }
  }
  return waiting.promise
}
