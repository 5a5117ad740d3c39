import type { EpochName, FromSpoolPort, ToSpoolPort } from './messages'
import { sha256Hex, type ItemName, type SpoolFiles } from './spool_files'
import type { Item, SpoolIndex } from './spool_index'

export interface WriterEvents {
  onWritten(item: Item): void
  onFailure(failure: unknown): void
}

const RETRY_MS = 5_000

/**
 * Puts what the tracks finish on disk, in the order in which it comes. What the disk refuses stays in memory, is sent
 * from there, and is offered to the disk again until it takes it: while the page lives nothing finished is lost.
 */
export class SpoolWriter {
  private work: Promise<void> = Promise.resolve()
  private readonly unsaved = new Set<Item>()

  constructor(
    private readonly index: SpoolIndex,
    private readonly files: SpoolFiles,
    private readonly events: WriterEvents,
  ) {
    setInterval(() => this.retry(), RETRY_MS)
  }

  get unsavedCount(): number {
    return this.unsaved.size
  }

  /** Listens to one track's port for as long as it lives. */
  listen(port: MessagePort): void {
    port.onmessage = ({ data }: MessageEvent<ToSpoolPort>) => {
      void this.add(data.name, itemOf(data), 'bytes' in data ? data.bytes : new Uint8Array()).then(() => {
        const closed: FromSpoolPort = { type: 'closed' }
        if (data.type === 'closure') port.postMessage(closed)
      })
    }
  }

  /** Spools one item; resolves when it is on disk or, failing that, safe in memory. */
  add(where: EpochName, name: ItemName, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const digest = sha256Hex(bytes)
    this.work = this.work.then(async () => {
      const sha256 = await digest
      const failure = await this.tryWrite(where, name, sha256, bytes)
      const item = this.index.put(where, name, failure === null ? null : bytes, sha256)
      if (failure !== null) {
        this.unsaved.add(item)
        this.events.onFailure(failure)
      }
      this.events.onWritten(item)
    })
    return this.work
  }

  private retry(): void {
    if (this.unsaved.size === 0) return
    this.work = this.work.then(async () => {
      for (const item of [...this.unsaved]) {
        const failure = await this.tryWrite(item.where, item.name, item.sha256!, item.unsaved!)
        if (failure !== null) return
        this.unsaved.delete(item)
        this.index.put(item.where, item.name)
        this.events.onWritten(item)
      }
    })
  }

  private async tryWrite(
    where: EpochName,
    name: ItemName,
    sha256: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<unknown> {
    try {
      await this.files.write(where, name, sha256, bytes)
      return null
    } catch (failure) {
      return failure ?? new Error('spool')
    }
  }
}

function itemOf(message: ToSpoolPort): ItemName {
  const base = { seq: -1, durationMs: 0, state: 'new' as const, refusal: null, closure: null }
  if (message.type === 'closure') {
    const closure = { segments: message.segments, reason: message.reason }
    return { ...base, kind: 'closure', startMs: message.name.epoch, size: 0, closure }
  }
  const { startMs, bytes } = message
  if (message.type === 'init') return { ...base, kind: 'init', startMs, size: bytes.length }
  return { ...base, kind: 'segment', seq: message.seq, startMs, durationMs: message.durationMs, size: bytes.length }
}
