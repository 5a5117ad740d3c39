import type { PackageWish } from './messages'
import { PackageWriter } from './package_writer'
import { headerOf, sha256Hex, type ItemHeader, type SpoolFiles } from './spool_files'
import type { Attempt, Item, SpoolIndex } from './spool_index'

/** Nothing to put into a package: all of it is confirmed, or nothing is here. */
export class NothingToExport extends Error {
  override readonly name = 'NothingToExport'
}

/** This device never got the attempt's upload token, and a package without it proves nothing. */
export class NoUploadToken extends Error {
  override readonly name = 'NoUploadToken'
}

/** How many letters of an attempt's id tell it from the others, as in the names of receipts. */
const TAIL = 12

/**
 * Builds the package of an attempt: what the server has not confirmed, or all of it. Needs no network.
 *
 * One item at a time is in memory. The file is a blob made of one blob a record, which the browser moves to its own
 * scratch files as they come; a file in the spool would need the same space once more, there where it may be short, and
 * somebody to clear it away. A spool file that cannot be read is left out: what can be had is worth having.
 *
 * Throws `NothingToExport`, `NoUploadToken`.
 */
export async function exportPackage(
  attempt: Attempt,
  wish: PackageWish,
  index: SpoolIndex,
  files: SpoolFiles,
  nowMs: number,
): Promise<File> {
  if (attempt.uploadToken === null) throw new NoUploadToken(attempt.attemptId)
  let items = index.itemsOf(attempt.attemptId).filter((item) => wish.all || item.name.state !== 'done')
  // How many there are stands at the head of the file: one that turns out unreadable begins it anew.
  for (;;) {
    if (items.length === 0) throw new NothingToExport(attempt.attemptId)
    const made = await tryExport(attempt, wish, items, files, nowMs)
    if (made instanceof File) return made
    items = items.filter((item) => item !== made)
  }
}

/** The file, or the item that could not be read. */
async function tryExport(
  attempt: Attempt,
  wish: PackageWish,
  items: readonly Item[],
  files: SpoolFiles,
  nowMs: number,
): Promise<File | Item> {
  const header = {
    attempt_id: wish.of,
    device: [...attempt.kinds.values()].includes('phone') ? ('phone' as const) : ('computer' as const),
    made_ms: Math.round(nowMs),
    items: items.length,
    size: items.reduce((sum, item) => sum + item.name.size, 0),
  }
  const writer = await PackageWriter.open(wish.key, header, attempt.uploadToken!)
  for (const item of items) {
    const read = await contentOf(item, files)
    if (!read) return item
    await writer.add({ ...read.header, closure: item.name.closure }, read.bytes)
  }
  return writer.finish(`zhishi-package-${wish.of.slice(-TAIL)}.zhishi`)
}

/** Null where the file is damaged or gone. */
async function contentOf(
  item: Item,
  files: SpoolFiles,
): Promise<{ header: ItemHeader; bytes: Uint8Array<ArrayBuffer> } | null> {
  if (item.unsaved) return { header: headerOf(item.where, item.name, await sha256Hex(item.unsaved)), bytes: item.unsaved }
  try {
    return await files.read(item.where, item.name)
  } catch {
    return null
  }
}
