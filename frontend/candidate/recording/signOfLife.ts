import { Heartbeat, type HeartbeatAnswer, type ServerClock } from '@shared/recorder'
import { onScopeDispose, watch, type Ref } from 'vue'
import type { Attempt } from '../attempt/attempt'
import type { UploadProgress } from './progress'
import type { Phase } from './recording'
import { computerTracks } from './tracks'

/**
 * A sign of life as long as the attempt is not left behind, whether or not a recorder could be started; where another
 * tab records, that tab gives it. Afterwards a slow one: what the server finds damaged later it can ask for only in its
 * answer.
 */
export function useSignOfLife(
  clock: ServerClock,
  attempt: Attempt,
  progress: UploadProgress,
  phase: Readonly<Ref<Phase>>,
  running: Readonly<Ref<boolean>>,
): void {
  let heartbeat: { of: string; slow: boolean; end: () => void } | null = null

  function stop(): void {
    heartbeat?.end()
    heartbeat = null
  }

  watch(
    [attempt.situation, (): boolean => running.value && phase.value === 'elsewhere'],
    ([situation, elsewhere]) => {
      const slow = situation?.page === 'home'
      if (elsewhere || (heartbeat && (situation?.attempt_id !== heartbeat.of || slow !== heartbeat.slow))) stop()
      if (!situation?.upload_token) return
      const { attempt_id: id, upload_token: token } = situation
      progress.introduce(id, token, computerTracks(situation))
      if (heartbeat || elsewhere) return
      const beat = Heartbeat.open(clock, id, token, computerTracks(situation), slow)
      const deafen = beat.onAnswer((answer) => heard(id, answer))
      const end = (): void => {
        deafen()
        beat.close()
      }
      heartbeat = { of: id, slow, end }
    },
    { immediate: true },
  )
  onScopeDispose(stop)

  /** Every answer says when the attempt ends and whether it has: a change is fetched at once. */
  function heard(id: string, { ended, ends_ms }: HeartbeatAnswer): void {
    const known = attempt.situation.value
    if (!known || known.attempt_id !== id || !running.value) return
    if (ended || (ends_ms !== null && ends_ms !== known.times.ends_ms)) void attempt.refetch()
  }
}
