import { ApiFailure, type Failure } from '../api/client'
import { useWords } from '../i18n'

/** How a failure is said: a sentence for the reader, and the code that support can use. */
export function useFailureWords() {
  const { t, said } = useWords()
  return {
    sentence(failure: Failure): string {
      if (!(failure instanceof ApiFailure)) return t(`shared.failed.${failure.reason}`)
      return said(failure.words) || t('shared.failed.unknown')
    },
    code(failure: Failure): string {
      if (!(failure instanceof ApiFailure)) return ''
      return failure.reference
        ? t('shared.failed.codeReference', { code: failure.code, reference: failure.reference })
        : t('shared.failed.code', { code: failure.code })
    },
  }
}
