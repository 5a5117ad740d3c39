import type { ClosureReason, EpochName, Track } from './messages'

/**
 * The spool on disk, in the origin's private file system:
 * `zhishi-spool/<attempt>/<track>/<epoch>/<item>`, one file per item, pages of the logbook as those of a track, and `<attempt>/attempt.<n>-<tail>` with its token.
 * A file is written whole under `.part`, flushed, closed and only then given its name, so a name without `.part` is
 * always a whole file. The name says all that a listing must know, the state last; changing the state is one rename.
 * Inside, a JSON header with the digest precedes the bytes, so a file explains itself wherever it is carried.
 */

export type ItemState = 'new' | 'done' | 'refused'

export interface ItemName {
  /** `page`: of the recorder's logbook. */
  kind: 'init' | 'segment' | 'closure' | 'page'
  /** −1 for an init and for a closure. */
  seq: number
  startMs: number
  durationMs: number
  size: number
  state: ItemState
  /** The server's error code, when refused. */
  refusal: string | null
  closure: { segments: number; reason: ClosureReason } | null
}

export interface ItemHeader {
  attempt_id: string
  track_id: string
  epoch: number
  kind: ItemName['kind']
  seq: number
  start_ms: number
  duration_ms: number
  size: number
  sha256: string
}

export interface AttemptCard {
  attempt_id: string
  upload_token: string
  tracks: Track[]
}

/**
 * Where the pages of a recorder's logbook lie in an attempt's folder, beside its tracks. The epoch of such a place is
 * the start of the recorder, and a page is an item of it like a segment: on disk first, then sent until it is taken.
 */
export const LOGBOOK = 'logbook'

const ROOT = 'zhishi-spool'
const MAGIC = 0x5a535031 // "ZSP1"
const PART = '.part'
const CARD = 'attempt.'

/** `move` gives a file another name in one step; browsers have it, TypeScript's DOM types do not yet. */
interface MovableHandle extends FileSystemFileHandle {
  move(name: string): Promise<void>
}

export function fileName(item: ItemName): string {
  const state = item.refusal ? `refused-${item.refusal}` : item.state
  if (item.kind === 'closure') return `closure.${item.closure!.segments}.${item.closure!.reason}.${item.startMs}.${state}`
  if (item.kind === 'init') return `init.${item.startMs}.${item.size}.${state}`
  if (item.kind === 'page') return `page.${String(item.seq).padStart(6, '0')}.${item.startMs}.${item.size}.${state}`
  return `segment.${String(item.seq).padStart(6, '0')}.${item.startMs}.${item.durationMs}.${item.size}.${state}`
}

export function parseFileName(name: string): ItemName | null {
  const parts = name.split('.')
  const label = parts.at(-1) ?? ''
  const refusal = label.startsWith('refused-') ? label.slice('refused-'.length) : null
  const state = refusal ? 'refused' : label
  if (state !== 'new' && state !== 'done' && state !== 'refused') return null
  const number = (index: number): number => Number(parts[index])
  const base = { seq: -1, durationMs: 0, state: state as ItemState, refusal, closure: null }
  if (parts[0] === 'init' && parts.length === 4) {
    return { ...base, kind: 'init', startMs: number(1), size: number(2) }
  }
  if (parts[0] === 'page' && parts.length === 5) {
    return { ...base, kind: 'page', seq: number(1), startMs: number(2), size: number(3) }
  }
  if (parts[0] === 'closure' && parts.length === 5) {
    const closure = { segments: number(1), reason: parts[2] as ClosureReason }
    return { ...base, kind: 'closure', startMs: number(3), size: 0, closure }
  }
  if (parts[0] === 'segment' && parts.length === 6) {
    return { ...base, kind: 'segment', seq: number(1), startMs: number(2), durationMs: number(3), size: number(4) }
  }
  return null
}

export class SpoolFiles {
  private readonly epochs = new Map<string, FileSystemDirectoryHandle>()
  private readonly cards = new Map<string, AttemptCard>()

  /** Writes one item whole. Throws what the file system throws (`QuotaExceededError` …); nothing half is left named. */
  async write(where: EpochName, item: ItemName, sha256: string, bytes: Uint8Array): Promise<void> {
    const file = packed(headerOf(where, item, sha256), bytes)
    await this.inEpoch(where, (directory) => writeWhole(directory, fileName(item), file), true)
  }

  /** An item's header and bytes, read back from the disk. */
  async read(where: EpochName, item: ItemName): Promise<{ header: ItemHeader; bytes: Uint8Array<ArrayBuffer> }> {
    const whole = await this.inEpoch(where, async (directory) => {
      const file = await (await directory.getFileHandle(fileName(item))).getFile()
      return new Uint8Array(await file.arrayBuffer())
    })
    const unpacked = unpack(whole)
    if (!unpacked) throw new Error(`spool file is damaged: ${fileName(item)}`)
    return unpacked
  }

  /** Renames an item to the state that `to` has. */
  async rename(where: EpochName, from: ItemName, to: ItemName): Promise<void> {
    await this.inEpoch(where, async (directory) => {
      const handle = (await directory.getFileHandle(fileName(from))) as MovableHandle
      await handle.move(fileName(to))
    })
  }

  async attempts(): Promise<string[]> {
    const names: string[] = []
    for await (const [name, handle] of await this.rootDirectory()) if (handle.kind === 'directory') names.push(name)
    return names
  }

  /** Every item of an attempt; `.part` files are not items. */
  async *items(attemptId: string): AsyncGenerator<{ where: EpochName; item: ItemName }> {
    for await (const [where, directory] of this.epochsOf(attemptId)) {
      for await (const name of directory.keys()) {
        const item = parseFileName(name)
        if (item) yield { where, item }
      }
    }
  }

  /** An item under whatever name it has now, or null where there is none. */
  async find(where: EpochName, { kind, seq }: Pick<ItemName, 'kind' | 'seq'>): Promise<ItemName | null> {
    try {
      return await this.inEpoch(where, async (directory) => {
        for await (const name of directory.keys()) {
          const item = parseFileName(name)
          if (item?.kind === kind && item.seq === seq) return item
        }
        return null
      })
    } catch (failure) {
      if (isMissing(failure)) return null
      throw failure
    }
  }

  /**
   * Clears the `.part` files that a crash left. One that is whole (the crash came between its closing and its naming)
   * gets its name, the others go. Only for attempts that nobody is recording.
   */
  async settleParts(attemptId: string): Promise<void> {
    for await (const [, directory] of this.epochsOf(attemptId)) {
      const parts: string[] = []
      for await (const name of directory.keys()) if (name.endsWith(PART)) parts.push(name)
      for (const part of parts) await settlePart(directory, part)
    }
  }

  /** Deletes everything of an attempt. Only for attempts that nobody is recording. */
  async remove(attemptId: string): Promise<void> {
    this.forget(attemptId)
    try {
      await (await this.rootDirectory()).removeEntry(attemptId, { recursive: true })
    } catch (failure) {
      if (!isMissing(failure)) throw failure
    }
  }

  /** Another tab deleted an attempt: what was remembered of its folder is worth nothing. */
  forget(attemptId: string): void {
    this.cards.delete(attemptId)
    for (const key of this.epochs.keys()) if (key.startsWith(`${attemptId}/`)) this.epochs.delete(key)
  }

  async readCard(attemptId: string): Promise<AttemptCard | null> {
    const directory = await (await this.rootDirectory()).getDirectoryHandle(attemptId, { create: true })
    const newest = (await cardNames(directory)).at(-1)
    if (!newest) return null
    try {
      const file = await (await directory.getFileHandle(newest)).getFile()
      return JSON.parse(await file.text()) as AttemptCard
    } catch {
      return null
    }
  }

  async writeCard(card: AttemptCard): Promise<void> {
    this.cards.set(card.attempt_id, card)
    const directory = await (await this.rootDirectory()).getDirectoryHandle(card.attempt_id, { create: true })
    const before = await cardNames(directory)
    const next = parseInt(before.at(-1)?.slice(CARD.length) ?? '0', 10) + 1
    const bytes = new TextEncoder().encode(JSON.stringify(card))
    // Two tabs may write at once: the random tail keeps their files apart.
    const tail = crypto.randomUUID().slice(0, 8)
    await writeWhole(directory, `${CARD}${String(next).padStart(6, '0')}-${tail}`, bytes)
    for (const name of before) await directory.removeEntry(name).catch(() => {})
  }

  /** Never kept: a handle stays dead when the site's data was cleared, though the directory can be made again. */
  private async rootDirectory(): Promise<FileSystemDirectoryHandle> {
    return (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, { create: true })
  }

  /** Does something in an epoch's directory; what is not found is looked for once more with fresh handles. Only who
   *  writes makes the directory: reading what was deleted must not bring its folder back. */
  private async inEpoch<T>(
    where: EpochName,
    work: (directory: FileSystemDirectoryHandle) => Promise<T>,
    create = false,
  ): Promise<T> {
    try {
      return await work(await this.epochDirectory(where, create))
    } catch (failure) {
      if (!isMissing(failure)) throw failure
      this.epochs.clear()
      const result = await work(await this.epochDirectory(where, create))
      // What was written again after a clearing needs its token beside it, or no later page could send it.
      const card = this.cards.get(where.attemptId)
      if (card) await this.writeCard(card).catch(() => {})
      return result
    }
  }

  private async epochDirectory({ attemptId, trackId, epoch }: EpochName, create: boolean): Promise<FileSystemDirectoryHandle> {
    const key = `${attemptId}/${trackId}/${epoch}`
    const known = this.epochs.get(key)
    if (known) return known
    const attempt = await (await this.rootDirectory()).getDirectoryHandle(attemptId, { create })
    const track = await attempt.getDirectoryHandle(trackId, { create })
    const directory = await track.getDirectoryHandle(String(epoch), { create })
    this.epochs.set(key, directory)
    return directory
  }

  private async *epochsOf(attemptId: string): AsyncGenerator<[EpochName, FileSystemDirectoryHandle]> {
    const root = await this.rootDirectory()
    const attempt = await root.getDirectoryHandle(attemptId).catch((failure: unknown) => {
      if (isMissing(failure)) return null
      throw failure
    })
    if (!attempt) return
    for await (const [trackId, track] of attempt) {
      if (track.kind !== 'directory') continue
      for await (const [epoch, directory] of track as FileSystemDirectoryHandle) {
        if (directory.kind !== 'directory' || !/^\d+$/.test(epoch)) continue
        yield [{ attemptId, trackId, epoch: Number(epoch) }, directory as FileSystemDirectoryHandle]
      }
    }
  }
}

function isMissing(failure: unknown): boolean {
  return failure instanceof DOMException && failure.name === 'NotFoundError'
}

async function cardNames(directory: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = []
  for await (const name of directory.keys()) if (name.startsWith(CARD) && !name.endsWith(PART)) names.push(name)
  return names.sort()
}

async function writeWhole(directory: FileSystemDirectoryHandle, name: string, bytes: Uint8Array): Promise<void> {
  const handle = (await directory.getFileHandle(name + PART, { create: true })) as MovableHandle
  const file = await handle.createSyncAccessHandle()
  try {
    file.truncate(0)
    const written = file.write(bytes as Uint8Array<ArrayBuffer>, { at: 0 })
    if (written !== bytes.length) throw new DOMException(`${written} of ${bytes.length} bytes`, 'QuotaExceededError')
    file.flush()
  } finally {
    file.close()
  }
  await handle.move(name)
}

async function settlePart(directory: FileSystemDirectoryHandle, part: string): Promise<void> {
  try {
    const handle = (await directory.getFileHandle(part)) as MovableHandle
    const unpacked = unpack(new Uint8Array(await (await handle.getFile()).arrayBuffer()))
    const whole = unpacked && (await sha256Hex(unpacked.bytes)) === unpacked.header.sha256
    if (whole) await handle.move(part.slice(0, -PART.length))
    else await directory.removeEntry(part)
  } catch {
    // Locked by a tab that is still closing: the next opening of the spool finds it again.
  }
}

/** The header that stands before an item's bytes. */
export function headerOf({ attemptId, trackId, epoch }: EpochName, item: ItemName, sha256: string): ItemHeader {
  const { kind, seq, startMs, durationMs, size } = item
  const place = { attempt_id: attemptId, track_id: trackId, epoch }
  return { ...place, kind, seq, start_ms: startMs, duration_ms: durationMs, size, sha256 }
}

function packed(header: ItemHeader, bytes: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const file = new Uint8Array(8 + text.length + bytes.length)
  const view = new DataView(file.buffer)
  view.setUint32(0, MAGIC)
  view.setUint32(4, text.length)
  file.set(text, 8)
  file.set(bytes, 8 + text.length)
  return file
}

function unpack(file: Uint8Array<ArrayBuffer>): { header: ItemHeader; bytes: Uint8Array<ArrayBuffer> } | null {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (file.length < 8 || view.getUint32(0) !== MAGIC) return null
  const length = view.getUint32(4)
  if (file.length < 8 + length) return null
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as ItemHeader
  const bytes = file.slice(8 + length)
  return bytes.length === header.size ? { header, bytes } : null
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
