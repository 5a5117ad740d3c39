const FIRST_BYTES = 64 * 1024
const MOST_BYTES = 1024 * 1024
/** getRandomValues gives no more at once. */
const RANDOM_AT_ONCE = 65_536
/** The second upload shall take about this long, however fast or slow the line is. */
const AIM_MS = 1_500
const PATIENCE_MS = 20_000

/** Upload speed in Mbit/s, measured by sending random bytes that the server throws away. Throws when none arrive. */
export async function measureUpload(signal: AbortSignal): Promise<number> {
  const rough = await sent(FIRST_BYTES, signal)
  const size = Math.min(MOST_BYTES, Math.max(FIRST_BYTES, Math.round((FIRST_BYTES * AIM_MS) / rough)))
  const took = await sent(size, signal)
  return (size * 8) / took / 1_000
}

/** How long sending took, ms. */
async function sent(bytes: number, signal: AbortSignal): Promise<number> {
  const body = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at += RANDOM_AT_ONCE) crypto.getRandomValues(body.subarray(at, at + RANDOM_AT_ONCE))
  const began = performance.now()
  const response = await fetch('/api/v1/speed-test', {
    method: 'PUT',
    headers: { 'Content-Type': 'application/octet-stream' },
    body,
    cache: 'no-store',
    signal: AbortSignal.any?.([signal, AbortSignal.timeout(PATIENCE_MS)]) ?? signal,
  })
  if (!response.ok) throw new Error(`speed test: ${response.status}`)
  await response.json()
  return Math.max(1, performance.now() - began)
}
