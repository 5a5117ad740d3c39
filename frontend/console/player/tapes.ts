import type { TapeSpan } from '@shared/components/Tape.vue'
import { useWords } from '@shared/i18n'
import type { TrackKind } from '../api'
import { useLengths } from '../lengths'
import { lengthOf, type PlayerTrack } from './tracks'

/** A recording as a tape: what is held, what is missing, and the same in words. */
export interface DrawnTape {
  kind: TrackKind
  spans: TapeSpan[]
  label: string
}

export function useTapes(): (track: Pick<PlayerTrack, 'kind' | 'covered' | 'gaps'>) => DrawnTape {
  const { t } = useWords()
  const { seconds } = useLengths()
  return ({ kind, covered, gaps }) => {
    const spans: TapeSpan[] = covered.map(([from, to]) => ({ from, to, kind: 'have' }))
    for (const gap of gaps) spans.push({ from: gap.from_ms, to: gap.to_ms, kind: 'gap' })
    const label = gaps.length
      ? t('tapes.labelGaps', { kind: t(`kind.${kind}`), n: gaps.length, length: seconds(lengthOf(gaps)) })
      : t('tapes.labelWhole', { kind: t(`kind.${kind}`) })
    return { kind, spans, label }
  }
}
