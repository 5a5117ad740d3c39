import { useWords } from '@shared/i18n'

/** Why somebody asks to be looked at, in words: the code of the face login's refusal, or their own choice. */
export function useReasonWords() {
  const { t, te } = useWords()
  return { why: (reason: string): string => (te(`verify.why.${reason}`) ? t(`verify.why.${reason}`) : t('verify.why.other')) }
}
