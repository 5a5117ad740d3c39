import { useWords } from '@shared/i18n'

/** Lengths and sizes as the console writes them, in the reader's language. */
export function useLengths() {
  const { t } = useWords()
  return {
    /** To the second; below ten seconds to its tenth, because a gap is told as exactly as it is known. */
    seconds(ms: number): string {
      const s = Math.max(0, ms) / 1000
      if (s < 10) return t('length.seconds', { n: s.toFixed(1).replace(/\.0$/, '') })
      const whole = Math.round(s)
      if (whole < 60) return t('length.seconds', { n: whole })
      if (whole < 3600 && whole % 60 === 0) return t('length.wholeMinutes', { m: whole / 60 })
      if (whole < 3600) return t('length.minutes', { m: Math.floor(whole / 60), s: whole % 60 })
      return t('length.hours', { h: Math.floor(whole / 3600), m: Math.floor((whole % 3600) / 60) })
    },
    /** How long something lasts by now, as it is told beside trouble: seconds, then whole minutes. */
    rough(ms: number): string {
      const s = Math.max(0, Math.floor(ms / 1000))
      if (s < 90) return t('length.seconds', { n: s })
      if (s < 3600) return t('length.wholeMinutes', { m: Math.floor(s / 60) })
      return t('length.hours', { h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) })
    },
    /** How long ago: never more exact than is of use. */
    ago(ms: number): string {
      const s = Math.max(0, Math.round(ms / 1000))
      if (s < 5) return t('ago.now')
      if (s < 60) return t('ago.seconds', { n: s })
      if (s < 3600) return t('ago.minutes', { n: Math.floor(s / 60) })
      if (s < 86_400) return t('ago.hours', { n: Math.floor(s / 3600) })
      return t('ago.days', { n: Math.floor(s / 86_400) })
    },
    size(bytes: number): string {
      if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(0)} KB`
      if (bytes >= 1_000_000_000) return `${(bytes / 1_000_000_000).toFixed(1)} GB`
      return `${(bytes / 1_000_000).toFixed(1)} MB`
    },
  }
}
