import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'

/**
 * A picture that is replaced whenever its address changes, without a moment of emptiness: the old one stays until the
 * new one is here. Addresses come every few seconds; one that fails leaves the old one in place, which then grows stale.
 */
export function useRefreshedPicture(address: () => string | null): { shown: Readonly<ShallowRef<string | null>>; failed: Readonly<ShallowRef<boolean>>; retry: () => void } {
  const shown = shallowRef<string | null>(null)
  const failed = shallowRef(false)
  let coming: HTMLImageElement | null = null

  function fetchAt(src: string): void {
    const image = new Image()
    coming = image
    image.onload = () => {
      if (coming !== image) return
      shown.value = src
      failed.value = false
    }
    image.onerror = () => {
      if (coming === image) failed.value = true
    }
    image.src = src
  }
  watch(address, (src) => src !== null && fetchAt(src), { immediate: true })
  onScopeDispose(() => (coming = null))
  return { shown, failed, retry: () => void (address() !== null && fetchAt(`${address()!}&again=${Date.now()}`)) }
}
