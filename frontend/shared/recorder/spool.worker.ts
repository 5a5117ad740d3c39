import { itemWaitMs } from './backoff'
import { HeartbeatLoop } from './heartbeat_loop'
import { SPOOL_CHANNEL, type FromSpool, type Goodbye, type HeartbeatAnswer, type SpoolNews } from './messages'
import type { Forgetting, LineNews, MadePackage, PackageWish, SpoolAnswer, ToSpool, Track, UploadsState } from './messages'
import { LogbookWriter } from './logbook'
import { monotonicMs } from './monotonic'
import { exportPackage, NothingToExport } from './package_export'
import { closeOrphans, recorderLock } from './recovery'
import { SpoolFiles } from './spool_files'
import { isOpen, SpoolIndex, type Item } from './spool_index'
import { SpoolWriter } from './spool_writer'
import { Uploader } from './uploader'

/**
 * The keeper of the spool, one per page: writes what the page's tracks finish, sends what the spool holds (if this tab
 * holds the upload lock) and beats the heart. Tabs tell one another over a channel what they wrote and what was
 * confirmed, so each shows the same.
 */

const UPLOAD_LOCK = 'zhishi.uploads'
const STATE_EVERY_MS = 250
const STORAGE_EVERY_MS = 30_000
const ORPHANS_EVERY_MS = 5_000
/** How the server names an epoch's init among the segments that it wants. */
const INIT_SEQ = -1
/** Room for more than two hours: camera and screen take about 370 MB an hour. */
const LOW_BYTES = 1e9

const say = (message: FromSpool): void => self.postMessage(message)

const files = new SpoolFiles()
const index = new SpoolIndex()
const channel = new BroadcastChannel(SPOOL_CHANNEL)
const writer = new SpoolWriter(index, files, { onWritten: itemWritten, onFailure: writeFailed })
const uploader = new Uploader(index, files, {
  onProgress: stateChanged,
  onLine: tellLine,
  onState: changeItem,
  onAstray: findAgain,
  onLacking: reopen,
})
const heartbeats = new HeartbeatLoop(index, heartbeatAnswered)
/** When pages of an attempt last said that they were closing (server time). */
const goodbyes = new Map<string, number>()
/** The logbooks that this page writes, by attempt and start of the recorder. */
const logbooks = new Map<string, LogbookWriter>()
/** Attempts whose recorder lock is being waited for. */
const inLine = new Set<string>()
let ready = false
let stateTimer: ReturnType<typeof setTimeout> | null = null
let persisted: boolean | null = null
/** The name of what the disk last answered, until it takes things again. */
let diskFailing: string | null = null

async function open(): Promise<void> {
  // A disk that cannot be read costs what lies on it, not the recording that begins now.
  await readSpool().catch(writeFailed)
  ready = true
  stateChanged()
  uploader.start()
  void navigator.locks.request(UPLOAD_LOCK, () => {
    uploader.ownsFiles = true
    // News from the tab that uploaded before may have been missed: the disk knows.
    void readSpool().catch(writeFailed).then(() => uploader.wake())
    stateChanged()
    return new Promise<never>(() => {})
  })
  closeAbandoned()
  setInterval(closeAbandoned, ORPHANS_EVERY_MS)
  await watchStorage()
  setInterval(() => void watchStorage(), STORAGE_EVERY_MS)
}

async function readSpool(): Promise<void> {
  for (const attemptId of await files.attempts()) {
    const card = await files.readCard(attemptId)
    // A token that the page brought meanwhile is newer than the one on disk.
    if (card && index.attempt(attemptId).uploadToken === null) index.introduce(attemptId, card.upload_token, card.tracks)
    for await (const { where, item } of files.items(attemptId)) index.put(where, item)
  }
}

/**
 * Closes the open epochs of attempts that nobody is recording. While somebody is, the request waits in line, so that
 * the epochs of a tab that closes or crashes are closed by the others within moments.
 */
function closeAbandoned(): void {
  for (const [attemptId, attempt] of index.attempts) {
    const open = [...attempt.epochs.values()].some(isOpen)
    if (!open || inLine.has(attemptId)) continue
    inLine.add(attemptId)
    void navigator.locks
      .request(recorderLock(attemptId), async () => {
        // Forgotten while this stood in line: nothing is left to close.
        if (index.attempts.has(attemptId)) await closeOrphans(attemptId, index, files, writer, goodbyeOf(attemptId))
      })
      .catch(writeFailed)
      .finally(() => inLine.delete(attemptId))
  }
}

function logbookOf(attemptId: string, run: number): LogbookWriter {
  const key = `${attemptId}/${run}`
  const book = logbooks.get(key) ?? new LogbookWriter(attemptId, run, writer)
  logbooks.set(key, book)
  return book
}

function hearGoodbye({ attemptId, atMs }: Goodbye): void {
  goodbyes.set(attemptId, Math.max(atMs, goodbyeOf(attemptId) ?? 0))
}

function goodbyeOf(attemptId: string): number | null {
  return goodbyes.get(attemptId) ?? null
}

async function introduce(attemptId: string, uploadToken: string, tracks: Track[]): Promise<void> {
  if (!index.introduce(attemptId, uploadToken, tracks)) return
  channel.postMessage({ type: 'attempt', attemptId, uploadToken, tracks } satisfies SpoolNews)
  uploader.wakeAtOnce()
  stateChanged()
  try {
    await files.writeCard({ attempt_id: attemptId, upload_token: uploadToken, tracks })
  } catch (failure) {
    writeFailed(failure)
  }
}

function itemWritten(item: Item): void {
  if (!item.unsaved && writer.unsavedCount === 0) diskFailing = null
  if (!item.unsaved) channel.postMessage({ type: 'item', where: item.where, name: item.name } satisfies SpoolNews)
  if (item.name.state === 'new') heartbeats.finished(item)
  uploader.wake()
  stateChanged()
}

function writeFailed(failure: unknown): void {
  diskFailing ??= failure instanceof Error ? failure.name : String(failure)
  void watchStorage()
}

/** A tab that records while another one uploads must know how its line fares. */
function tellLine(news: LineNews): void {
  channel.postMessage({ type: 'line', ...news } satisfies SpoolNews)
}

async function changeItem(item: Item, state: 'done' | 'refused' | 'new', refusal: string | null): Promise<void> {
  const before = item.name
  if (!item.unsaved) await files.rename(item.where, before, { ...before, state, refusal })
  if (!index.holds(item)) return
  index.setState(item, state, refusal)
  // What only this tab has in memory is nothing to the others before it is on the disk.
  if (!item.unsaved) channel.postMessage({ type: 'item', where: item.where, name: item.name } satisfies SpoolNews)
  stateChanged()
}

async function findAgain(lost: Item): Promise<void> {
  // What is in memory is sent from there, whatever became of the disk.
  if (lost.unsaved || !index.holds(lost)) return
  const found = await files.find(lost.where, lost.name)
  if (found) index.put(lost.where, found)
  else index.setState(lost, 'refused', 'spool_file_gone')
}

channel.onmessage = ({ data }: MessageEvent<SpoolNews>) => {
  if (data.type === 'line') {
    uploader.hear(data)
    return stateChanged()
  }
  if (data.type === 'item') index.put(data.where, data.name)
  else if (data.type === 'goodbye') hearGoodbye(data.goodbye)
  else if (data.type === 'forgotten') letGo(data.attemptId)
  else index.introduce(data.attemptId, data.uploadToken, data.tracks)
  uploader.wake()
  stateChanged()
}

function heartbeatAnswered(sentAt: number, receivedAt: number, answer: HeartbeatAnswer): void {
  say({ type: 'heartbeat', sentAt, receivedAt, answer })
  void sendAgain(answer)
}

async function sendAgain({ wanted }: HeartbeatAnswer): Promise<void> {
  for (const { track_id: trackId, epoch, seq } of wanted ?? []) {
    for (const { attemptId } of index.attempts.values()) {
      const item = index.find({ attemptId, trackId, epoch }, { kind: seq === INIT_SEQ ? 'init' : 'segment', seq })
      if (item) await reopen(item)
    }
  }
  uploader.wake()
}

/** Sends again what the server lacks, whether it was confirmed or refused; one bad file holds up no other. */
async function reopen(item: Item): Promise<void> {
  const { state, refusal } = item.name
  if (state === 'new' || (refusal && item.notBefore > monotonicMs())) return
  // What was refused before may be refused again: it comes back ever more slowly.
  if (refusal) item.notBefore = monotonicMs() + itemWaitMs(item.failures)
  try {
    await changeItem(item, 'new', null)
  } catch (failure) {
    index.attempt(item.where.attemptId).lastError = failure instanceof Error ? failure.name : String(failure)
    item.failures += 1
    await findAgain(item).catch(writeFailed)
  }
}

/** Sends everything of an attempt once more, on request; what the server has it answers for at once. */
async function sendAllAgain(attemptId: string): Promise<number> {
  const items = index.itemsOf(attemptId).filter((item) => item.name.state !== 'new' && !item.dropped)
  for (const item of items) {
    item.notBefore = 0
    await reopen(item)
  }
  uploader.wakeAtOnce()
  stateChanged()
  return items.length
}

/** Deletes an attempt from this device. Its recorder lock is held meanwhile, so that nobody records or closes it. */
async function forget(attemptId: string, forced: boolean): Promise<Forgetting> {
  return await navigator.locks.request(recorderLock(attemptId), { ifAvailable: true }, async (lock): Promise<Forgetting> => {
    if (!lock) return 'recording'
    const attempt = index.attempts.get(attemptId)
    if (attempt && !forced && index.uploadsOf(attempt).unconfirmed > 0) return 'unconfirmed'
    await writer.remove(attemptId)
    letGo(attemptId)
    channel.postMessage({ type: 'forgotten', attemptId } satisfies SpoolNews)
    stateChanged()
    void watchStorage()
    return 'forgotten'
  })
}

function letGo(attemptId: string): void {
  index.forget(attemptId)
  files.forget(attemptId)
  writer.forget(attemptId)
}

function makePackage(attemptId: string, wish: PackageWish): Promise<MadePackage> {
  const attempt = index.attempts.get(attemptId)
  if (!attempt) throw new NothingToExport(attemptId)
  return exportPackage(attempt, wish, index, files, monotonicMs() + heartbeats.deltaMs)
}

/** Answers a question of the page; what was thrown is told by its name. */
async function answer(call: number, work: () => Promise<SpoolAnswer>): Promise<void> {
  try {
    say({ type: 'answer', call, value: await work() })
  } catch (failure) {
    say({ type: 'failed', call, error: failure instanceof Error ? failure.name : String(failure) })
  }
}

async function watchStorage(): Promise<void> {
  const unknown: StorageEstimate = {}
  const { usage = null, quota = null } = await navigator.storage.estimate().catch(() => unknown)
  persisted = await navigator.storage.persisted().catch(() => false)
  heartbeats.storage = { usage, quota }
  stateChanged()
}

function stateChanged(): void {
  stateTimer ??= setTimeout(() => {
    stateTimer = null
    say({ type: 'state', state: state() })
  }, STATE_EVERY_MS)
}

function state(): UploadsState {
  const { usage, quota } = heartbeats.storage
  const low = usage !== null && quota !== null && quota - usage < LOW_BYTES
  const unsaved = writer.unsavedCount
  const storage = { usageBytes: usage, quotaBytes: quota, persisted, unsaved, low, failing: diskFailing }
  const perAttempt = Object.fromEntries([...index.attempts].map(([id, attempt]) => [id, index.uploadsOf(attempt)]))
  const online = navigator.onLine && uploader.reachable
  return { ready, online, uploading: uploader.ownsFiles, retryAt: uploader.retryAt, storage, perAttempt }
}

function recover(attemptId: string): Promise<number> {
  const closing = closeOrphans(attemptId, index, files, writer, goodbyeOf(attemptId))
  return closing.catch((failure: unknown) => {
    writeFailed(failure)
    return 0
  })
}

self.addEventListener('online', () => uploader.wakeAtOnce())
self.addEventListener('offline', () => stateChanged())

self.onmessage = ({ data }: MessageEvent<ToSpool>) => {
  if (data.type === 'open') {
    heartbeats.deltaMs = data.deltaMs
    data.goodbyes.forEach(hearGoodbye)
    void open()
  } else if (data.type === 'clock') heartbeats.deltaMs = data.deltaMs
  else if (data.type === 'page') heartbeats.page = data.page
  else if (data.type === 'attempt') void introduce(data.attemptId, data.uploadToken, data.tracks)
  else if (data.type === 'recover') void answer(data.call, () => recover(data.attemptId))
  else if (data.type === 'epoch') {
    say({ type: 'answer', call: data.call, value: Math.max(data.proposed, index.newestEpoch(data.trackId) + 1) })
  } else if (data.type === 'port') writer.listen(data.port)
  else if (data.type === 'heartbeats') heartbeats.follow(data.attemptId, data.slow)
  else if (data.type === 'devices') heartbeats.devices = data
  else if (data.type === 'log') logbookOf(data.attemptId, data.run).add(data.line)
  else if (data.type === 'wake') uploader.wakeAtOnce()
  else if (data.type === 'storage') void watchStorage()
  else if (data.type === 'again') void answer(data.call, () => sendAllAgain(data.attemptId))
  else if (data.type === 'forget') void answer(data.call, () => forget(data.attemptId, data.forced))
  else if (data.type === 'export') void answer(data.call, async () => makePackage(data.attemptId, data.wish))
}
