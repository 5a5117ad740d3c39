import { computed, shallowRef, watch, type Ref } from 'vue'
import type { CandidateRow } from '../api'

// A list that refreshes itself must not move what somebody is pointing at or typing near. While it is held, known rows
// change in place, rows that left stay (marked), and new ones wait; letting go takes the list as it is.

export interface HeldRow {
  row: CandidateRow
  /** No longer part of this list; shown as it was last. */
  gone: boolean
}

export function useHeldStill(latest: () => readonly CandidateRow[] | null, held: Readonly<Ref<boolean>>) {
  const order = shallowRef<readonly string[]>([])
  const last = new Map<string, CandidateRow>()

  const idsOf = (rows: readonly CandidateRow[]): string[] => rows.map((row) => row.registration_id)
  function take(): void {
    const rows = latest() ?? []
    last.clear()
    order.value = idsOf(rows)
  }
  watch(
    [latest, held],
    () => {
      for (const row of latest() ?? []) last.set(row.registration_id, row)
      if (!held.value) {
        take()
        for (const row of latest() ?? []) last.set(row.registration_id, row)
      }
    },
    { immediate: true },
  )

  const rows = computed<HeldRow[]>(() => {
    const now = new Map((latest() ?? []).map((row) => [row.registration_id, row]))
    return order.value.flatMap((id) => {
      const row = now.get(id) ?? last.get(id)
      return row ? [{ row, gone: !now.has(id) }] : []
    })
  })
  /** How many lines would change place if the list were taken as it is. */
  const waiting = computed(() => {
    const shown = new Set(order.value)
    const added = (latest() ?? []).filter((row) => !shown.has(row.registration_id)).length
    return added + rows.value.filter((one) => one.gone).length
  })
  return { rows, waiting, take }
}
