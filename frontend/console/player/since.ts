import { lengthText } from '@shared/time/lengths'

/** A moment as the player writes it: mm:ss after `zero`, with a minus before it. */
export function sinceText(at: number, zero: number): string {
  // Rounded away from zero before it, so that 00:00 is written once and means T0.
  return at < zero ? `−${lengthText(zero - at + 999)}` : lengthText(at - zero)
}
