import { ServerClock } from '@shared/recorder/clock'
import { shallowRef, type ShallowRef } from 'vue'

// The server's time for the whole console: every clock on a page turns over together.

let clock: ServerClock | null = null
const ticked = shallowRef<number | null>(null)

/** Server time, changing just after each of its seconds; null until it has been measured. */
export const serverNow: Readonly<ShallowRef<number | null>> = ticked

/** Server time at this very moment; the device's until the server's is known. */
export const nowMs = (): number => clock?.now() ?? Date.now()

export async function startClock(): Promise<void> {
  if (clock) return
  clock = await ServerClock.start()
  const turn = (): void => {
    ticked.value = nowMs()
    setTimeout(turn, 1000 - (ticked.value % 1000) + 5)
  }
  turn()
}
