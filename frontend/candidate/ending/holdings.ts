import type { Completeness, Gap, Situation, TrackCompleteness, TrackKind } from '@shared/api/types'
import type { TapeSpan } from '@shared/components/Tape.vue'
import { addInterval, totalMs, type Interval } from '@shared/recorder/intervals'

// Where each second of a recording is: on this device, on its way, confirmed by the server. Sums and tapes are drawn from
// the same stretches, so that they can never say two things.

export interface LocalStretches {
  saved: Interval[]
  sent: Interval[]
  confirmed: Interval[]
}

export interface TrackHolding {
  trackId: string
  kind: TrackKind
  fromMs: number
  toMs: number
  dueMs: number
  savedMs: number
  sentMs: number
  confirmedMs: number
  /** Kept on this device and not confirmed yet. */
  missingMs: number
  spans: TapeSpan[]
  /** Stretches that neither the server nor this device has, longer than a second. */
  lost: Gap[]
  complete: boolean
}

/** Between two segments the clocks may leave a few hundredths; less than this is not a gap that people see. */
export const SEEN_GAP_MS = 1_000

export function clip(list: readonly Interval[], from: number, to: number): Interval[] {
  return list.map(([a, b]): Interval => [Math.max(a, from), Math.min(b, to)]).filter(([a, b]) => b > a)
}

export function union(...lists: (readonly Interval[])[]): Interval[] {
  const all: Interval[] = []
  lists.flat().forEach(([from, to]) => addInterval(all, from, to))
  return all
}

/** The parts of [from, to) that the list does not cover. */
export function uncovered(list: readonly Interval[], from: number, to: number): Interval[] {
  const open: Interval[] = []
  let at = from
  for (const [a, b] of clip(list, from, to)) {
    if (a > at) open.push([at, a])
    at = Math.max(at, b)
  }
  if (at < to) open.push([at, to])
  return open
}

function spansOf(list: readonly Interval[], kind: TapeSpan['kind']): TapeSpan[] {
  return list.map(([from, to]) => ({ from, to, kind }))
}

function holdingOf(due: DueTrack, here: LocalStretches, server: TrackCompleteness | null): TrackHolding {
  const { fromMs, toMs } = due
  const confirmed = clip(union(server?.covered ?? here.confirmed), fromMs, toMs)
  const local = clip(union(here.saved, here.sent, here.confirmed), fromMs, toMs)
  const sent = clip(union(here.sent, here.confirmed, confirmed), fromMs, toMs)
  const lost = uncovered(union(confirmed, local), fromMs, toMs)
    .filter(([a, b]) => b - a >= SEEN_GAP_MS)
    .map(([from_ms, to_ms]): Gap => ({ from_ms, to_ms, cause: causeOf(server, from_ms, to_ms) }))
  return {
    trackId: due.trackId,
    kind: due.kind,
    fromMs,
    toMs,
    dueMs: server?.due_ms ?? toMs - fromMs,
    savedMs: totalMs(local),
    sentMs: totalMs(sent),
    confirmedMs: totalMs(confirmed),
    missingMs: totalMs(local.flatMap(([a, b]) => uncovered(confirmed, a, b))),
    // Later spans are drawn over earlier ones.
    spans: [
      ...spansOf(local, 'saved'),
      ...spansOf(sent, 'sent'),
      ...spansOf(confirmed, 'have'),
      ...lost.map((gap): TapeSpan => ({ from: gap.from_ms, to: gap.to_ms, kind: 'gap' })),
    ],
    lost,
    complete: server?.verdict === 'held' || server?.verdict === 'complete',
  }
}

function causeOf(server: TrackCompleteness | null, from: number, to: number): Gap['cause'] {
  return server?.gaps.find((gap) => gap.from_ms < to && gap.to_ms > from)?.cause ?? 'unknown'
}

interface DueTrack {
  trackId: string
  kind: TrackKind
  fromMs: number
  toMs: number
}

/** Every track of the attempt; before the server has been asked, what is due is read from the situation. */
export function holdings(
  situation: Situation,
  completeness: Completeness | null,
  local: Record<string, LocalStretches>,
  nowMs: number,
): TrackHolding[] {
  const end = Math.min(situation.ended_ms ?? situation.times.ends_ms, nowMs)
  return situation.tracks.map((track) => {
    const server = completeness?.tracks.find((t) => t.track_id === track.track_id) ?? null
    const due: DueTrack = {
      trackId: track.track_id,
      kind: track.kind,
      fromMs: server?.due_from_ms ?? situation.entered_ms ?? end,
      toMs: server?.due_to_ms ?? end,
    }
    return holdingOf(due, local[track.track_id] ?? { saved: [], sent: [], confirmed: [] }, server)
  })
}

/** Up to which moment everything recorded so far is confirmed: the earliest open end of the tracks; null before the first. */
export function confirmedUntil(local: readonly LocalStretches[]): number | null {
  const ends = local
    .filter((track) => track.saved.length > 0)
    .map((track) => {
      const first = track.saved[0]![0]
      const last = track.saved[track.saved.length - 1]![1]
      const waiting = track.saved.flatMap(([a, b]) => uncovered(track.confirmed, a, b))
      const until = waiting.length > 0 ? waiting[0]![0] : last
      return until > first ? until : null
    })
  if (ends.length === 0 || ends.includes(null)) return null
  return Math.min(...(ends as number[]))
}
