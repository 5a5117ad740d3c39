import type { Completeness, Situation, TrackCompleteness } from '@shared/api/types'
import type { TapeSpan } from '@shared/components/Tape.vue'

// The phone's recording as the server holds it. What is still on the phone only the phone knows.

/** `none`: no phone was ever bound. `sending`: it was stopped and goes on uploading. */
export type PhoneStanding = 'none' | 'recording' | 'lost' | 'sending' | 'complete'

export interface PhoneHolding {
  standing: PhoneStanding
  track: TrackCompleteness | null
  dueMs: number
  confirmedMs: number
  spans: TapeSpan[]
}

export function phoneHolding(situation: Situation, held: Completeness | null): PhoneHolding {
  const track = held?.tracks.find((one) => one.kind === 'phone') ?? null
  const settled = track !== null && track.verdict !== 'uploading'
  return {
    standing: standingOf(situation, held),
    track,
    dueMs: track?.due_ms ?? 0,
    confirmedMs: track?.covered_ms ?? 0,
    spans: track
      ? [
          ...track.covered.map(([from, to]): TapeSpan => ({ from, to, kind: 'have' })),
          // While it is uploading, what is not here yet lies on the phone.
          ...(settled ? track.gaps.map((gap): TapeSpan => ({ from: gap.from_ms, to: gap.to_ms, kind: 'gap' })) : []),
        ]
      : [],
  }
}

function standingOf({ phone, phone_track }: Situation, held: Completeness | null): PhoneStanding {
  if (held?.phone_complete === true && phone.state === 'stopped') return 'complete'
  if (phone.state === 'recording' || phone.state === 'lost') return phone.state
  if (phone.state === 'stopped') return 'sending'
  // A phone that was replaced or taken away by staff may have left footage behind.
  if (phone_track === null || held?.phone_complete === null) return 'none'
  return held?.phone_complete ? 'complete' : 'sending'
}
