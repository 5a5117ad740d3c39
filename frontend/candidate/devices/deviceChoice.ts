import { recallParsed, remember } from '@shared/page/memory'
import type { CameraChoice } from '@shared/recorder'

// Which camera and microphone were chosen on this computer, so that a reload in the middle finds the same ones.

const KEPT_AT = 'zhishi.devices'

export function keptChoice(): CameraChoice {
  const { cameraId, microphoneId } = (recallParsed(KEPT_AT) ?? {}) as Record<string, unknown>
  return {
    ...(typeof cameraId === 'string' ? { cameraId } : {}),
    ...(typeof microphoneId === 'string' ? { microphoneId } : {}),
  }
}

export function keepChoice(choice: CameraChoice): void {
  remember(KEPT_AT, JSON.stringify(choice))
}
