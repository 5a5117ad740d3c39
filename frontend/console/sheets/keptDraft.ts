import type { SheetNote } from '../api'

// What has been typed and not yet saved, on this device: it survives a crash, a reload and a server that is away.
// A sheet knows no name, so nothing personal lies here.

export interface DraftContent {
  marks: Record<string, string | null>
  comment: string
  notes: SheetNote[]
}

export interface KeptDraft extends DraftContent {
  /** The saved revision that it began from. */
  revision: number
}

const keyOf = (staffId: string, sheetId: string): string => `zhishi.draft.${staffId}.${sheetId}`

export function keepDraft(staffId: string, sheetId: string, draft: KeptDraft): void {
  try {
    localStorage.setItem(keyOf(staffId, sheetId), JSON.stringify(draft))
  } catch {
    // Without storage the draft lives in the page until the server has it.
  }
}

export function dropDraft(staffId: string, sheetId: string): void {
  try {
    localStorage.removeItem(keyOf(staffId, sheetId))
  } catch {
    // As above.
  }
}

export function keptDraft(staffId: string, sheetId: string): KeptDraft | null {
  try {
    const text = localStorage.getItem(keyOf(staffId, sheetId))
    return text ? (JSON.parse(text) as KeptDraft) : null
  } catch {
    return null
  }
}

/** Whether two drafts say the same; 19 and 19.0 are the same mark. */
export function sameDraft(one: DraftContent, other: DraftContent): boolean {
  const number = (mark: string | null | undefined): number | null => (mark == null ? null : Number(mark))
  const keys = new Set([...Object.keys(one.marks), ...Object.keys(other.marks)])
  if ([...keys].some((key) => number(one.marks[key]) !== number(other.marks[key]))) return false
  if (one.comment !== other.comment || one.notes.length !== other.notes.length) return false
  return one.notes.every((note, index) => note.at_ms === other.notes[index]?.at_ms && note.text === other.notes[index]?.text)
}
