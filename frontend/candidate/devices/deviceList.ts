import { onScopeDispose, ref } from 'vue'

export interface OneDevice {
  id: string
  /** What the system calls it; empty before the browser has allowed a camera or microphone. */
  label: string
}

/** The cameras and microphones of this computer; they change when something is plugged in or out. */
export function useDeviceList() {
  const cameras = ref<OneDevice[]>([])
  const microphones = ref<OneDevice[]>([])

  async function refresh(): Promise<void> {
    const found = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? []
    const of = (kind: MediaDeviceKind): OneDevice[] =>
      found.filter((one) => one.kind === kind && one.deviceId).map((one) => ({ id: one.deviceId, label: one.label }))
    cameras.value = of('videoinput')
    microphones.value = of('audioinput')
  }

  const changed = (): void => void refresh()
  navigator.mediaDevices?.addEventListener('devicechange', changed)
  onScopeDispose(() => navigator.mediaDevices?.removeEventListener('devicechange', changed))
  void refresh()
  return { cameras, microphones, refresh }
}
