import type { Completeness, Situation } from '@shared/api/types'
import { computed, type Ref } from 'vue'
import type { UploadProgress } from '../recording/progress'
import { holdings } from './holdings'

export interface Sums {
  dueMs: number
  savedMs: number
  sentMs: number
  confirmedMs: number
}

/** Tapes and sums of one attempt, from what this device tells and what the server says. */
export function useHoldings(
  situation: Readonly<Ref<Situation>>,
  held: Readonly<Ref<Completeness | null>>,
  now: Readonly<Ref<number>>,
  progress: UploadProgress,
) {
  const tracks = computed(() => holdings(situation.value, held.value, progress.stretches(situation.value.attempt_id), now.value))
  const sums = computed<Sums>(() => {
    const sum = { dueMs: 0, savedMs: 0, sentMs: 0, confirmedMs: 0 }
    for (const track of tracks.value) {
      sum.dueMs += track.dueMs
      sum.savedMs += track.savedMs
      sum.sentMs += track.sentMs
      sum.confirmedMs += track.confirmedMs
    }
    return sum
  })
  /** Kept on this device and not confirmed yet. */
  const missingMs = computed(() => tracks.value.reduce((sum, track) => sum + track.missingMs, 0))
  return { tracks, sums, missingMs }
}
