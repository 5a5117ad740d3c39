import { useWords } from '@shared/i18n'
import { stampText } from '@shared/time/lengths'
import type { ReportView } from '../api'
import { useLengths } from '../lengths'
import { lengthOf, notable } from '../player/tracks'

/** When it was reported: of a call, when the candidate called. */
const reportedMs = (report: ReportView): number => report.called_at_ms ?? report.at_ms

/** A report in words. */
export function useReportWords() {
  const { t } = useWords()
  const { seconds } = useLengths()
  return {
    how: (report: ReportView): string => t(`reports.by.${report.by}`, { time: stampText(reportedMs(report), report.time_zone) }),
    /** What was missing when it came, over all recordings. */
    missing(report: ReportView): string {
      const { tracks } = report.ledger.completeness
      if (!tracks.length) return t('reports.nothing')
      const lost = lengthOf(tracks.flatMap((one) => notable(one.gaps)))
      return lost > 0 ? t('reports.missing', { length: seconds(lost) }) : t('reports.whole')
    },
  }
}
