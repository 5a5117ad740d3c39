import { ApiFailure, asFailure, failedWith, type Failure } from '@shared/api/client'
import { computed, onScopeDispose, reactive, ref, shallowRef } from 'vue'
import type { Draft, DraftSaved, SheetNote, SheetView } from '../api'
import { ask, session } from '../session'
import { dropDraft, keepDraft, keptDraft, sameDraft, type DraftContent } from './keptDraft'
import { readMark, sumOf } from './marks'

// A score sheet while it is filled in. What is typed is kept on this device at once and saved by the server a moment
// later; whoever looks always sees which of the two it is.

const AFTER_TYPING_MS = 800
const AGAIN_MS = 5_000

export type SaveState = 'untouched' | 'waiting' | 'saving' | 'saved' | 'failed' | 'conflict' | 'locked'

export function useDraft(sheet: SheetView, changed: { locked: () => void }) {
  const staffId = session.staff?.staff_id ?? ''
  const elements = sheet.scheme.elements
  const form = reactive({
    texts: Object.fromEntries(elements.map((one) => [one.key, textOf(sheet, one.key)])) as Record<string, string>,
    comment: sheet.comment,
    notes: sheet.notes.map((note) => ({ ...note })) as SheetNote[],
  })
  const state = ref<SaveState>(sheet.state === 'submitted' ? 'locked' : 'untouched')
  const failure = shallowRef<Failure | null>(null)
  const savedMs = ref<number | null>(null)
  const restored = ref(false)
  /** The server's content, where it is another than the one kept here. */
  const theirs = shallowRef<SheetView | null>(null)
  let revision = sheet.revision
  let timer = 0
  let running: Promise<void> | null = null
  let dirty = false

  const readings = computed(() => Object.fromEntries(elements.map((one) => [one.key, readMark(form.texts[one.key] ?? '', one, sheet.scheme.step)])))
  const unmarked = computed(() => elements.filter((one) => readings.value[one.key]?.mark == null))
  const sum = computed(() => sumOf(elements.map((one) => readings.value[one.key]?.mark ?? null)))

  function content(): DraftContent {
    return {
      marks: Object.fromEntries(elements.map((one) => [one.key, readings.value[one.key]?.mark ?? null])),
      comment: form.comment,
      notes: form.notes.map((note) => ({ ...note })),
    }
  }

  function fill(from: DraftContent): void {
    for (const one of elements) {
      const mark = from.marks[one.key]
      form.texts[one.key] = mark == null ? '' : (readMark(mark, one, sheet.scheme.step).mark ?? mark)
    }
    form.comment = from.comment
    form.notes = from.notes.map((note) => ({ ...note }))
  }

  /** Something was changed: kept here now, saved a moment later. */
  function touch(): void {
    if (state.value === 'locked' || state.value === 'conflict') return
    dirty = true
    restored.value = false
    keepDraft(staffId, sheet.sheet_id, { revision, ...content() })
    if (state.value !== 'saving') state.value = 'waiting'
    schedule(AFTER_TYPING_MS)
  }

  function schedule(ms: number): void {
    clearTimeout(timer)
    timer = window.setTimeout(() => void flush(), ms)
  }

  /** Saves what is not saved yet. True if the server then has everything. */
  async function flush(): Promise<boolean> {
    clearTimeout(timer)
    if (running) await running
    while (dirty && state.value !== 'conflict' && state.value !== 'locked') {
      running = save()
      await running
      running = null
      if (state.value === 'failed') break
    }
    return !dirty && state.value !== 'conflict'
  }

  async function save(): Promise<void> {
    const sent = content()
    dirty = false
    state.value = 'saving'
    try {
      const draft: Draft = { revision, ...sent }
      const saved = await ask<DraftSaved>('PUT', `/sheets/${sheet.sheet_id}/draft`, { json: draft })
      settle(saved.revision, saved.saved_ms)
    } catch (thrown) {
      dirty = true
      await notSaved(asFailure(thrown), sent)
    }
  }

  function settle(nowRevision: number, at: number | null): void {
    revision = nowRevision
    failure.value = null
    if (at !== null) savedMs.value = at
    state.value = dirty ? 'waiting' : 'saved'
    if (!dirty) dropDraft(staffId, sheet.sheet_id)
  }

  async function notSaved(why: Failure, sent: DraftContent): Promise<void> {
    failure.value = why
    if (failedWith(why, 'sheet_submitted')) {
      state.value = 'locked'
      dropDraft(staffId, sheet.sheet_id)
      changed.locked()
      return
    }
    if (failedWith(why, 'sheet_changed_elsewhere')) {
      await compare(sent)
      return
    }
    state.value = 'failed'
    // A refusal stands until something changes; a server that is away comes back.
    if (!(why instanceof ApiFailure) || why.status >= 500 || why.status === 429) schedule(AGAIN_MS)
  }

  /** Another revision is there: perhaps our own, whose answer was lost; else the person decides. */
  async function compare(sent: DraftContent): Promise<void> {
    try {
      const now = await ask<SheetView>('GET', `/sheets/${sheet.sheet_id}`)
      if (sameDraft(now, sent)) {
        dirty = !sameDraft(content(), sent)
        settle(now.revision, null)
        return
      }
      theirs.value = now
      state.value = 'conflict'
    } catch (thrown) {
      failure.value = asFailure(thrown)
      state.value = 'failed'
      schedule(AGAIN_MS)
    }
  }

  /** The person's answer to a conflict. */
  function resolve(keep: 'mine' | 'theirs'): void {
    const other = theirs.value
    if (!other) return
    theirs.value = null
    revision = other.revision
    state.value = 'waiting'
    if (keep === 'mine') {
      touch()
      return
    }
    fill(other)
    dirty = false
    settle(other.revision, null)
  }

  function begin(): void {
    const kept = keptDraft(staffId, sheet.sheet_id)
    if (!kept) return
    if (state.value === 'locked' || sameDraft(kept, sheet)) {
      dropDraft(staffId, sheet.sheet_id)
      return
    }
    fill(kept)
    if (kept.revision === sheet.revision) {
      touch()
      restored.value = true
      return
    }
    theirs.value = sheet
    state.value = 'conflict'
  }

  /** The page is going: a request that outlives it. What does not arrive is restored from this device. */
  function farewell(): void {
    if (!dirty || state.value === 'conflict' || state.value === 'locked') return
    const body = JSON.stringify({ revision, ...content() })
    const headers = { 'Content-Type': 'application/json' }
    void fetch(`/api/v1/sheets/${sheet.sheet_id}/draft`, { method: 'PUT', body, keepalive: true, headers }).catch(() => undefined)
  }

  const hidden = (): void => {
    if (document.hidden) void flush()
  }
  const online = (): void => {
    if (state.value === 'failed') void flush()
  }
  window.addEventListener('pagehide', farewell)
  window.addEventListener('online', online)
  document.addEventListener('visibilitychange', hidden)
  onScopeDispose(() => {
    clearTimeout(timer)
    window.removeEventListener('pagehide', farewell)
    window.removeEventListener('online', online)
    document.removeEventListener('visibilitychange', hidden)
  })
  begin()

  return {
    form,
    state,
    failure,
    savedMs,
    restored,
    readings,
    unmarked,
    sum,
    touch,
    flush,
    resolve,
    revision: () => revision,
    lock: () => {
      state.value = 'locked'
      dropDraft(staffId, sheet.sheet_id)
    },
  }
}

export type SheetDraft = ReturnType<typeof useDraft>

function textOf(sheet: SheetView, key: string): string {
  const element = sheet.scheme.elements.find((one) => one.key === key)
  const mark = sheet.marks[key]
  return element && mark != null ? (readMark(mark, element, sheet.scheme.step).mark ?? mark) : ''
}
