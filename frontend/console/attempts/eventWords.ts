import { useWords } from '@shared/i18n'
import { clockText } from '@shared/time/lengths'
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
    /** What came with it: small and flat. A thing that is not so needs no word. */
    detailOf(event: Pick<EventView, 'detail'>, timeZone: string): string {
      return Object.entries(event.detail)
        .filter(([name, value]) => value !== null && value !== '' && value !== false && name !== 'device')
        .map(([sent, value]) => {
          // What the candidate's page said of itself is marked so by the server.
          const name = sent.replace(/^client_/, '')
          const key = `events.details.${name}`
          const plain = name.endsWith('_ms') && typeof value === 'number' && value > 1e12 ? clockText(value, timeZone) : String(value)
          const said = te(`events.values.${plain}`) ? t(`events.values.${plain}`) : plain
          return te(key) ? t(key, { value: said }) : `${name}: ${said}`
        })
        .join(' · ')
    },
  }
}
