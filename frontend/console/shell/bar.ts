import { inject, watchEffect, type InjectionKey, type Ref } from 'vue'

/** What a page of the desk says in the bar. */
export interface Bar {
  title?: string
  timeZone?: string
}

export const barKey: InjectionKey<Ref<Bar>> = Symbol('bar')

export function useBar(bar: () => Bar): void {
  const shown = inject(barKey)
  if (shown) watchEffect(() => (shown.value = bar()))
}
