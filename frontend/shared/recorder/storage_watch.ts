import type { SpoolStorage } from './messages'

/** A line for the logbook about the disk. */
export interface StorageChange {
  kind: 'spool_quota_low' | 'spool_failed' | 'spool_mended'
  detail: Record<string, number | string | null>
}

/**
 * Tells what a logbook has to say of the disk: once when room gets short, when the disk fails, and when it takes things
 * again. A recorder that begins with a full disk tells so at once, whenever the disk filled up.
 */
export class StorageWatch {
  private low = false
  private failing = false

  judge({ low, failing, unsaved, usageBytes, quotaBytes }: SpoolStorage): StorageChange[] {
    const changes: StorageChange[] = []
    if (low && !this.low) {
      const free = usageBytes === null || quotaBytes === null ? null : quotaBytes - usageBytes
      changes.push({ kind: 'spool_quota_low', detail: { free_bytes: free, quota_bytes: quotaBytes } })
    }
    if (failing !== null && !this.failing) changes.push({ kind: 'spool_failed', detail: { error: failing, unsaved } })
    if (failing === null && this.failing) changes.push({ kind: 'spool_mended', detail: {} })
    this.low = low
    this.failing = failing !== null
    return changes
  }
}
