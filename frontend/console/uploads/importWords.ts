import { useWords } from '@shared/i18n'
import type { PackageImport } from '../api'

/** What of a package was not taken, and why: one line a reason. */
export function useImportWords(): (result: PackageImport) => string[] {
  const { t, te } = useWords()

  function lines(codes: readonly string[], what: 'refused' | 'broken'): string[] {
    return [...new Set(codes)].map((code) => {
      const at = `packages.why.${code}`
      const why = te(at) ? t(at) : t('packages.why.other', { code })
      return t(`packages.${what}`, { n: codes.filter((one) => one === code).length, why })
    })
  }

  return (result) => [
    ...lines(result.broken.map((one) => one.code), 'broken'),
    ...lines(result.refused.map((one) => one.code), 'refused'),
    // The server names the first hundred.
    ...(result.refused_count > result.refused.length ? [t('packages.moreRefused', { n: result.refused_count - result.refused.length })] : []),
  ]
}
