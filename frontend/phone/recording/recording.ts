import { request } from '@shared/api/client'
import { Recorder, RecorderElsewhere, type RecorderState, type ServerClock } from '@shared/recorder'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { EventLog } from '@shared/events/log'
import { pause } from '@shared/time/moment'
import type { KeptSession } from '../session/kept'
import type { PhoneCamera } from './camera'
import { useMending } from './mending'

export type Phase = 'idle' | 'starting' | 'running' | 'elsewhere' | 'failed' | 'stopping' | 'stopped'

const ELSEWHERE_RETRY_MS = 1_000

/**
 * Keeps this phone recording from its binding until it is stopped, whatever is shown meanwhile. The spool knows it by its
 * binding and not by its attempt: a phone that was bound twice, or a browser that is computer and phone at once in a
 * rehearsal, has a token for each.
 */
export function usePhoneRecording(
  clock: ServerClock,
  bound: KeptSession,
  camera: PhoneCamera,
  mustRun: Readonly<Ref<boolean>>,
  endedBy: () => string,
) {
  const { token, situation } = bound
  const phase = ref<Phase>('idle')
  const facts = shallowRef<RecorderState<'phone'> | null>(null)
  const log = new EventLog(`phone.${situation.binding_id}`, clock, (events) =>
    request('POST', '/phone/events', { json: { events }, token }),
  )
  let recorder: Recorder<'phone'> | null = null
  let letGo = (): void => {}
  let used: MediaStream | null = null
  let left = false

  async function begin(): Promise<void> {
    phase.value = 'starting'
    if (!camera.stream.value) await camera.open()
    if (!mustRun.value || left || recorder) return
    const made = new Recorder<'phone'>({
      attemptId: situation.binding_id,
      uploadToken: token,
      tracks: [{ track_id: situation.track.track_id, kind: 'phone' }],
      clock,
      phone: camera.stream.value,
    })
    used = camera.stream.value
    recorder = made
    letGo = made.subscribe((state) => (facts.value = state))
    await startWhenFree(made)
  }

  async function startWhenFree(made: Recorder<'phone'>): Promise<void> {
    while (recorder === made && mustRun.value) {
      try {
        await made.start()
        phase.value = 'running'
        if (camera.stream.value) catchUp()
        else await camera.open()
        return
      } catch (thrown) {
        if (recorder !== made) return
        if (!(thrown instanceof RecorderElsewhere)) {
          phase.value = 'failed'
          log.add('other', { what: 'recorder_start_failed', error: String(thrown) })
          return
        }
        if (phase.value !== 'elsewhere') log.add('second_tab')
        phase.value = 'elsewhere'
        // The other tab has the better right to the camera.
        camera.close()
        await pause(ELSEWHERE_RETRY_MS)
      }
    }
  }

  /** A camera that came, or came back, while the recorder was starting or running. */
  function catchUp(): void {
    const { value: seen } = camera.stream
    if (!recorder || phase.value !== 'running' || !seen || seen === used) return
    used = seen
    void recorder.replaceCamera(seen)
  }

  async function finish(reason: string): Promise<void> {
    const ending = recorder
    recorder = null
    used = null
    if (!ending) return
    phase.value = 'stopping'
    await ending.stop(reason)
    letGo()
    facts.value = null
    phase.value = 'stopped'
  }

  watch(
    mustRun,
    async (must) => {
      if (must) return void begin()
      await finish(endedBy())
      camera.close()
    },
    { immediate: true },
  )
  watch(camera.stream, catchUp)
  // The camera stays open here: another binding of this very page goes on with it.
  onScopeDispose(() => {
    left = true
    void finish('page_left')
  })
  useMending(camera, facts, computed(() => mustRun.value && phase.value === 'running'))

  /** In a click: the camera anew. The system gives it back only to who has let go of it, so the recorder does first. */
  async function reopen(): Promise<void> {
    await recorder?.releaseCamera()
    await camera.open()
  }

  return { phase, facts, log, reopen }
}
