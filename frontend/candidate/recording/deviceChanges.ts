import type { MediaFailure } from '@shared/recorder'
import { watch, type Ref } from 'vue'
import type { EventLog } from '@shared/events/log'
import type { Camera } from '../devices/camera'
import type { ScreenTroubleKind } from './shares'

/** Nothing was refused: the share was never asked for, or was there and has stopped. */
const NOT_REFUSED: readonly ScreenTroubleKind[] = ['needed', 'stopped']

/**
 * Another camera or microphone while it is being recorded: the new one is recorded as soon as it is there (a camera in
 * a new epoch, a microphone within the same), and the record tells of both, as of every device that was refused.
 */
export function useDeviceChanges(
  camera: Camera,
  shareTrouble: Readonly<Ref<ScreenTroubleKind | null>>,
  log: Readonly<Ref<EventLog | null>>,
  running: Readonly<Ref<boolean>>,
) {
  const label = (kind: 'video' | 'audio'): string => camera.stream.value?.getTracks().find((one) => one.kind === kind)?.label ?? ''

  function refused({ device, cause, reason }: MediaFailure): void {
    log.value?.add('device_refused', { device, cause, reason })
  }

  async function changeCamera(id: string): Promise<MediaFailure | null> {
    const from = label('video')
    const failure = await camera.changeCamera(id)
    if (failure) refused(failure)
    else log.value?.add('camera_changed', { from, to: label('video') })
    return failure
  }

  async function changeMicrophone(id: string): Promise<MediaFailure | null> {
    const from = label('audio')
    const failure = await camera.changeMicrophone(id)
    if (failure) refused(failure)
    else log.value?.add('microphone_changed', { from, to: label('audio') })
    return failure
  }

  watch(camera.failure, (failure) => {
    if (failure && running.value) refused(failure)
  })
  watch(shareTrouble, (trouble) => {
    if (trouble && running.value && !NOT_REFUSED.includes(trouble)) log.value?.add('device_refused', { device: 'screen', cause: trouble })
  })
  return { changeCamera, changeMicrophone }
}
