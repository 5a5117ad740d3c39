import { useWords } from '../i18n'

/** A length as people say it: "40 秒", "15 分钟", "3 分 20 秒". */
export function useLengthWords(): (seconds: number) => string {
  const { t } = useWords()
  return (seconds) => {
    const whole = Math.max(0, Math.round(seconds))
    if (whole < 60) return t('shared.time.seconds', { n: whole })
    const minutes = Math.floor(whole / 60)
    if (whole % 60 === 0) return t('shared.time.minutes', { n: minutes })
    return t('shared.time.minutesSeconds', { m: minutes, s: whole % 60 })
  }
}
