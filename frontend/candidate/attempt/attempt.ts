import { ApiFailure, asFailure, failedWith, request, type Failure } from '@shared/api/client'
import type { PreparationReport, Situation } from '@shared/api/types'
import type { Surface } from '@shared/recorder'
import type { Clock } from '@shared/time/ticking'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { atMoment } from '@shared/time/moment'
import { nextMoment, pageAt } from './page'

const RETRY_MS = 2_000
/** After a boundary everybody asks the server what it says; spread, so that the key of the paper is not kept waiting. */
const CONFIRM_WITHIN_MS = 2_000
// What the server takes at most.
const LONGEST_READING_MS = 24 * 3_600_000
const LABEL_AT_MOST = 200

/** What the server says about the candidate at this computer, kept fresh at every moment that can change it. */
export function useAttempt(clock: Clock) {
  const situation = shallowRef<Situation | null>(null)
  const standing = ref<'asking' | 'known' | 'stranger'>('asking')
  /** Why the last question to the server had no answer; null when it had. */
  const failure = shallowRef<Failure | null>(null)
  const asking = ref(false)
  /** Server time when a boundary was last passed or an answer came; what `page` is computed from. */
  const reachedMs = ref(clock.now())

  const page = computed(() => (situation.value ? pageAt(situation.value, reachedMs.value) : null))

  // An answer that was asked for before something newer was done or heard says what is over. Taken for the truth it
  // would turn the page back, and a recording that has ended would begin again.
  let acts = 0
  let asked = 0
  let heard = 0

  function take(answer: Situation): void {
    reachedMs.value = clock.now()
    situation.value = answer
    standing.value = 'known'
    failure.value = null
  }

  /** The answer to an act: a login, an entry, an end. */
  function accept(answer: Situation): void {
    acts += 1
    take(answer)
  }

  async function refetch(): Promise<void> {
    asking.value = true
    const at = (asked += 1)
    const actsBefore = acts
    const stale = (): boolean => at < heard || acts !== actsBefore
    try {
      const answer = await request<Situation>('GET', '/attempt')
      if (stale()) return
      heard = at
      take(answer)
    } catch (thrown) {
      const failed = asFailure(thrown)
      if (stale()) return
      failure.value = failed
      if (failed instanceof ApiFailure && failed.status === 401) {
        failure.value = null
        standing.value = 'stranger'
      }
    } finally {
      asking.value = false
    }
  }

  let callOff = (): void => {}
  let confirming = 0
  function waitForNextMoment(): void {
    callOff()
    const now = situation.value
    if (!now) return
    const moment = nextMoment(now, clock.now())
    if (moment === null) return
    callOff = atMoment(clock, moment, () => {
      // The page turns by the clock at once, whether or not the server can be reached just now.
      reachedMs.value = clock.now()
      clearTimeout(confirming)
      confirming = window.setTimeout(() => void refetch(), Math.random() * CONFIRM_WITHIN_MS)
      waitForNextMoment()
    })
  }
  watch(situation, waitForNextMoment)

  // An unanswered question is asked again until it is answered; nobody has to press anything.
  let again = 0
  watch(failure, (failed) => {
    clearTimeout(again)
    if (failed) again = window.setTimeout(() => void refetch(), RETRY_MS)
  })

  /** Does one of the candidate's acts; a login that was lost meanwhile leads to the login page. */
  async function act(path: string, json: unknown): Promise<void> {
    try {
      accept(await request<Situation>('POST', path, { json }))
    } catch (thrown) {
      if (thrown instanceof ApiFailure && thrown.status === 401) standing.value = 'stranger'
      throw thrown
    }
  }

  const prepare = (report: PreparationReport): Promise<void> => act('/attempt/preparation', { report })
  const acceptText = (id: string, version: number, readingMs: number): Promise<void> =>
    act(`/attempt/texts/${id}/acceptance`, { version, reading_ms: Math.min(Math.round(readingMs), LONGEST_READING_MS) })
  const passBinding = (): Promise<void> => act('/attempt/binding/pass', {})
  const draw = (position: number): Promise<void> => act('/attempt/lot', { position })
  const passLot = (): Promise<void> => act('/attempt/lot/pass', {})
  const enter = (displays: number, surface: Surface, fullscreen: boolean): Promise<void> =>
    act('/attempt/entry', { displays, surface, fullscreen })
  const confirmDevices = (camera: string, microphone: string): Promise<void> =>
    act('/attempt/devices', { camera: camera.slice(0, LABEL_AT_MOST), microphone: microphone.slice(0, LABEL_AT_MOST) })
  const end = (): Promise<void> => act('/attempt/end', {})
  const depart = (): Promise<void> => act('/attempt/departure', {})

  async function logOut(): Promise<void> {
    await request<void>('POST', '/attempt/logout', { json: {} }).catch((thrown: unknown) => {
      if (!failedWith(thrown, 'not_logged_in')) throw thrown
    })
    acts += 1
    situation.value = null
    standing.value = 'stranger'
  }

  onScopeDispose(() => {
    callOff()
    clearTimeout(again)
    clearTimeout(confirming)
  })

  const steps = { prepare, acceptText, passBinding, draw, passLot, enter, confirmDevices, end, depart }
  return { situation, standing, failure, asking, page, accept, refetch, logOut, ...steps }
}

export type Attempt = ReturnType<typeof useAttempt>
