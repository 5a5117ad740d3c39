import { onScopeDispose, type Ref } from 'vue'

/** While it holds, the browser asks before the page is closed or reloaded. */
export function useFarewell(holds: Readonly<Ref<boolean>>): void {
  const ask = (event: BeforeUnloadEvent): void => {
    if (!holds.value) return
    event.preventDefault()
    // Chrome before 119 asks only when this is set.
    event.returnValue = true
  }
  window.addEventListener('beforeunload', ask)
  onScopeDispose(() => window.removeEventListener('beforeunload', ask))
}
