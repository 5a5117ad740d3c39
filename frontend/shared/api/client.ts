// One way to talk to the server. Every failure is one of two kinds, and both can be said in words:
// the server answered with a typed error (ApiFailure), or no answer came (NetworkFailure).

export interface BothLanguages {
  zh: string
  en: string
}

export class ApiFailure extends Error {
  override readonly name = 'ApiFailure'
  constructor(
    readonly status: number,
    readonly code: string,
    readonly words: BothLanguages,
    readonly detail: Readonly<Record<string, unknown>>,
    readonly reference: string | null,
    /** Seconds the server asked to wait (Retry-After), if it did. */
    readonly retryAfterS: number | null,
  ) {
    super(`${status} ${code}`)
  }
}

export class NetworkFailure extends Error {
  override readonly name = 'NetworkFailure'
  constructor(readonly reason: 'unreachable' | 'timeout') {
    super(reason)
  }
}

export type Failure = ApiFailure | NetworkFailure

export interface RequestOptions {
  json?: unknown
  form?: FormData
  /** Bearer token, for the routes that live longer than the login. */
  token?: string | null
  signal?: AbortSignal
  timeoutMs?: number
}

export const ROOT = '/api/v1'
const DEFAULT_TIMEOUT_MS = 15_000

/** Asks the server and returns the parsed body (undefined for 204). Throws ApiFailure or NetworkFailure only. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(method, path, options)
  if (!response.ok) throw await readFailure(response)
  if (response.status === 204) return undefined as T
  try {
    return (await response.json()) as T
  } catch {
    // A 200 whose body is cut off is a broken connection, not an answer.
    throw new NetworkFailure('unreachable')
  }
}

/** Fetches a file, under the name that the server gives it. Throws as `request` does. */
export async function requestFile(path: string): Promise<File> {
  const response = await send('GET', path, {})
  if (!response.ok) throw await readFailure(response)
  const name = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? path.split('/').pop()!
  try {
    return new File([await response.blob()], name)
  } catch {
    throw new NetworkFailure('unreachable')
  }
}

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  options.signal?.addEventListener('abort', () => abort.abort(), { once: true })
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (options.json !== undefined) headers['Content-Type'] = 'application/json'
  if (options.token) headers['Authorization'] = `Bearer ${options.token}`
  try {
    return await fetch(ROOT + path, {
      method,
      headers,
      body: options.json !== undefined ? JSON.stringify(options.json) : (options.form ?? null),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: abort.signal,
    })
  } catch {
    throw new NetworkFailure(abort.signal.aborted ? 'timeout' : 'unreachable')
  } finally {
    clearTimeout(timer)
  }
}

/** What an answer says that is no success. */
export async function readFailure(response: Response): Promise<Failure> {
  const after = Number(response.headers.get('Retry-After'))
  const retryAfterS = Number.isFinite(after) && after > 0 ? after : null
  const body: unknown = await response.json().catch(() => null)
  const error = (body as { error?: Record<string, unknown> } | null)?.error
  if (!error || typeof error['code'] !== 'string') {
    // A proxy or a server that is starting answers without our words: for the reader that is "no answer".
    if (response.status >= 502) return new NetworkFailure('unreachable')
    return new ApiFailure(response.status, `http_${response.status}`, { zh: '', en: '' }, {}, null, retryAfterS)
  }
  return new ApiFailure(
    response.status,
    error['code'],
    readWords(error['message']),
    (error['detail'] as Record<string, unknown> | null) ?? {},
    typeof error['reference'] === 'string' ? error['reference'] : null,
    retryAfterS,
  )
}

function readWords(message: unknown): BothLanguages {
  const words = message as Partial<BothLanguages> | null | undefined
  return { zh: words?.zh ?? '', en: words?.en ?? '' }
}

/** True for an ApiFailure with this code; narrows. */
export function failedWith<Code extends string>(failure: unknown, code: Code): failure is ApiFailure & { code: Code } {
  return failure instanceof ApiFailure && failure.code === code
}

/** Whatever was thrown, as something that can be shown. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof ApiFailure || thrown instanceof NetworkFailure) return thrown
  throw thrown
}
