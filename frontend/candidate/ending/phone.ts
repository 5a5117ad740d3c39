import type { Completeness, GapCause, Situation, TrackCompleteness } from '@shared/api/types'
import type { TapeSpan } from '@shared/components/Tape.vue'

// The phone's recording as the server holds it. What still lies on the phone, only the phone knows.

/** `none`: no phone was ever bound. `sending`: it was stopped and goes on uploading. `gaps`: whole, but it broke off. */
export type PhoneStanding = 'none' | 'recording' | 'lost' | 'sending' | 'gaps' | 'complete'

const MAY_COME = new Set<GapCause>(['not_yet_arrived', 'starting', 'unknown'])

export interface PhoneHolding {
  standing: PhoneStanding
  track: TrackCompleteness | null
  spans: TapeSpan[]
}

export function phoneHolding(situation: Situation, held: Completeness | null): PhoneHolding {
  const track = held?.tracks.find((one) => one.kind === 'phone') ?? null
  const settled = track !== null && ['held', 'complete', 'incomplete'].includes(track.verdict)
  // Until it is settled, what is not here yet may lie on the phone; that nothing was recorded is certain.
  const gaps = track?.gaps.filter((gap) => settled || !MAY_COME.has(gap.cause)) ?? []
  return {
    standing: standingOf(situation, held, gaps.length > 0),
    track,
    spans: [
      ...(track?.covered ?? []).map(([from, to]): TapeSpan => ({ from, to, kind: 'have' })),
      ...gaps.map((gap): TapeSpan => ({ from: gap.from_ms, to: gap.to_ms, kind: 'gap' })),
    ],
  }
}

function standingOf({ phone, phone_track }: Situation, held: Completeness | null, gaps: boolean): PhoneStanding {
  // A phone that was lost and then heard of no more may have been whole before.
  if (phone.state !== 'recording' && held?.phone_complete) return gaps ? 'gaps' : 'complete'
  if (phone.state === 'recording' || phone.state === 'lost') return phone.state
  // One that was taken away by staff may have left footage behind.
  return phone.state === 'stopped' || phone_track !== null ? 'sending' : 'none'
}
