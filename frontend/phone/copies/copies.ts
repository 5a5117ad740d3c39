import { request } from '@shared/api/client'
import type { PhoneCopies } from '@shared/api/types'
import { copiesOf, type Copy, type KnownCopy } from '@shared/copies/copies'
import { useExpiry } from '@shared/copies/useExpiry'
import { Uploads, type ServerClock, type UploadsState } from '@shared/recorder'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { KeptSession } from '../session/kept'

/** Publication comes weeks after the exam; a page that stays open need not know of it at once. */
const EVERY_MS = 300_000

/**
 * What this phone holds of every binding (F10.4). On any of its pages: what is left goes on uploading, and what may go
 * goes by itself. The server is asked for each binding without its token, which may have ended long before publication.
 */
export function usePhoneCopies(clock: Readonly<Ref<ServerClock | null>>, bound: Readonly<Ref<KeptSession | null>>) {
  const keeper = shallowRef<Uploads | null>(null)
  const state = shallowRef<UploadsState | null>(null)
  const answers = ref<Record<string, PhoneCopies>>({})

  const copies = computed<Copy[]>(() => (state.value ? copiesOf(state.value, knownOf, missingMs).filter(isPhones) : []))
  const gone = useExpiry(copies, state, (bindingId) => Uploads.open(clock.value!).forget(bindingId))

  /** The copies of the present session are seen only when it records no more; the server may not have heard of it yet. */
  function knownOf(bindingId: string): KnownCopy | null {
    const answer = answers.value[bindingId] ?? null
    const situation = bound.value?.situation
    if (situation?.binding_id !== bindingId) return answer
    return { ...situation, running: false, released: answer?.released ?? false, copies_may_go: answer?.copies_may_go ?? false }
  }

  function missingMs(bindingId: string): number {
    const { savedMs = 0, confirmedMs = 0 } = state.value?.perAttempt[bindingId] ?? {}
    return Math.max(0, savedMs - confirmedMs)
  }

  async function ask(): Promise<void> {
    const open = copies.value.filter(({ attemptId }) => !answers.value[attemptId]?.copies_may_go)
    await Promise.all(open.map(({ attemptId }) => askOf(attemptId)))
  }

  /** Who cannot be asked, or knows nothing of it, lets nothing go. */
  async function askOf(bindingId: string): Promise<void> {
    const answer = await request<PhoneCopies>('GET', `/phone/copies/${bindingId}`).catch(() => null)
    if (answer) answers.value = { ...answers.value, [bindingId]: answer }
  }

  let letGo = (): void => {}
  watch(clock, (known) => {
    if (!known) return
    keeper.value = Uploads.open(known)
    letGo = keeper.value.subscribe((now) => (state.value = now))
  })
  watch([(): string => copies.value.map(({ attemptId }) => attemptId).join(), (): boolean | undefined => state.value?.online], () => void ask())
  const shown = (): void => void (document.visibilityState === 'visible' && ask())
  document.addEventListener('visibilitychange', shown)
  const timer = setInterval(() => void ask(), EVERY_MS)
  onScopeDispose(() => {
    letGo()
    document.removeEventListener('visibilitychange', shown)
    clearInterval(timer)
  })

  return { copies, gone, state, keeper, ask }
}

export type Copies = ReturnType<typeof usePhoneCopies>

/** On a computer that opened this page there are others, which its own home page lists. */
function isPhones({ held }: Copy): boolean {
  return Object.values(held.perTrack).every(({ kind }) => kind === 'phone' || kind === null)
}
