import { getCurrentScope, onScopeDispose, shallowRef, type ShallowRef } from 'vue'

/** Anything that knows the server's time; the recorder's ServerClock does. */
export interface Clock {
  now(): number
}

/**
 * The server's time as a ref that changes just after each of its whole seconds, so that every clock and countdown
 * of a page turns over together. A timer that was throttled in a hidden tab catches up at its next turn.
 */
export function ticking(clock: Clock): Readonly<ShallowRef<number>> {
  const now = shallowRef(clock.now())
  let timer = 0
  const turn = (): void => {
    now.value = clock.now()
    timer = window.setTimeout(turn, 1000 - (now.value % 1000) + 5)
  }
  turn()
  if (getCurrentScope()) onScopeDispose(() => clearTimeout(timer))
  return now
}
