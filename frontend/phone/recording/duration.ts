import { lengthText } from '@shared/time/lengths'

/** 00:41:06: on this page the hours always stand, so that nobody takes minutes for hours across the room. */
export function durationText(ms: number): string {
  const hours = Math.floor(Math.max(0, ms) / 3_600_000)
  return `${String(hours).padStart(2, '0')}:${lengthText(Math.max(0, ms) - hours * 3_600_000)}`
}
