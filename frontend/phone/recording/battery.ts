import { onScopeDispose, ref } from 'vue'

interface Battery extends EventTarget {
  readonly level: number
  readonly charging: boolean
}

/** 0 to 1, and whether it charges; null where the browser does not tell. */
export function useBattery() {
  const level = ref<number | null>(null)
  const charging = ref<boolean | null>(null)
  const off = new AbortController()

  const { getBattery } = navigator as Navigator & { getBattery?: () => Promise<Battery> }
  void getBattery?.call(navigator).then(
    (battery) => {
      const read = (): void => {
        level.value = battery.level
        charging.value = battery.charging
      }
      read()
      battery.addEventListener('levelchange', read, { signal: off.signal })
      battery.addEventListener('chargingchange', read, { signal: off.signal })
    },
    () => {
      // A page policy may withhold it; then nothing is said about the battery.
    },
  )
  onScopeDispose(() => off.abort())
  return { level, charging }
}

export type BatteryFacts = ReturnType<typeof useBattery>
