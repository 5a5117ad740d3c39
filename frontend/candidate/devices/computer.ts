import { onScopeDispose, ref } from 'vue'

interface Battery extends EventTarget {
  level: number
  charging: boolean
}

const EVERY_MS = 2_000

/** Facts of this computer that the browser tells: displays, power, space, network. Unknown is null, never a guess. */
export function useComputer() {
  const displays = ref<number | null>(countDisplays())
  const power = ref<{ percent: number; charging: boolean } | null>(null)
  const freeBytes = ref<number | null>(null)
  const online = ref(navigator.onLine)

  // `isExtended` has a change event only where window management is allowed, so it is also looked at.
  const look = (): void => {
    displays.value = countDisplays()
    online.value = navigator.onLine
  }
  const timer = setInterval(look, EVERY_MS)
  window.addEventListener('online', look)
  window.addEventListener('offline', look)

  let letGo = (): void => {}
  void readBattery((battery) => {
    const read = (): void => {
      power.value = { percent: Math.round(battery.level * 100), charging: battery.charging }
    }
    read()
    battery.addEventListener('levelchange', read)
    battery.addEventListener('chargingchange', read)
    letGo = () => {
      battery.removeEventListener('levelchange', read)
      battery.removeEventListener('chargingchange', read)
    }
  })
  void navigator.storage?.estimate?.().then(({ quota, usage }) => {
    if (quota !== undefined) freeBytes.value = quota - (usage ?? 0)
  })

  onScopeDispose(() => {
    clearInterval(timer)
    window.removeEventListener('online', look)
    window.removeEventListener('offline', look)
    letGo()
  })
  return { displays, power, freeBytes, online, look }
}

/** 1, or 2 for "more than one"; null where the browser does not tell. */
function countDisplays(): number | null {
  const extended = (window.screen as Screen & { isExtended?: boolean }).isExtended
  return extended === undefined ? null : extended ? 2 : 1
}

async function readBattery(got: (battery: Battery) => void): Promise<void> {
  const ask = (navigator as Navigator & { getBattery?: () => Promise<Battery> }).getBattery
  if (!ask) return
  try {
    got(await ask.call(navigator))
  } catch {
    // Some systems refuse; then nothing is said about power.
  }
}
