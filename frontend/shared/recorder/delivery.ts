import type { Item } from './spool_index'

/** What became of one attempt to hand an item to the server. */
export type Outcome =
  | { type: 'confirmed'; missing: number[] }
  /** The bytes did not come as they were written: damaged on the way, or on the disk. A fresh copy may do. */
  | { type: 'damaged'; code: string }
  /** The server will never take this item. */
  | { type: 'refused'; code: string }
  /** The token or the track is wrong: nothing of this attempt will be taken until the page learns better. */
  | { type: 'unauthorised'; code: string }
  /** Something that is not our server answered (a captive portal, a proxy): tried again after a while. */
  | { type: 'unclear'; code: string }
  | { type: 'later'; code: string; busy: boolean; network: boolean; retryAfterMs: number | null }

const API = '/api/v1'
const PATIENCE_MS = 15_000
/** The slowest uplink that is still waited for: 8 KB/s, a bad mobile connection. */
const SLOWEST_BYTES_PER_MS = 8

/** What the server says when it got other bytes, or another header, than were sent. */
const DAMAGE = new Set(['digest_mismatch', 'digest_missing'])

/** Sends one item and reads the answer. Never throws. */
export async function deliver(item: Item, token: string, bytes: Uint8Array<ArrayBuffer>): Promise<Outcome> {
  const { path, init } = request(item, bytes)
  const headers = new Headers(init.headers)
  headers.set('Authorization', `Bearer ${token}`)
  const signal = AbortSignal.timeout(PATIENCE_MS + bytes.length / SLOWEST_BYTES_PER_MS)
  try {
    const manner = { credentials: 'omit', cache: 'no-store', redirect: 'error', signal } as const
    const answer = await fetch(API + path, { ...init, headers, ...manner })
    return await outcomeOf(answer, item)
  } catch (failure) {
    const code = failure instanceof Error ? failure.name : 'network'
    return { type: 'later', code, busy: false, network: true, retryAfterMs: null }
  }
}

function request({ where, name, sha256 }: Item, body: Uint8Array<ArrayBuffer>): { path: string; init: RequestInit } {
  const epoch = `/tracks/${encodeURIComponent(where.trackId)}/epochs/${where.epoch}`
  if (name.kind === 'closure') {
    const closure = JSON.stringify(name.closure)
    return {
      path: `${epoch}/closure`,
      init: { method: 'POST', body: closure, headers: { 'Content-Type': 'application/json' } },
    }
  }
  const digest = { 'Content-Digest': `sha-256=:${base64OfHex(sha256!)}:` }
  if (name.kind === 'page') {
    const headers = { ...digest, 'Content-Type': 'application/json' }
    return { path: `/logbooks/${where.epoch}/pages/${name.seq}`, init: { method: 'PUT', body, headers } }
  }
  const headers: Record<string, string> = {
    ...digest,
    'Content-Type': 'video/mp4',
    'Segment-Start': String(name.startMs),
  }
  if (name.kind === 'segment') headers['Segment-Duration'] = String(name.durationMs)
  const path = name.kind === 'init' ? `${epoch}/init` : `${epoch}/segments/${name.seq}`
  return { path, init: { method: 'PUT', body, headers } }
}

async function outcomeOf(answer: Response, item: Item): Promise<Outcome> {
  const { status } = answer
  const body = (await answer.json().catch(() => null)) as Answer | null
  if (answer.ok) return isReceipt(body, item) ? { type: 'confirmed', missing: body?.missing ?? [] } : unclear(status)
  const code = codeOf(body) ?? `http_${status}`
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { type: 'later', code, busy: true, network: false, retryAfterMs: retryAfterMs(answer) }
  }
  if (codeOf(body) === null) return unclear(status)
  if (DAMAGE.has(code)) return { type: 'damaged', code }
  return { type: status === 401 || status === 403 || status === 404 ? 'unauthorised' : 'refused', code }
}

interface Answer {
  sha256?: string
  epoch?: number
  missing?: number[]
  error?: { code?: string }
}

/** Only an answer that names what was sent is a receipt; any proxy can say 200. */
function isReceipt(body: Answer | null, { name, where, sha256 }: Item): boolean {
  return name.kind === 'closure' ? body?.epoch === where.epoch : body?.sha256 === sha256
}

function unclear(status: number): Outcome {
  return { type: 'unclear', code: `http_${status}` }
}

/** The server's error code. It becomes part of a file name: nothing but what codes are made of. */
function codeOf(body: Answer | null): string | null {
  const code = body?.error?.code
  return typeof code === 'string' ? code.replace(/[^a-z0-9_]/g, '_') : null
}

/** RFC 9110: seconds, or an HTTP date (taken against the server's own Date header, not the device's clock). */
function retryAfterMs(answer: Response): number | null {
  const value = answer.headers.get('Retry-After')
  if (value === null) return null
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000
  const served = Date.parse(answer.headers.get('Date') ?? '')
  const wait = Date.parse(value) - (Number.isNaN(served) ? Date.now() : served)
  return Number.isNaN(wait) ? null : Math.max(0, wait)
}

function base64OfHex(hex: string): string {
  const bytes = hex.match(/../g)!.map((pair) => String.fromCharCode(parseInt(pair, 16)))
  return btoa(bytes.join(''))
}
