import type { EpochName, FromSpoolPort, ToSpoolPort } from './messages'
import { sha256Hex, type ItemName, type SpoolFiles } from './spool_files'
import type { Item, SpoolIndex } from './spool_index'

export interface WriterEvents {
  onWritten(item: Item): void
  onFailure(failure: unknown): void
}

const RETRY_MS = 5_000
/** What waits for the disk in memory may take about this much, some ten minutes of recording. */
const MEMORY_BYTES = 64e6

/**
 * Puts what the tracks finish on disk, in the order in which it comes. What the disk refuses stays in memory, is sent
 * from there, and is offered to the disk again until it takes it: while the page lives nothing finished is lost. Where
 * memory runs short as well, what the server has confirmed gives way to what it has not.
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
        this.shed()
        this.events.onFailure(failure)
      }
      this.events.onWritten(item)
    })
    return this.work
  }

  /** Deletes an attempt from the disk, so that nothing that still waits for the disk brings it back. */
  remove(attemptId: string): Promise<void> {
    this.forget(attemptId)
    const removed = this.work.then(() => this.files.remove(attemptId))
    this.work = removed.catch(() => {})
    return removed
  }

  /** Another tab deleted an attempt. */
  forget(attemptId: string): void {
    for (const item of this.unsaved) if (item.where.attemptId === attemptId) this.unsaved.delete(item)
  }

  private retry(): void {
    if (this.unsaved.size === 0) return
    this.work = this.work.then(async () => {
      for (const item of [...this.unsaved]) {
        // Forgotten or given up while those before it were written.
        if (!this.unsaved.has(item)) continue
        const failure = await this.tryWrite(item.where, item.name, item.sha256!, item.unsaved!)
        if (failure !== null) return
        if (!this.unsaved.delete(item)) continue
        this.index.put(item.where, item.name)
        this.events.onWritten(item)
      }
    })
  }

  /** Gives up the oldest of what the server has, never anything that it has not confirmed. */
  private shed(): void {
    let bytes = [...this.unsaved].reduce((sum, { name }) => sum + name.size, 0)
    for (const item of this.unsaved) {
      if (bytes <= MEMORY_BYTES) return
      if (item.name.state !== 'done' || item.inFlight) continue
      bytes -= item.name.size
      item.unsaved = null
      item.dropped = true
      this.unsaved.delete(item)
    }
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
