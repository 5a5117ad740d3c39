export interface Paragraph {
  /** A numbered or lettered rule hangs by its number. */
  kind: 'text' | 'item'
  words: string
}

/** The paragraphs of a text; blank lines only part them. */
export function paragraphsOf(text: string): Paragraph[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((words) => ({ kind: /^(?:[(（]?\d+[.、)）]|[(（][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+、|R\d+|[-•·])/.test(words) ? 'item' : 'text', words }))
}
