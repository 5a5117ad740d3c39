import { NetworkFailure, readFailure, ROOT } from '@shared/api/client'
import type { PackageImport } from '../api'

/** Sends a package as it lies on the disk. `fetch` cannot tell how much of a body has gone; this can.
 *
 * Throws ApiFailure or NetworkFailure; null if `signal` called it off. */
export function sendPackage(file: File, sent: (bytes: number) => void, signal: AbortSignal): Promise<PackageImport | null> {
  return new Promise((resolve, reject) => {
    const asking = new XMLHttpRequest()
    asking.open('POST', `${ROOT}/packages`)
    asking.setRequestHeader('Accept', 'application/json')
    asking.setRequestHeader('Content-Type', 'application/octet-stream')
    asking.upload.onprogress = (event) => sent(event.loaded)
    asking.onload = () => resolve(read(asking))
    asking.onerror = () => reject(new NetworkFailure('unreachable'))
    asking.onabort = () => resolve(null)
    signal.addEventListener('abort', () => asking.abort(), { once: true })
    asking.send(file)
  })
}

async function read(asking: XMLHttpRequest): Promise<PackageImport> {
  const answer = new Response(asking.responseText, { status: asking.status })
  if (!answer.ok) throw await readFailure(answer)
  try {
    return (await answer.json()) as PackageImport
  } catch {
    throw new NetworkFailure('unreachable')
  }
}
