import type { CameraChoice } from '@shared/recorder'

// Which camera and microphone were chosen on this computer, so that a reload in the middle finds the same ones.

const KEPT_AT = 'zhishi.devices'

export function keptChoice(): CameraChoice {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT_AT) ?? '{}')
    const { cameraId, microphoneId } = (kept ?? {}) as Record<string, unknown>
    return {
      ...(typeof cameraId === 'string' ? { cameraId } : {}),
      ...(typeof microphoneId === 'string' ? { microphoneId } : {}),
    }
  } catch {
    return {}
  }
}

export function keepChoice(choice: CameraChoice): void {
  try {
    localStorage.setItem(KEPT_AT, JSON.stringify(choice))
  } catch {
    // Then the choice lasts as long as the page.
  }
}
