import { useWords } from '@shared/i18n'

/**
 * What a check found, in words. The candidate's page reports the outcome's name, and after a colon the figure
 * ("slow: 0.8"); a report of another version is shown as it came.
 */
export function useCheckValue() {
  const { t, te } = useWords()
  return (key: string, value: string | null | undefined): string => {
    if (!value) return ''
    const [outcome = '', ...rest] = value.split(': ')
    const at = `check.is.${key}.${outcome}`
    return te(at) ? t(at, { n: rest.join(': ') }) : value
  }
}
