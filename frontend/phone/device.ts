// What kind of browser this is, as far as it changes what the person must do.

export interface PhoneBrowser {
  /** WeChat's built-in browser cannot record. */
  wechat: boolean
  /** iPhone or iPad. */
  apple: boolean
  /** Android's main version, where the browser tells it. */
  android: number | null
  /** A mouse and a large screen: somebody opened the phone's page on a computer. */
  computer: boolean
}

export function readBrowser(userAgent: string, finePointer: boolean): PhoneBrowser {
  const android = /Android (\d+)/.exec(userAgent)
  const apple = /iPhone|iPad|iPod/.test(userAgent)
  return {
    wechat: /MicroMessenger/i.test(userAgent),
    apple,
    android: android ? Number(android[1]) : null,
    computer: finePointer && !android && !apple,
  }
}

/** What staff see of this phone; browsers tell ever less of the model. */
export function deviceLabel(): string {
  const { android, apple } = readBrowser(navigator.userAgent, false)
  const model = /; ([^;)]{2,40})\)/.exec(navigator.userAgent)?.[1]
  const system = android !== null ? `Android ${android}` : apple ? 'iOS' : navigator.platform
  return [...new Set([model, system])].filter(Boolean).join(' · ').slice(0, 80)
}
