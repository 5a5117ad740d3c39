import type { LogLine } from './messages'
import { LOGBOOK } from './spool_files'
import type { SpoolWriter } from './spool_writer'

/** Lines that come together share a page; a page must be on disk before whatever happened can end this one. */
const TOGETHER_MS = 100
const LINES_PER_PAGE = 100

/** Writes the lines of one recorder's run, page by page. Runs in the spool worker. */
export class LogbookWriter {
  private readonly waiting: LogLine[] = []
  private timer: ReturnType<typeof setTimeout> | null = null
  private page = 0

  constructor(
    private readonly attemptId: string,
    private readonly run: number,
    private readonly writer: SpoolWriter,
  ) {}

  add(line: LogLine): void {
    this.waiting.push(line)
    this.timer ??= setTimeout(() => this.flush(), TOGETHER_MS)
  }

  private flush(): void {
    this.timer = null
    const lines = this.waiting.splice(0, LINES_PER_PAGE)
    const bytes = new TextEncoder().encode(JSON.stringify({ lines }))
    const where = { attemptId: this.attemptId, trackId: LOGBOOK, epoch: this.run }
    const startMs = lines[0]!.at_ms
    const name = { kind: 'page' as const, seq: this.page, startMs, durationMs: 0, size: bytes.length }
    this.page += 1
    void this.writer.add(where, { ...name, state: 'new', refusal: null, closure: null }, bytes)
    if (this.waiting.length > 0) this.timer = setTimeout(() => this.flush(), 0)
  }
}
