import { BatteryMedium, HardDrive, Mic, Monitor, Plug, Video, Wifi, WifiOff } from '@lucide/vue'
import type { DeviceFact } from '@shared/components/DeviceHealth.vue'
import { useWords } from '@shared/i18n'
import { computed } from 'vue'
import type { Camera } from './camera'
import type { useComputer } from './computer'

const GIB = 1024 ** 3
/** An hour of camera and screen takes about 0.4 GB; below this the local copy is in danger. */
const LITTLE_SPACE = 1 * GIB
/** Not plugged in and below this: may not last through waiting and answering. */
const LOW_POWER_PERCENT = 40

/** The device row: one fact a device, in words, with its tone. */
export function useDeviceFacts(camera: Camera, computer: ReturnType<typeof useComputer>) {
  const { t } = useWords()
  const { displays, power, freeBytes, online } = computer

  const cameraFact = computed<DeviceFact>(() => {
    const at = { key: 'camera', icon: Video, name: t('devices.camera') }
    if (camera.asking.value) return { ...at, value: t('devices.askingShort'), tone: 'idle' }
    if (!camera.stream.value) return { ...at, value: t('devices.cameraOff'), tone: 'bad' }
    if (camera.pictureMuted.value) return { ...at, value: t('devices.cameraCovered'), tone: 'warn' }
    return { ...at, value: t('devices.cameraGood'), tone: 'ok' }
  })
  const microphoneFact = computed<DeviceFact>(() => {
    const at = { key: 'microphone', icon: Mic, name: t('devices.microphone') }
    if (camera.asking.value) return { ...at, value: t('devices.askingShort'), tone: 'idle' }
    if (camera.microphone.value === 'none') return { ...at, value: t('devices.microphoneOff'), tone: 'bad' }
    if (camera.microphone.value === 'muted') return { ...at, value: t('devices.microphoneMuted'), tone: 'warn' }
    return { ...at, value: '', tone: 'ok' }
  })
  const displayFact = computed<DeviceFact>(() => {
    const at = { key: 'display', icon: Monitor, name: t('devices.display') }
    if (displays.value === null) return { ...at, value: t('devices.displayUnknown'), tone: 'idle' }
    return displays.value > 1
      ? { ...at, value: t('devices.displaySecond'), tone: 'bad' }
      : { ...at, value: t('devices.displayOne'), tone: 'ok' }
  })
  const spaceFact = computed<DeviceFact>(() => {
    const at = { key: 'space', icon: HardDrive, name: t('devices.space') }
    if (freeBytes.value === null) return { ...at, value: t('devices.unknown'), tone: 'idle' }
    const value = t('devices.spaceFree', { n: (freeBytes.value / GIB).toFixed(freeBytes.value < 10 * GIB ? 1 : 0) })
    return { ...at, value, tone: freeBytes.value < LITTLE_SPACE ? 'warn' : 'ok' }
  })
  const networkFact = computed<DeviceFact>(() => ({
    key: 'network',
    icon: online.value ? Wifi : WifiOff,
    name: t('devices.network'),
    value: online.value ? t('devices.online') : t('devices.offline'),
    tone: online.value ? 'ok' : 'bad',
  }))
  const powerFact = computed<DeviceFact>(() => {
    const now = power.value
    const at = { key: 'power', icon: now && !now.charging ? BatteryMedium : Plug, name: t('devices.power') }
    if (!now) return { ...at, value: t('devices.unknown'), tone: 'idle' }
    const value = t(now.charging ? 'devices.charging' : 'devices.onBattery', { n: now.percent })
    return { ...at, value, tone: !now.charging && now.percent < LOW_POWER_PERCENT ? 'warn' : 'ok' }
  })

  const facts = computed<DeviceFact[]>(() => [
    cameraFact.value,
    microphoneFact.value,
    displayFact.value,
    spaceFact.value,
    networkFact.value,
    powerFact.value,
  ])
  const weak = (fact: DeviceFact): boolean => fact.tone === 'warn'
  return {
    facts,
    lowPower: computed(() => weak(powerFact.value)),
    littleSpace: computed(() => weak(spaceFact.value)),
    secondDisplay: computed(() => (displays.value ?? 1) > 1),
  }
}
