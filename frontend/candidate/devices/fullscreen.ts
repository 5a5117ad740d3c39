const PATIENCE_MS = 1_500

/** Asks for full screen in a click. Tells whether it is there; a browser that refuses keeps nobody from the exam. */
export async function goFullscreen(): Promise<boolean> {
  if (document.fullscreenElement) return true
  const asked = document.documentElement.requestFullscreen?.({ navigationUI: 'hide' })
  if (!asked) return false
  const answered = asked.then(
    () => true,
    () => false,
  )
  // A browser that neither grants nor refuses must not hold up the entry.
  return Promise.race([answered, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS))])
}
