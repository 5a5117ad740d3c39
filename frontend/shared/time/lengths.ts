// How times and lengths are written. Times of day are in the exam's time zone, never the device's.

const SECOND = 1000
const DAY = 86_400_000

const formats = new Map<string, Intl.DateTimeFormat>()

function format(timeZone: string | undefined, locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${timeZone ?? ''}|${locale}|${JSON.stringify(options)}`
  let found = formats.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { ...options, ...(timeZone ? { timeZone } : {}) })
    formats.set(key, found)
  }
  return found
}

/** 14:03:22 */
export function clockText(ms: number, timeZone?: string): string {
  return format(timeZone, 'en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(ms)
}

/** 14:03 */
export function minuteText(ms: number, timeZone?: string): string {
  return format(timeZone, 'en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms)
}

/** 14:03, with seconds only when they are not zero: a sitting that starts at 14:03:20 must not be announced for 14:03. */
export function exactText(ms: number, timeZone?: string): string {
  return ms % 60_000 < SECOND ? minuteText(ms, timeZone) : clockText(ms, timeZone)
}

/** 5月16日 · 16 May */
export function dateText(ms: number, timeZone: string | undefined, locale: string): string {
  return locale === 'en'
    ? format(timeZone, 'en-GB', { day: 'numeric', month: 'short' }).format(ms)
    : format(timeZone, 'zh-CN', { month: 'long', day: 'numeric' }).format(ms)
}

/** 05-16 14:03, as in a watermark. */
export function stampText(ms: number, timeZone?: string): string {
  const parts = format(timeZone, 'en-GB', { month: '2-digit', day: '2-digit' }).formatToParts(ms)
  const part = (type: string): string => parts.find((p) => p.type === type)?.value ?? ''
  return `${part('month')}-${part('day')} ${minuteText(ms, timeZone)}`
}

/** A length as mm:ss, from 100 minutes on as h:mm:ss. Rounds down: a sum never claims a second that is not there. */
export function lengthText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND))
  const two = (n: number): string => String(n).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 100) return `${two(minutes)}:${two(seconds % 60)}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}

/** Time left as whole days and a clock; rounds up, so that 00:00 appears at the very moment. */
export function timeLeft(ms: number): { days: number; text: string } {
  const whole = Math.max(0, Math.ceil(ms / SECOND)) * SECOND
  const days = Math.floor(whole / DAY)
  return { days, text: lengthText(whole - days * DAY) }
}
