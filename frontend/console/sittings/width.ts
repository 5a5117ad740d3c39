import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/** The width of an element in px, as it changes. */
export function useWidth(element: Readonly<Ref<HTMLElement | null>>): Readonly<Ref<number>> {
  const width = ref(0)
  const watcher = new ResizeObserver((entries) => (width.value = entries[0]?.contentRect.width ?? 0))
  onMounted(() => element.value && watcher.observe(element.value))
  onBeforeUnmount(() => watcher.disconnect())
  return width
}
