import type { ClosureReason } from './messages'
import type { SpoolFiles } from './spool_files'
import { isOpen, type SpoolIndex } from './spool_index'
import type { SpoolWriter } from './spool_writer'

/** The lock that a recording page holds on its attempt, and that nobody else may pass while it lives. */
export function recorderLock(attemptId: string): string {
  return `zhishi.recorder.${attemptId}`
}

/**
 * Closes the epochs that a crash, a kill or a closed page left open, with the number of segments that were finished.
 * To be called only by who holds the attempt's recorder lock: an epoch without closure is then nobody's.
 * `closedMs` is when the page last said that it was closing (server time), to tell a closed page from a crash.
 */
export async function closeOrphans(
  attemptId: string,
  index: SpoolIndex,
  files: SpoolFiles,
  writer: SpoolWriter,
  closedMs: number | null,
): Promise<number> {
  await files.settleParts(attemptId)
  for await (const { where, item } of files.items(attemptId)) index.put(where, item)
  let closed = 0
  for (const epoch of [...index.attempt(attemptId).epochs.values()]) {
    if (!isOpen(epoch) || (!epoch.init && epoch.segments.size === 0)) continue
    const segments = Math.max(-1, ...epoch.segments.keys()) + 1
    const last = [...epoch.segments.values()].reduce((end, { name }) => Math.max(end, name.startMs + name.durationMs), 0)
    const saidGoodbye = closedMs !== null && closedMs >= Math.max(last, epoch.where.epoch)
    const reason: ClosureReason = saidGoodbye ? 'page_closed' : 'crashed'
    const name = { kind: 'closure' as const, seq: -1, startMs: epoch.where.epoch, durationMs: 0, size: 0 }
    await writer.add(
      epoch.where,
      { ...name, state: 'new', refusal: null, closure: { segments, reason } },
      new Uint8Array(),
    )
    closed += 1
  }
  return closed
}
