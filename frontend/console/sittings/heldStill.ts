import { computed, shallowRef, watch, type Ref } from 'vue'

// A list that refreshes itself must not move what somebody is pointing at or typing near. While it is held, known rows
// change in place, rows that left stay (marked), and new ones wait; letting go takes the list as it is.

export interface Held<T> {
  row: T
  /** No longer part of this list; shown as it was last. */
  gone: boolean
}

export function useHeldStill<T>(latest: () => readonly T[] | null, idOf: (row: T) => string, held: Readonly<Ref<boolean>>) {
  const order = shallowRef<readonly string[]>([])
  const last = new Map<string, T>()

  function keep(): void {
    for (const row of latest() ?? []) last.set(idOf(row), row)
  }
  function take(): void {
    last.clear()
    keep()
    order.value = (latest() ?? []).map(idOf)
  }
  watch([latest, held], () => (held.value ? keep() : take()), { immediate: true })

  const rows = computed<Held<T>[]>(() => {
    const now = new Map((latest() ?? []).map((row) => [idOf(row), row]))
    return order.value.flatMap((id) => {
      const row = now.get(id) ?? last.get(id)
      return row ? [{ row, gone: !now.has(id) }] : []
    })
  })
  /** How many lines would change place if the list were taken as it is. */
  const waiting = computed(() => {
    const shown = new Map(order.value.map((id, place) => [id, place]))
    const places = (latest() ?? []).map((row) => shown.get(idOf(row)))
    const kept = places.filter((place) => place !== undefined)
    const moved = kept.length - longestRise(kept)
    return places.length - kept.length + (order.value.length - kept.length) + moved
  })
  return { rows, waiting, take }
}

/** Length of the longest increasing subsequence: how many lines can stay where they are while the others move. */
function longestRise(places: readonly number[]): number {
  const ends: number[] = []
  for (const place of places) {
    const at = ends.findIndex((end) => end >= place)
    ends[at < 0 ? ends.length : at] = place
  }
  return ends.length
}
