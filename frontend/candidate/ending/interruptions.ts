import type { TrackKind } from '@shared/api/types'
import type { TrackHolding } from './holdings'

export interface Interruption {
  fromMs: number
  toMs: number
  /** How much of it each track lacks. */
  parts: { kind: TrackKind; ms: number }[]
}

/** The holes of all tracks, those that overlap told as one: a reload interrupts camera and screen together. */
export function interruptionsOf(tracks: readonly TrackHolding[]): Interruption[] {
  const holes = tracks
    .flatMap(({ kind, lost }) => lost.map((gap) => ({ kind, fromMs: gap.from_ms, toMs: gap.to_ms })))
    .sort((a, b) => a.fromMs - b.fromMs)
  const all: Interruption[] = []
  for (const { kind, fromMs, toMs } of holes) {
    const part = { kind, ms: toMs - fromMs }
    const last = all[all.length - 1]
    if (last && fromMs < last.toMs) {
      last.toMs = Math.max(last.toMs, toMs)
      const same = last.parts.find((other) => other.kind === kind)
      if (same) same.ms += part.ms
      else last.parts.push(part)
    } else all.push({ fromMs, toMs, parts: [part] })
  }
  return all
}
