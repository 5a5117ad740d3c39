import { onScopeDispose, ref } from 'vue'

interface Battery extends EventTarget {
  level: number
  charging: boolean
}

/** What window management tells of the displays; TypeScript's DOM types do not carry it yet. */
interface ScreenDetails extends EventTarget {
  readonly screens: readonly unknown[]
}

const EVERY_MS = 2_000

/** Facts of this computer that the browser tells: displays, power, space, network. Unknown is null, never a guess. */
export function useComputer() {
  const displays = ref<number | null>(countDisplays())
  const power = ref<{ percent: number; charging: boolean } | null>(null)
  const freeBytes = ref<number | null>(null)
  /** The browser promised not to clear what is stored here; null where it does not tell. */
  const persisted = ref<boolean | null>(null)
  const online = ref(navigator.onLine)
  let managed: ScreenDetails | null = null

  // `isExtended` has a change event only where window management is allowed, so it is also looked at.
  const look = (): void => {
    displays.value = managed?.screens.length ?? countDisplays()
    online.value = navigator.onLine
  }
  const timer = setInterval(look, EVERY_MS)
  window.addEventListener('online', look)
  window.addEventListener('offline', look)

  /** Where window management is allowed the system counts the displays; `ask` puts the question, in a click only. */
  async function count(ask = false): Promise<void> {
    if (!managed && (ask || (await mayManageWindows()))) {
      managed = await screenDetails()
      managed?.addEventListener('screenschange', look)
    }
    look()
  }
  void count()

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

  // Asked of the browser, not of the reader; it may say no.
  void navigator.storage?.persist?.().then((promised) => {
    persisted.value = promised
  })

  onScopeDispose(() => {
    clearInterval(timer)
    window.removeEventListener('online', look)
    window.removeEventListener('offline', look)
    managed?.removeEventListener('screenschange', look)
    letGo()
  })
  return { displays, power, freeBytes, persisted, online, look, count }
}

/** 1, or 2 for "more than one"; null where the browser does not tell. */
function countDisplays(): number | null {
  const extended = (window.screen as Screen & { isExtended?: boolean }).isExtended
  return extended === undefined ? null : extended ? 2 : 1
}

async function mayManageWindows(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'window-management' as PermissionName })).state === 'granted'
  } catch {
    return false
  }
}

async function screenDetails(): Promise<ScreenDetails | null> {
  const ask = (window as Window & { getScreenDetails?: () => Promise<ScreenDetails> }).getScreenDetails
  try {
    return (await ask?.call(window)) ?? null
  } catch {
    // Declined: `isExtended` still tells one from more than one.
    return null
  }
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
