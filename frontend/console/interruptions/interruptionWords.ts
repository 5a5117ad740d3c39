import { useWords } from '@shared/i18n'
import { clockText } from '@shared/time/lengths'
import type { InterruptionView } from '../api'
import { useLengths } from '../lengths'

/** Rows of the ledger in words. */
export function useInterruptionWords() {
  const { t, te } = useWords()
  const { seconds } = useLengths()
  return {
    /** From when to when; one moment is one time. */
    when({ from_ms: from, to_ms: to }: InterruptionView, timeZone: string): string {
      if (to === null) return t('interruptions.lasts', { time: clockText(from, timeZone) })
      return to === from ? clockText(from, timeZone) : `${clockText(from, timeZone)}–${clockText(to, timeZone)}`
    },
    lengthOf: ({ from_ms: from, to_ms: to }: InterruptionView): string => (to === null || to === from ? '' : seconds(to - from)),
    deviceOf({ what, track, device }: InterruptionView): string {
      if (what === 'sound') return t('interruptions.microphone')
      return track === null ? t(`interruptions.devices.${device}`) : t(`kind.${track}`)
    },
    /** What was interrupted, and why. A cause that this page does not know is shown by its name. */
    causeOf({ what, cause }: InterruptionView): string {
      const at = what === 'recording' ? `gap.${cause}` : `interruptions.causes.${what}.${cause}`
      return `${t(`interruptions.what.${what}`)}${t('interruptions.colon')}${te(at) ? t(at) : t('interruptions.otherCause', { cause })}`
    },
    /** Rules are named only where the cause lies on the candidate's side; all else is an officer's to judge. */
    judgedBy: ({ rules }: InterruptionView): string => (rules.length ? rules.join(t('check.and')) : t('interruptions.officer')),
  }
}
