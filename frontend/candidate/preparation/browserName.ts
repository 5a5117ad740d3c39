// The browser's name as its user knows it, from the user agent; Edge and others also call themselves Chrome.

const KNOWN: readonly [string, RegExp][] = [
  ['Edge', /Edg\/(\d+)/],
  ['Opera', /OPR\/(\d+)/],
  ['Firefox', /Firefox\/(\d+)/],
  ['Chrome', /Chrom(?:e|ium)\/(\d+)/],
  ['Safari', /Version\/(\d+).*Safari/],
]

export function browserName(userAgent: string): string {
  for (const [name, pattern] of KNOWN) {
    const version = pattern.exec(userAgent)?.[1]
    if (version) return `${name} ${version}`
  }
  return userAgent.slice(0, 40)
}
