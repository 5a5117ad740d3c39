import { useWords } from '@shared/i18n'
import { clockText } from '@shared/time/lengths'
import type { EventView } from '../api'
import { useLengths } from '../lengths'

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
  'other',
])
/** A recorder that stopped because the exam was over stopped rightly. */
const RIGHT_REASONS = new Set(['ended', 'candidate', 'time'])
/** Names of things inside the system: of use in a log, not to a reader. */
const INNER = new Set(['device_id', 'paper', 'page', 'language', 'recovered_epochs', 'at_ms', 'detail', 'error'])
/** Names by which a track is meant; saying it once is enough. */
const SAME = ['device', 'track', 'kind'] as const

type Detail = Readonly<Record<string, unknown>>

/** The server marks with `client_` what the candidate's page said of itself. */
function detailsOf(event: Pick<EventView, 'detail'>): Detail {
  return Object.fromEntries(Object.entries(event.detail).map(([name, value]) => [name.replace(/^client_/, ''), value]))
}

export function isNotable(event: Pick<EventView, 'kind' | 'detail'>): boolean {
  if (!NOTABLE.has(event.kind)) return false
  return event.kind !== 'recorder_stopped' || !RIGHT_REASONS.has(String(detailsOf(event)['reason']))
}

/** Events of a record in words. */
export function useWordedEvents() {
  const { t, te } = useWords()
  const { seconds } = useLengths()

  function valueOf(name: string, value: unknown, timeZone: string): string {
    if (typeof value === 'number' && name.endsWith('_ms')) return value > 1e12 ? clockText(value, timeZone) : seconds(Math.abs(value))
    return te(`events.values.${String(value)}`) ? t(`events.values.${String(value)}`) : String(value)
  }

  function worthSaying(detail: Detail): [string, unknown][] {
    const named = SAME.find((name) => te(`events.values.${String(detail[name])}`))
    return Object.entries(detail).filter(([name, value]) => {
      // A thing that is not so needs no word.
      if (value === null || value === '' || value === false || value === 0 || INNER.has(name)) return false
      return !(SAME as readonly string[]).includes(name) || name === named
    })
  }

  return {
    wordsOf(event: Pick<EventView, 'kind'>): string {
      return te(`events.kinds.${event.kind}`) ? t(`events.kinds.${event.kind}`) : t('events.unknown', { kind: event.kind })
    },
    /** What came with it: small and flat. */
    detailOf(event: Pick<EventView, 'detail'>, timeZone: string): string {
      return worthSaying(detailsOf(event))
        .map(([name, value]) => {
          const said = valueOf(name, value, timeZone)
          return te(`events.details.${name}`) ? t(`events.details.${name}`, { value: said }) : `${name}: ${said}`
        })
        .join(' · ')
    },
  }
}
