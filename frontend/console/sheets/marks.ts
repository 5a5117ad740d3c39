import type { ElementView } from '../api'

// Marks are exact decimals on a grid, as text (the server counts in decimals too): 21.5, never 21.499999.

export type MarkProblem = 'not_a_number' | 'out_of_range' | 'off_the_grid'

export interface MarkReading {
  /** The mark as it is sent, null where there is none. Empty is not zero. */
  mark: string | null
  problem: MarkProblem | null
}

const decimals = (text: string): number => text.split('.')[1]?.length ?? 0

/** The grid of an element in whole numbers: `scale` of them make one mark. */
function grid(element: ElementView, step: string): { scale: number; step: number; maximum: number; places: number } {
  const places = Math.max(decimals(step), decimals(element.maximum))
  const scale = 10 ** places
  return { scale, places, step: Math.round(Number(step) * scale), maximum: Math.round(Number(element.maximum) * scale) }
}

/** Digits and point, also as an input method or another keyboard writes them; letters are the player's keys, no marks. */
export function onlyDigits(text: string): string {
  return text
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/[．。，,]/g, '.')
    .replace(/[^\d.]/g, '')
}

export function readMark(text: string, element: ElementView, step: string): MarkReading {
  const written = onlyDigits(text)
  if (written === '') return { mark: null, problem: null }
  if (!/^\d{1,4}(\.\d{0,4})?$/.test(written)) return { mark: null, problem: 'not_a_number' }
  const { scale, step: unit, maximum, places } = grid(element, step)
  const value = Number(written) * scale
  if (value > maximum) return { mark: null, problem: 'out_of_range' }
  if (Math.abs(value - Math.round(value)) > 1e-9 || Math.round(value) % unit !== 0) return { mark: null, problem: 'off_the_grid' }
  return { mark: (Math.round(value) / scale).toFixed(places), problem: null }
}

/** One step up or down. From nothing, up begins at the bottom and down at the top. */
export function stepMark(mark: string | null, by: 1 | -1, element: ElementView, step: string): string {
  const { scale, step: unit, maximum, places } = grid(element, step)
  const write = (value: number): string => (value / scale).toFixed(places)
  if (mark === null) return write(by > 0 ? 0 : maximum)
  return write(Math.min(maximum, Math.max(0, Math.round(Number(mark) * scale) + by * unit)))
}

/** Which band a mark lies in: the best whose lower end it reaches. -1 without a mark. */
export function bandOf(mark: string | null, element: ElementView): number {
  if (mark === null) return -1
  return (element.bands ?? []).findIndex((band) => Number(mark) >= Number(band.from))
}

/** The sum of the marks given, written with as many places as they have; null if there is none. */
export function sumOf(marks: readonly (string | null)[]): string | null {
  const given = marks.filter((mark) => mark !== null)
  if (given.length === 0) return null
  const places = Math.max(...given.map(decimals))
  return (given.reduce((sum, mark) => sum + Math.round(Number(mark) * 10 ** places), 0) / 10 ** places).toFixed(places)
}
