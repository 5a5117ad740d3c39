import type { CheckItem, PreparationReport } from '@shared/api/types'

// What the nine checks of step 1 mean. Pure: what was measured goes in, a state and the name of its words come out.

export type CheckKey = CheckItem['key']
export type CheckState = CheckItem['state'] | 'running'

export interface Check {
  key: CheckKey
  state: CheckState
  /** Name of the words for it, under `preparation.is.<key>.`. */
  outcome: string
  /** The figure for the words and the report; no sentence. */
  value: string | null
}

const GIB = 1024 ** 3
/** An hour of camera and screen takes about 0.4 GB. */
const LITTLE_SPACE = 1 * GIB
const NO_SPACE = 0.3 * GIB
/** Camera and screen together send about 1 Mbit/s. */
const SLOW_MBIT = 2
const LOW_POWER_PERCENT = 40
const CLOCK_OFF_MS = 60_000

export const displayCheck = (displays: number | null): Check => {
  if (displays === null) return { key: 'display', state: 'unknown', outcome: 'unknown', value: null }
  return displays > 1
    ? { key: 'display', state: 'bad', outcome: 'several', value: null }
    : { key: 'display', state: 'ok', outcome: 'one', value: '1' }
}

/** `persisted`: whether the browser promised to keep what is stored, null where it does not tell. Many refuse it; that
 *  is said, and is no trouble by itself. */
export const spaceCheck = (freeBytes: number | null, persisted: boolean | null): Check => {
  if (freeBytes === null) return { key: 'space', state: 'unknown', outcome: 'unknown', value: null }
  const value = (freeBytes / GIB).toFixed(freeBytes < 10 * GIB ? 1 : 0)
  if (freeBytes < NO_SPACE) return { key: 'space', state: 'bad', outcome: 'none', value }
  return freeBytes < LITTLE_SPACE
    ? { key: 'space', state: 'warn', outcome: 'little', value }
    : { key: 'space', state: 'ok', outcome: persisted === false ? 'unpromised' : 'enough', value }
}

/** `null`: being measured. `failed`: nothing arrived. */
export const uploadCheck = (mbit: number | 'failed' | null): Check => {
  if (mbit === null) return { key: 'upload', state: 'running', outcome: 'running', value: null }
  if (mbit === 'failed') return { key: 'upload', state: 'bad', outcome: 'failed', value: null }
  const value = mbit < 10 ? mbit.toFixed(1) : String(Math.round(mbit))
  return mbit < SLOW_MBIT
    ? { key: 'upload', state: 'warn', outcome: 'slow', value }
    : { key: 'upload', state: 'ok', outcome: 'good', value }
}

export const powerCheck = (power: { percent: number; charging: boolean } | null): Check => {
  if (!power) return { key: 'power', state: 'unknown', outcome: 'unknown', value: null }
  const value = String(power.percent)
  if (power.charging) return { key: 'power', state: 'ok', outcome: 'charging', value }
  return power.percent < LOW_POWER_PERCENT
    ? { key: 'power', state: 'warn', outcome: 'low', value }
    : { key: 'power', state: 'ok', outcome: 'battery', value }
}

export const clockCheck = (offsetMs: number, measured: boolean): Check => {
  if (!measured) return { key: 'clock', state: 'unknown', outcome: 'unknown', value: null }
  const seconds = Math.round(Math.abs(offsetMs) / 1000)
  const outcome = seconds === 0 ? 'right' : offsetMs > 0 ? 'fast' : 'slow'
  return { key: 'clock', state: Math.abs(offsetMs) > CLOCK_OFF_MS ? 'warn' : 'ok', outcome, value: String(seconds) }
}

export type Verdict = 'unsupported' | 'bad' | 'warn' | 'running' | 'unseen' | 'good'

/** One sentence for all nine, the gravest thing first. */
export function verdictOf(checks: readonly Check[]): { verdict: Verdict; count: number } {
  const inState = (state: CheckState): number => checks.filter((check) => check.state === state).length
  if (checks.some((check) => check.key === 'browser' && check.state === 'bad')) return { verdict: 'unsupported', count: 1 }
  if (inState('bad') > 0) return { verdict: 'bad', count: inState('bad') }
  if (inState('running') > 0) return { verdict: 'running', count: inState('running') }
  if (checks.some((check) => check.outcome === 'untried')) return { verdict: 'unseen', count: 1 }
  return inState('warn') > 0 ? { verdict: 'warn', count: inState('warn') } : { verdict: 'good', count: checks.length }
}

const VALUE_AT_MOST = 120

export function reportOf(checks: readonly Check[], language: string): PreparationReport {
  return {
    items: checks.map(({ key, state, outcome, value }) => ({
      key,
      state: state === 'running' ? 'unknown' : state,
      value: (value === null ? outcome : `${outcome}: ${value}`).slice(0, VALUE_AT_MOST),
    })),
    user_agent: navigator.userAgent.slice(0, 400),
    language: language.slice(0, 20),
    width: Math.round(window.screen.width),
    height: Math.round(window.screen.height),
  }
}
