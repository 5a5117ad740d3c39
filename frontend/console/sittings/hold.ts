import { computed, ref } from 'vue'

/** Whether somebody points into an element or has the focus in it; `on` goes to it with `v-bind`. */
export function useHold() {
  const pointed = ref(false)
  const focused = ref(false)
  return {
    held: computed(() => pointed.value || focused.value),
    on: {
      onPointerenter: (): void => void (pointed.value = true),
      onPointerleave: (): void => void (pointed.value = false),
      onFocusin: (): void => void (focused.value = true),
      onFocusout: (event: FocusEvent): void => {
        focused.value = (event.currentTarget as HTMLElement).contains(event.relatedTarget as Node | null)
      },
    },
  }
}
