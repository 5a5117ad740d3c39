import type { CandidateState, DeviceReport, PhoneState } from '../api'

// What an invigilator is told about a candidate's devices, from what computer and phone last said of themselves. Pure.
// Normal is grey; trouble has a tone, a word and, where the server knows since when, an age.

export type CellKey = 'computer' | 'camera' | 'microphone' | 'screen' | 'phone' | 'page' | 'upload' | 'space'
export type Tone = 'idle' | 'warn' | 'bad'

export interface DeviceCell {
  key: CellKey
  /** Name of the words, under `device.is.`. */
  word: string
  tone: Tone
  /** Since when, Unix ms of the server; null where only the watcher can tell. */
  since: number | null
  /** The figure for the words. */
  value: number | null
}

export interface DeviceFacts {
  state: CandidateState
  devices: DeviceReport | null
  phone: PhoneState | null
  entered_ms: number | null
}

/** Heartbeats come every 4 s; three may be lost on a bad line before anybody is alarmed. */
export const SILENT_MS = 20_000
/** Without a charger a phone at 20 % may not last the exam. */
const LOW_BATTERY = 20
/** An hour of camera and screen takes about 0.4 GB. */
const LITTLE_SPACE = 500_000_000
/** Half a minute of camera and screen that have not arrived: the line is too slow, or down. */
const BACKLOG_SEGMENTS = 30

const cell = (key: CellKey, word: string, tone: Tone, since: number | null = null, value: number | null = null): DeviceCell => ({ key, word, tone, since, value })

export const isRunning = (state: CandidateState): boolean => state === 'waiting' || state === 'answering'

export function deviceCells(facts: DeviceFacts, now: number): DeviceCell[] {
  if (facts.state === 'absent' || facts.state === 'finished') return []
  return [...computerCells(facts, now), phoneCell(facts)]
}

function computerCells(facts: DeviceFacts, now: number): DeviceCell[] {
  const { state, devices } = facts
  if (state === 'logged_in') return [cell('camera', 'notYet', 'idle'), cell('microphone', 'notYet', 'idle'), cell('screen', 'notYet', 'idle')]
  const heard = devices?.heard_ms ?? facts.entered_ms
  const silent = heard !== null && now - heard > SILENT_MS
  if (state === 'uploading') return [uploadCell(devices, silent ? heard : null)]
  if (silent) return [cell('computer', 'silent', 'bad', heard)]
  if (!devices) return [cell('computer', 'starting', 'idle')]
  return [trackCell(devices, 'camera'), microphoneCell(devices), trackCell(devices, 'screen'), ...worries(devices)]
}

function trackCell(devices: DeviceReport, kind: 'camera' | 'screen'): DeviceCell {
  const track = devices.tracks.find((one) => one.kind === kind)
  if (!track) return cell(kind, 'unknown', 'idle')
  if (track.state === 'lost' || track.state === 'stopped') return cell(kind, kind === 'screen' ? 'shareStopped' : track.state, 'bad')
  if (track.picture && track.picture !== 'good') return cell(kind, track.picture, 'warn')
  return track.doubtful ? cell(kind, 'doubtful', 'warn') : cell(kind, track.state, 'idle')
}

function microphoneCell({ microphone }: DeviceReport): DeviceCell {
  if (microphone === null) return cell('microphone', 'unknown', 'idle')
  if (microphone === 'live') return cell('microphone', 'live', 'idle')
  if (microphone === 'silent') return cell('microphone', 'soundless', 'warn')
  return microphone === 'clipped' ? cell('microphone', 'clipped', 'warn') : cell('microphone', 'lost', 'bad')
}

/** Told only when there is something to tell. */
function worries(devices: DeviceReport): DeviceCell[] {
  const found: DeviceCell[] = []
  if (!devices.visible) found.push(cell('page', 'away', 'warn'))
  if (devices.pending_segments >= BACKLOG_SEGMENTS) found.push(cell('upload', 'backlog', 'warn', null, devices.pending_segments))
  // All of it arrives, only coarser: no trouble, but whoever looks at the picture should know why.
  else if (devices.tracks.some((one) => one.lowered_kbps != null)) found.push(cell('upload', 'lowered', 'idle'))
  if (devices.free_bytes !== null && devices.free_bytes < LITTLE_SPACE) found.push(cell('space', 'little', 'warn', null, devices.free_bytes))
  return found
}

/** After the end only what is still to come matters, and whether somebody is still sending it. */
function uploadCell(devices: DeviceReport | null, silentSince: number | null): DeviceCell {
  const pending = devices?.pending_segments ?? 0
  if (silentSince !== null && pending > 0) return cell('upload', 'silentWith', 'warn', silentSince, pending)
  return cell('upload', pending > 0 ? 'pending' : 'none', 'idle', null, pending)
}

function phoneCell({ state, phone }: DeviceFacts): DeviceCell {
  const running = isRunning(state)
  if (!phone || phone.state === 'none') return cell('phone', phone?.waived ? 'waived' : 'unbound', 'idle')
  if (phone.state === 'stopped') return cell('phone', 'stopped', running ? 'bad' : 'idle', running ? (phone.stopped_ms ?? null) : null)
  if (phone.state === 'lost') return cell('phone', 'silent', running ? 'bad' : 'warn', phone.heard_ms ?? phone.bound_ms ?? null)
  if (phone.visible === false) return cell('phone', 'hidden', 'warn')
  if (phone.battery != null && phone.battery <= LOW_BATTERY && phone.charging === false) return cell('phone', 'lowBattery', 'warn', null, phone.battery)
  return cell('phone', 'recording', 'idle')
}

const WEIGHT = { idle: 0, warn: 1, bad: 2 } as const

/** The gravest tone among cells. */
export function worstOf(cells: readonly DeviceCell[]): Tone {
  return cells.reduce<Tone>((worst, one) => (WEIGHT[one.tone] > WEIGHT[worst] ? one.tone : worst), 'idle')
}
