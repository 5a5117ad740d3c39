// Times that people type: wall-clock time of a named time zone, as `<input type="datetime-local">` writes it.

const formats = new Map<string, Intl.DateTimeFormat>()

/** Unix ms as "2026-05-16T14:03:22" in a time zone. */
export function zonedText(ms: number, timeZone: string): string {
  let format = formats.get(timeZone)
  if (!format) {
    const two = '2-digit'
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: two, day: two, hour: two, minute: two, second: two, hourCycle: 'h23' })
    formats.set(timeZone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]))
  return `${parts['year']}-${parts['month']}-${parts['day']}T${parts['hour']}:${parts['minute']}:${parts['second']}`
}

/** What somebody typed as Unix ms; null if it is no time. Of an hour that comes twice, when clocks go back, one is meant. */
export function zonedMs(text: string, timeZone: string): number | null {
  const asUtc = Date.parse(`${text}Z`)
  if (Number.isNaN(asUtc)) return null
  const offsetAt = (ms: number): number => Date.parse(`${zonedText(ms, timeZone)}Z`) - Math.floor(ms / 1000) * 1000
  // The offset depends on the moment that is looked for: the second look is at the right side of a change of clocks.
  return asUtc - offsetAt(asUtc - offsetAt(asUtc))
}
