import { request } from '../api/client'
import type { PackageKey } from '../api/types'
import { recallParsed, remember } from './memory'

// The house's public key, fetched while there is a network and kept for when there is none: a package is wanted then.

const KEPT_AT = 'zhishi.package-key'
/** Who waits for it stands before a button. */
const PATIENCE_MS = 5_000

/** The server's key, or the one that this browser got last; null where it never got one. */
export async function packageKey(): Promise<PackageKey | null> {
  try {
    const key = await request<PackageKey>('GET', '/packages/key', { timeoutMs: PATIENCE_MS })
    remember(KEPT_AT, JSON.stringify(key))
    return key
  } catch {
    return keptKey()
  }
}

function keptKey(): PackageKey | null {
  const kept = recallParsed(KEPT_AT) as Partial<PackageKey> | null
  return typeof kept?.id === 'string' && typeof kept.public === 'string' ? { id: kept.id, public: kept.public } : null
}
