import type { PackageKey } from '../api/types'
import type { Interval } from './intervals'
import type { PictureSettings } from './settings'
import type { ItemName } from './spool_files'

/** What the page, the track workers and the spool worker say to one another. Bytes travel as transferred buffers. */

/** `camera` and `screen` are the computer's, `phone` is the second camera (F4). */
export type TrackKind = 'camera' | 'screen' | 'phone'

/**
 * What a recorder knows of its microphone: `silent` is dead silence for a while, `clipped` so loud that words are lost,
 * `lost` is no live microphone.
 */
export type MicrophoneState = 'live' | 'silent' | 'clipped' | 'lost'

/**
 * What a camera's pictures show: nothing at all, too little light, something flat before the lens, a picture that no
 * longer changes, or fewer than half of the pictures that there should be.
 */
export type PictureState = 'good' | 'black' | 'dark' | 'covered' | 'still' | 'slow'

export interface Track {
  track_id: string
  kind: TrackKind
}

export type ClosureReason = 'ended' | 'replaced' | 'device_lost' | 'frozen' | 'crashed' | 'page_closed'

/** Something that happened to a recorder, for its logbook: the causes of what is missing are read from it. */
export interface LogLine {
  /** Server time. */
  at_ms: number
  device_ms: number
  kind: string
  track: TrackKind | null
  detail: Record<string, unknown>
}

/** Where a segment belongs. `epoch` is the server time (Unix ms) of this start of the track's recorder. */
export interface EpochName {
  attemptId: string
  trackId: string
  epoch: number
}

// Page → track worker

export interface TrackPlan extends EpochName {
  kind: TrackKind
  picture: PictureSettings
  segmentMs: number
  /** Null where the track carries no sound. */
  audioBitrate: number | null
  /** Server time minus monotonic time, fixed for the epoch. */
  deltaMs: number
  software: boolean
  /** The device was silent before this start. */
  afterFrozen: boolean
  /** What was last told of the pictures, and how many a second the device promises. Null where nobody looks at them:
   *  a screen may well stand still. */
  watched: { told: PictureState; promisedRate: number } | null
}

export interface TrackStart {
  type: 'start'
  plan: TrackPlan
  video: ReadableStream<VideoFrame>
  audio: ReadableStream<AudioData> | null
  spool: MessagePort
}

export type ToTrack = TrackStart | { type: 'bitrate'; bitrate: number } | { type: 'finish'; reason: ClosureReason }

// Track worker → page

export type FromTrack =
  | { type: 'recording'; startMs: number }
  | { type: 'segment'; seq: number; startMs: number; durationMs: number }
  | { type: 'stalled'; sinceMs: number }
  | { type: 'picture'; state: PictureState }
  | { type: 'soundless'; detail: string }
  | { type: 'finished'; reason: ClosureReason; segments: number; why: TrackEnd; detail: string | null }

/** Why an epoch came to its end. */
export type TrackEnd = 'asked' | 'ended' | 'frozen' | 'resized' | 'retuned' | 'asleep' | 'failed'

// Track worker → spool worker, over a port of its own so that a busy page delays nothing

export type ToSpoolPort =
  | { type: 'init'; name: EpochName; startMs: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'segment'; name: EpochName; seq: number; startMs: number; durationMs: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'closure'; name: EpochName; segments: number; reason: ClosureReason }

export interface FromSpoolPort {
  type: 'closed'
}

// Page → spool worker

export interface TrackReport {
  kind: TrackKind
  state: 'starting' | 'recording' | 'lost' | 'stopped'
  detail: string | null
  /** Null where nobody looks at the pictures. */
  picture: PictureState | null
  /** The label of a camera that names a program. */
  doubtful: string | null
  /** The video's bit rate in kbit/s while it is lower than usual. */
  lowered_kbps: number | null
}

export interface PageReport {
  visible: boolean
  focused: boolean
}

/** A page that recorded this attempt said that it was closing, at this server time. */
export interface Goodbye {
  attemptId: string
  atMs: number
}

export type ToSpool =
  | { type: 'open'; deltaMs: number; goodbyes: Goodbye[] }
  | { type: 'clock'; deltaMs: number }
  | { type: 'page'; page: PageReport }
  | { type: 'attempt'; attemptId: string; uploadToken: string; tracks: Track[] }
  | { type: 'recover'; attemptId: string; call: number }
  | { type: 'epoch'; trackId: string; proposed: number; call: number }
  | { type: 'port'; port: MessagePort }
  | { type: 'heartbeats'; attemptId: string | null; slow: boolean }
  | { type: 'log'; attemptId: string; run: number; line: LogLine }
  | { type: 'devices'; tracks: TrackReport[]; microphone: MicrophoneState | null }
  | { type: 'wake' }
  | { type: 'storage' }
  | { type: 'again'; attemptId: string; call: number }
  | { type: 'forget'; attemptId: string; forced: boolean; call: number }
  | { type: 'export'; attemptId: string; wish: PackageWish; call: number }

/** Which package is wanted: whose footage it is, to whom it is encrypted, and whether what is confirmed goes along. */
export interface PackageWish {
  /** The attempt; on a phone the spool's folder has another name, its binding. */
  of: string
  key: PackageKey
  all: boolean
}

/** What came of the wish to delete: not while somebody records, and unforced not while the server lacks anything. */
export type Forgetting = 'forgotten' | 'recording' | 'unconfirmed'

// Between the spool workers and pages of all tabs, over a broadcast channel

export const SPOOL_CHANNEL = 'zhishi.spool'

/** What came of a request of the tab that uploads: the others judge the line and the rate by it. */
export interface LineNews {
  attemptId: string
  /** What the server confirmed with it. */
  bytes: number
  reachable: boolean
}

export type SpoolNews =
  | { type: 'item'; where: EpochName; name: ItemName }
  | ({ type: 'line' } & LineNews)
  | { type: 'attempt'; attemptId: string; uploadToken: string; tracks: Track[] }
  | { type: 'goodbye'; goodbye: Goodbye }
  | { type: 'forgotten'; attemptId: string }

// Spool worker → page

export interface HeartbeatAnswer {
  received_ms: number
  sent_ms: number
  ends_ms: number | null
  ended: boolean
  /** What the server lacks; a `seq` of −1 is the epoch's init. */
  wanted: { track_id: string; epoch: number; seq: number }[]
}

export type FromSpool =
  | { type: 'state'; state: UploadsState }
  | { type: 'heartbeat'; sentAt: number; receivedAt: number; answer: HeartbeatAnswer }
  | { type: 'answer'; call: number; value: SpoolAnswer }
  | { type: 'failed'; call: number; error: string }

export type SpoolAnswer = number | Forgetting | MadePackage

export interface MadePackage {
  file: File
  /** Items that could not be read and are not in it. */
  leftOut: number
}

export interface TrackUploads {
  kind: TrackKind | null
  saved: Interval[]
  sent: Interval[]
  confirmed: Interval[]
}

export interface AttemptUploads {
  /** Finished and on this device's disk. */
  savedMs: number
  /** Handed to the network: on its way now, or already confirmed. */
  sentMs: number
  /** The server acknowledged it durably. */
  confirmedMs: number
  /** What lies on this device, without the files' headers, and how much of it the server has. */
  heldBytes: number
  confirmedBytes: number
  /** Items that the server has and this device could not keep: its disk was full, and its memory ran short. */
  notKept: number
  /** Items that the server has not confirmed, and epochs that are not closed yet. */
  unconfirmed: number
  pendingSegments: number
  pendingBytes: number
  /** The server will not take these; they stay on the device. Code → how many. */
  refused: Record<string, number>
  /** Why this attempt's uploads stand still: until the page gives a new token, or a trial each minute succeeds. */
  paused: string | null
  /** True when inits, segments and closures are all confirmed or refused, and no epoch is open. */
  settled: boolean
  perTrack: Record<string, TrackUploads>
  /** Server time at which the oldest segment that waits was finished; null where none waits. */
  oldestPendingMs: number | null
  uploadKbps: number
  lastError: string | null
}

export interface SpoolStorage {
  usageBytes: number | null
  quotaBytes: number | null
  /** The browser promised not to clear the spool by itself; null before it was asked. */
  persisted: boolean | null
  /** Segments that the disk would not take and that live in memory until it does. */
  unsaved: number
  /** There may not be room for the recording of a whole exam. */
  low: boolean
  /** The name of what the disk answers when something is written, until it takes things again; null while it does. */
  failing: string | null
}

export interface UploadsState {
  /** The spool has been read; before that the attempts are not known. */
  ready: boolean
  online: boolean
  /** This tab does the uploading; otherwise another tab of the site does. */
  uploading: boolean
  /** When the next try is due after failures, as monotonic ms; null when nothing holds it up. */
  retryAt: number | null
  storage: SpoolStorage
  perAttempt: Record<string, AttemptUploads>
}
