import { useWords } from '@shared/i18n'
import { clockText } from '@shared/time/lengths'
import type { EventView } from '../api'
import { useLengths } from '../lengths'
import { useReasonWords } from '../verifications/reasonWords'

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
  'window_blurred',
  'copy_blocked',
  'paste_blocked',
  'print_blocked',
  'shortcut_noticed',
  'capture_noticed',
  'fullscreen_left',
  'display_added',
  'camera_changed',
  'microphone_changed',
  'device_refused',
  'sound_silent',
  'sound_clipped',
  'picture_bad',
  'device_doubtful',
  'bitrate_lowered',
  'second_tab',
  'phone_replaced',
  'binding_waived',
  'rebind_allowed',
  'picture_seen',
  'help_called',
  'readmitted',
  'verification_granted',
  'verification_refused',
  'other',
])
/** A recorder that stopped because the exam was over stopped rightly. */
const RIGHT_REASONS = new Set(['ended', 'candidate', 'time'])
/** Names of things inside the system: of use in a log, not to a reader. */
const INNER = new Set(['device_id', 'paper', 'page', 'language', 'recovered_epochs', 'at_ms', 'detail', 'error', 'fullscreen', 'lost', 'share', 'quota_bytes'])
/** Names by which a track is meant; saying it once is enough. */
const SAME = ['device', 'track', 'kind'] as const

type Detail = Readonly<Record<string, unknown>>

/** The server marks with `client_` what the candidate's page said of itself. */
function detailsOf(event: Pick<EventView, 'detail'>): Detail {
  return Object.fromEntries(Object.entries(event.detail).map(([name, value]) => [name.replace(/^client_/, ''), value]))
}

export function isNotable(event: Pick<EventView, 'kind' | 'detail'>): boolean {
  if (!NOTABLE.has(event.kind)) return false
  // The browser's own question takes the focus, too; the page had asked for it.
  if (event.kind === 'window_blurred') return detailsOf(event)['asked'] !== true
  if (event.kind === 'picture_seen') return event.detail['state'] !== 'good'
  return event.kind !== 'recorder_stopped' || !RIGHT_REASONS.has(String(detailsOf(event)['reason']))
}

/** Events of a record in words. */
export function useWordedEvents() {
  const { t, te } = useWords()
  const { seconds } = useLengths()
  const { why } = useReasonWords()

  function valueOf(name: string, value: unknown, timeZone: string): string {
    // The same name means something else here: a share ends, and so does an exam.
    if (name === 'why') return why(String(value))
    if (name === 'cause' && te(`events.causes.${String(value)}`)) return t(`events.causes.${String(value)}`)
    if (name === 'state' && te(`events.states.${String(value)}`)) return t(`events.states.${String(value)}`)
    if (name === 'text' && te(`textKind.${String(value)}`)) return t(`textKind.${String(value)}`)
    if (typeof value === 'number' && name.endsWith('_ms')) return value > 1e12 ? clockText(value, timeZone) : seconds(Math.abs(value))
    return te(`events.values.${String(value)}`) ? t(`events.values.${String(value)}`) : String(value)
  }

  /** A check of the device comes with the state of each thing that was looked at. */
  function checked(detail: Detail): string {
    return (['bad', 'warn'] as const)
      .flatMap((state) => {
        const keys = Object.keys(detail).filter((key) => detail[key] === state)
        return keys.length ? [`${t(`check.state.${state}`)}: ${keys.map((key) => t(`check.name.${key}`)).join(t('check.and'))}`] : []
      })
      .join(' · ')
  }

  function worthSaying(kind: string, detail: Detail): [string, unknown][] {
    const named = SAME.find((name) => te(`events.values.${String(detail[name])}`))
    return Object.entries(detail).filter(([name, value]) => {
      // Said by the event's own words; and the browser's name for an error, beside its cause.
      if (kind === `${String(value)}_blocked` || (kind === 'device_refused' && name === 'reason')) return false
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
    detailOf(event: Pick<EventView, 'kind' | 'detail'>, timeZone: string): string {
      if (event.kind === 'prepared') return checked(detailsOf(event))
      return worthSaying(event.kind, detailsOf(event))
        .map(([name, value]) => {
          const said = valueOf(name, value, timeZone)
          // The same name means something else with some kinds: since when, or for how long.
          const at = [`events.detailsOf.${event.kind}.${name}`, `events.details.${name}`].find((key) => te(key))
          return at ? t(at, { value: said }) : `${name}: ${said}`
        })
        .join(' · ')
    },
  }
}
