import { computed, onScopeDispose, ref, watch } from 'vue'
import type { Camera } from '../devices/camera'
import { useComputer } from '../devices/computer'
import type { Recording } from '../recording/recording'
import { useFullscreen } from './fullscreen'
import { useGuard, type GuardedKind } from './guard'
import { usePresence } from './presence'

const TOLD_FOR_MS = 15_000

/** What was just put on record, told once to who did it. */
export type Told = { what: 'away'; seconds: number } | { what: 'capture' | 'blocked' }

/**
 * Everything that is noticed from entry to the end (F7.4) and put on record: leaving the page, copying, full screen,
 * displays. What the recorder itself notices it writes into its logbook. It only notices; what it means, people decide, and nothing of it stands between a candidate and
 * the question.
 */
export function useConduct(camera: Camera, recording: Recording) {
  const { log } = recording
  // Where another tab has the exam, that tab is watched.
  const watching = computed(() => recording.running.value && recording.phase.value !== 'elsewhere')

  const told = ref<Told | null>(null)
  let timer = 0
  function tell(what: Told | null): void {
    clearTimeout(timer)
    told.value = what
    if (what) timer = window.setTimeout(() => (told.value = null), TOLD_FOR_MS)
  }
  watch(watching, () => tell(null))
  onScopeDispose(() => clearTimeout(timer))

  usePresence(
    watching,
    log,
    () => recording.asking.value || camera.asking.value,
    (seconds) => tell({ what: 'away', seconds }),
  )
  useGuard(watching, (kind: GuardedKind, act: string) => {
    log.value?.add(kind, { act })
    if (kind !== 'shortcut_noticed') tell({ what: kind === 'capture_noticed' ? 'capture' : 'blocked' })
  })
  const { left, goBack } = useFullscreen(watching, log)
  const silent = computed(() => watching.value && (recording.sound.value === 'silent' || recording.sound.value === 'lost'))

  const { displays } = useComputer()
  const secondDisplay = computed(() => watching.value && (displays.value ?? 1) > 1)
  watch(secondDisplay, (second) => {
    if (watching.value) log.value?.add(second ? 'display_added' : 'display_removed', { displays: displays.value })
  })

  return { told, fullscreenLeft: left, goFullscreen: goBack, silent, secondDisplay }
}

export type Conduct = ReturnType<typeof useConduct>
