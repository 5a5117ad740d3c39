import { recall, remember } from '../page/memory'
import { createI18n, useI18n } from 'vue-i18n'
import { watchEffect, type ComputedRef } from 'vue'
import type { BothLanguages } from '../api/client'
import en from './en.json'
import zhCN from './zh-CN.json'

// Chinese first, English complete. Shared words live under `shared.`, each app's own beside it.

export type Locale = 'zh-CN' | 'en'

type Messages = { [key: string]: string | Messages }

const STORED_AT = 'zhishi.locale'

function storedLocale(): Locale {
  const asked = new URLSearchParams(location.search).get('lang')
  const wanted = asked ?? recall(STORED_AT)
  return wanted?.toLowerCase().startsWith('en') ? 'en' : 'zh-CN'
}

/** The i18n plugin of one app. `?lang=en` wins over the stored choice and is kept. */
export function setupI18n(appMessages: Record<Locale, Messages>) {
  const locale = storedLocale()
  const i18n = createI18n({
    legacy: false,
    locale,
    fallbackLocale: 'zh-CN',
    messages: {
      'zh-CN': { ...appMessages['zh-CN'], shared: zhCN } as Messages,
      en: { ...appMessages.en, shared: en } as Messages,
    },
  })
  keepLocale(locale)
  return i18n
}

function keepLocale(locale: Locale): void {
  document.documentElement.lang = locale
  remember(STORED_AT, locale)
}

/** The words of this page, the present locale, and the way to change it. */
export function useWords() {
  const { t, te, locale } = useI18n({ useScope: 'global' })
  return {
    t,
    te,
    locale: locale as unknown as ComputedRef<Locale>,
    /** The server's own sentence in the reader's language. */
    said: (words: BothLanguages): string => (locale.value === 'en' ? words.en : words.zh),
    switchLocale(to: Locale): void {
      locale.value = to
      keepLocale(to)
    },
  }
}

/** Keeps document.title as "page · product" in the present language. */
export function useTitle(title: () => string, product: () => string): void {
  watchEffect(() => {
    document.title = [title(), product()].filter(Boolean).join(' · ')
  })
}
