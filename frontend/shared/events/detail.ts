/** What came with an event, made small and flat: the server refuses anything else, and the whole batch with it. */

type Plain = string | number | boolean | null

const VALUES_AT_MOST = 16
const KEY_AT_MOST = 40
const TEXT_AT_MOST = 300
// Half a surrogate pair is no text, and a database takes no zero character. (`toWellFormed` is newer than Chrome 109.)
const NO_TEXT = /[\0\p{Cs}]/gu

export function smallDetail(detail: Readonly<Record<string, unknown>> | null): Record<string, Plain> | null {
  if (!detail) return null
  const small: [string, Plain][] = []
  for (const [key, value] of Object.entries(detail)) {
    const plain = plainOf(value)
    if (plain !== undefined && small.length < VALUES_AT_MOST) small.push([textOf(key, KEY_AT_MOST), plain])
  }
  return Object.fromEntries(small)
}

/** Undefined: not a value that can be told. */
function plainOf(value: unknown): Plain | undefined {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string' || value instanceof Error) return textOf(String(value), TEXT_AT_MOST)
  return undefined
}

/** No longer than `atMost`, and nothing in it that is no text. Cut first: the cut itself may halve a pair. */
export function textOf(text: string, atMost: number): string {
  return text.slice(0, atMost).replace(NO_TEXT, '\uFFFD')
}
