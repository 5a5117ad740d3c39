import { useWords } from '@shared/i18n'
import type { PackageImport } from '../api'

/** What of a package was not taken, and why: one line a reason. */
export function useImportWords(): (result: PackageImport) => string[] {
  const { t, te } = useWords()

  function why(code: string): string {
    const at = `packages.why.${code}`
    return te(at) ? t(at) : t('packages.why.other', { code })
  }

  function lines(codes: readonly string[], what: 'refused' | 'broken'): string[] {
    return [...new Set(codes)].map((code) => t(`packages.${what}`, { n: codes.filter((one) => one === code).length, why: why(code) }))
  }

  const more = (n: number, what: 'moreBroken' | 'moreRefused'): string[] => (n > 0 ? [t(`packages.${what}`, { n })] : [])

  return (result) => [
    ...(result.broken_off === null ? [] : [t('packages.brokenOff', { why: why(result.broken_off) })]),
    ...lines(result.broken.map((one) => one.code), 'broken'),
    // The server names the first hundred of each.
    ...more(result.broken_count - result.broken.length, 'moreBroken'),
    ...lines(result.refused.map((one) => one.code), 'refused'),
    ...more(result.refused_count - result.refused.length, 'moreRefused'),
  ]
}
