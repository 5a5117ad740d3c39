import type { HomeAttempt } from '@shared/api/types'
import { Heartbeat, type ServerClock } from '@shared/recorder'
import { onScopeDispose, watch, type Ref } from 'vue'
import type { UploadProgress } from '../recording/progress'

/**
 * Hears what the server asks again of what this computer holds, so that the spool sends it: the server can say so only in
 * its answer to a heartbeat. Of several attempts one at a time, the next with every new answer of the home page.
 */
export function useWanted(clock: ServerClock, progress: UploadProgress, attempts: Readonly<Ref<readonly HomeAttempt[]>>): void {
  let heartbeat: Heartbeat | null = null
  let turn = 0

  watch([attempts, progress.ready], ([now]) => {
    const asked = now.filter((one) => one.wanted && progress.holds(one.attempt_id))
    if (asked.length > 0) heartbeat = Heartbeat.resume(clock, asked[turn++ % asked.length]!.attempt_id)
    else stop()
  }, { immediate: true })
  onScopeDispose(stop)

  function stop(): void {
    heartbeat?.close()
    heartbeat = null
  }
}
