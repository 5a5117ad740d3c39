import { computed, onScopeDispose, ref, type Ref } from 'vue'

const AFTER_MS = 30_000

/** True when nobody has touched the page for a while: the screen need not shine into the room, nor eat the battery. */
export function useDimming(allowed: Readonly<Ref<boolean>>): Readonly<Ref<boolean>> {
  const left = ref(false)
  let timer = 0
  const touched = (): void => {
    left.value = false
    clearTimeout(timer)
    timer = window.setTimeout(() => (left.value = true), AFTER_MS)
  }
  const off = new AbortController()
  for (const name of ['pointerdown', 'keydown', 'visibilitychange']) {
    document.addEventListener(name, touched, { capture: true, signal: off.signal })
  }
  touched()
  onScopeDispose(() => {
    off.abort()
    clearTimeout(timer)
  })
  return computed(() => left.value && allowed.value)
}
