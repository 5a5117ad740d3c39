import { askCamera, MediaFailure, Microphone, recordingSupport } from '@shared/recorder'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { readBrowser } from '../device'

export type CheckState = 'good' | 'bad' | 'open' | 'warn'
export type CheckKey = 'secure' | 'recording' | 'camera' | 'microphone' | 'space'

const GIB = 1024 ** 3
/** Two hours of the front camera take about 0.5 GB; twice that leaves the phone room to breathe. */
const ENOUGH_SPACE = 1 * GIB
const LEVEL_EVERY_MS = 120
/** On the recorder's scale: louder than a quiet room. */
const HEARD_ABOVE = 0.3
const OLDEST_ANDROID = 8

/** Checks this phone, here and now; nothing leaves it. */
export function usePhoneChecks() {
  const browser = readBrowser(navigator.userAgent, matchMedia('(pointer: fine)').matches)
  const missing = ref<string[] | null>(null)
  const freeBytes = ref<number | null>(null)
  const stream = shallowRef<MediaStream | null>(null)
  const failure = shallowRef<MediaFailure | null>(null)
  const asking = ref(false)
  const level = ref(0)
  const heard = ref(false)
  let microphone: Microphone | null = null

  void recordingSupport().then((support) => {
    // A phone records its camera only.
    missing.value = support.missing.filter((name) => name !== 'screen')
  })
  void navigator.storage?.estimate?.().then(({ quota, usage }) => {
    if (quota !== undefined) freeBytes.value = quota - (usage ?? 0)
  })

  async function openDevices(): Promise<void> {
    asking.value = true
    closeDevices()
    try {
      stream.value = await askCamera({ facing: 'user' })
      failure.value = null
      microphone = new Microphone()
      microphone.plug(stream.value)
    } catch (thrown) {
      if (!(thrown instanceof MediaFailure)) throw thrown
      failure.value = thrown
    } finally {
      asking.value = false
    }
  }

  function closeDevices(): void {
    stream.value?.getTracks().forEach((track) => track.stop())
    stream.value = null
    void microphone?.close()
    microphone = null
    level.value = 0
  }

  const timer = setInterval(() => {
    level.value = microphone?.level() ?? 0
    if (level.value > HEARD_ABOVE) heard.value = true
  }, LEVEL_EVERY_MS)
  onScopeDispose(() => {
    clearInterval(timer)
    closeDevices()
  })

  const states = computed<Record<CheckKey, CheckState>>(() => {
    const device = failure.value?.device
    return {
      secure: window.isSecureContext ? 'good' : 'bad',
      recording: missing.value === null ? 'open' : missing.value.length > 0 || tooOld.value ? 'bad' : 'good',
      camera: stream.value ? 'good' : device && device !== 'microphone' ? 'bad' : 'open',
      microphone: stream.value ? (heard.value ? 'good' : 'open') : device === 'microphone' ? 'bad' : 'open',
      space: freeBytes.value === null ? 'open' : freeBytes.value >= ENOUGH_SPACE ? 'good' : 'warn',
    }
  })
  const tooOld = computed(() => browser.android !== null && browser.android < OLDEST_ANDROID)
  const verdict = computed<CheckState>(() => {
    const all = Object.values(states.value)
    if (all.includes('bad')) return 'bad'
    return all.includes('open') ? 'open' : all.includes('warn') ? 'warn' : 'good'
  })

  return { browser, missing, freeBytes, stream, failure, asking, level, heard, states, verdict, tooOld, openDevices, closeDevices }
}
