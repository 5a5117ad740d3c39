import type { MadePackage, PackageWish } from './messages'
import { PackageWriter } from './package_writer'
import { headerOf, sha256Hex, type ItemHeader, type ItemName, type SpoolFiles } from './spool_files'
import type { Attempt, Item, SpoolIndex } from './spool_index'

/** Nothing to put into a package: all of it is confirmed, or nothing is here. */
export class NothingToExport extends Error {
  override readonly name = 'NothingToExport'
}

/** There is something, and none of it can be read from this device's disk. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** This device never got the attempt's upload token, and a package without it proves nothing. */
export class NoUploadToken extends Error {
  override readonly name = 'NoUploadToken'
}

/** How many letters of an attempt's id tell it from the others, as in the names of receipts. */
const TAIL = 12
/** How often a file is looked for that is being given another name: new, confirmed, and wanted again. */
const TRIES = 3

/**
 * Builds the package of an attempt: what the server has not confirmed, or all of it. Needs no network.
 *
 * One item at a time is in memory. The file is a blob made of one blob a record, which the browser moves to its own
 * scratch files as they come; a file in the spool would need the same space once more, there where it may be short, and
 * somebody to clear it away. A spool file that cannot be read is left out and counted: what can be had is worth having.
 *
 * Throws `NothingToExport`, `Unreadable`, `NoUploadToken`.
 */
export async function exportPackage(
  attempt: Attempt,
  wish: PackageWish,
  index: SpoolIndex,
  files: SpoolFiles,
  nowMs: number,
): Promise<MadePackage> {
  if (attempt.uploadToken === null) throw new NoUploadToken(attempt.attemptId)
  const held = index.itemsOf(attempt.attemptId).filter((item) => !item.dropped)
  const wanted = held.filter((item) => wish.all || item.name.state !== 'done')
  if (wanted.length === 0) throw new NothingToExport(attempt.attemptId)
  let items = wanted
  // How many there are stands at the head of the file: one that turns out unreadable begins it anew.
  while (items.length > 0) {
    const made = await tryExport(attempt, wish, items, files, nowMs)
    if (made instanceof File) return { file: made, leftOut: wanted.length - items.length }
    items = items.filter((item) => item !== made)
  }
  throw new Unreadable(attempt.attemptId)
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

/** Null where the file is damaged or gone. One that is given another name at this moment is found under that. */
async function contentOf(
  item: Item,
  files: SpoolFiles,
): Promise<{ header: ItemHeader; bytes: Uint8Array<ArrayBuffer> } | null> {
  if (item.unsaved) return { header: headerOf(item.where, item.name, await sha256Hex(item.unsaved)), bytes: item.unsaved }
  let name: ItemName | null = item.name
  for (let tries = 0; name && tries < TRIES; tries += 1) {
    try {
      return await files.read(item.where, name)
    } catch (failure) {
      // Only what the file system says may be otherwise in a moment; damaged stays damaged.
      if (!(failure instanceof DOMException)) return null
      name = await files.find(item.where, item.name)
    }
  }
  return null
}
