import { useWords } from '@shared/i18n'
import type { EventView } from '../api'

/** Kinds that somebody who looks for trouble wants to find. */
const NOTABLE = new Set([
  'interrupted',
  'login_refused',
  'login_ended',
  'page_hidden',
  'recorder_stopped',
  'recorder_stalled',
  'track_lost',
  'share_stopped',
  'clock_stepped',
  'offline',
  'spool_quota_low',
  'spool_failed',
])

export const isNotable = (event: Pick<EventView, 'kind'>): boolean => NOTABLE.has(event.kind)

/** Events of a record in words. */
export function useWordedEvents() {
  const { t, te } = useWords()
  return {
    wordsOf(event: Pick<EventView, 'kind'>): string {
      return te(`events.kinds.${event.kind}`) ? t(`events.kinds.${event.kind}`) : t('events.unknown', { kind: event.kind })
    },
    /** What came with it: small and flat, shown as it is. */
    detailOf(event: Pick<EventView, 'detail'>): string {
      return Object.entries(event.detail)
        .filter(([name, value]) => value !== null && value !== '' && name !== 'device')
        .map(([name, value]) => {
          const key = `events.details.${name}`
          const said = te(`events.values.${String(value)}`) ? t(`events.values.${String(value)}`) : String(value)
          return te(key) ? t(key, { value: said }) : `${name}: ${said}`
        })
        .join(' · ')
    },
  }
}
