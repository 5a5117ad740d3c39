import { totalMs, type AttemptUploads, type ServerClock, Uploads, type UploadsState } from '@shared/recorder'
import { computed, onScopeDispose, shallowRef } from 'vue'
import { confirmedUntil, SEEN_GAP_MS, uncovered, type LocalStretches } from '../ending/holdings'

/** What this device holds of every attempt recorded here, and how much of it the server has confirmed. */
export function useUploadProgress(clock: ServerClock) {
  const uploads = Uploads.open(clock)
  const state = shallowRef<UploadsState>(uploads.state)
  onScopeDispose(uploads.subscribe((now) => (state.value = now)))

  const of = (attemptId: string): AttemptUploads | undefined => state.value.perAttempt[attemptId]
  const waiting = (held: AttemptUploads): number =>
    Math.max(0, ...Object.values(held.perTrack).map((track) => totalMs(track.saved.flatMap(([a, b]) => uncovered(track.confirmed, a, b)))))

  /** Length of the longest unconfirmed rest of a track: camera and screen of one second are one second to wait for. */
  const waitingMs = (attemptId: string): number => {
    const held = of(attemptId)
    return held ? waiting(held) : 0
  }

  return {
    state,
    /** The spool has been read: before that nothing is known of what waits here. */
    ready: computed(() => state.value.ready),
    online: computed(() => state.value.online),
    unsaved: computed(() => state.value.storage.unsaved),
    /** There may not be room for all of the recording. */
    low: computed(() => state.value.storage.low),
    /** Room that the browser still gives; 0 where it does not tell. */
    freeBytes: computed(() => Math.max(0, (state.value.storage.quotaBytes ?? 0) - (state.value.storage.usageBytes ?? 0))),
    introduce: uploads.introduce.bind(uploads),
    sendAgain: uploads.sendAgain.bind(uploads),
    forget: uploads.forget.bind(uploads),
    exportPackage: uploads.exportPackage.bind(uploads),
    stretches: (attemptId: string): Record<string, LocalStretches> => of(attemptId)?.perTrack ?? {},
    waitingMs,
    /**
     * Whether all that was recorded is with the server, by its word and by this device's: the server cannot miss the
     * segments of a recorder's start that it has not heard of. `missingMs` is what the server does not cover of what is
     * kept here, where that is known: some may have reached it another way.
     */
    complete: (attemptId: string, received: boolean, missingMs = Infinity): boolean =>
      state.value.ready && received && Math.min(waitingMs(attemptId), missingMs) < SEEN_GAP_MS,
    waitingAnywhereMs: computed(() => Math.max(0, ...Object.values(state.value.perAttempt).map(waiting))),
    confirmedUntil: (attemptId: string): number | null => confirmedUntil(Object.values(of(attemptId)?.perTrack ?? {})),
    holds: (attemptId: string): boolean => (of(attemptId)?.heldBytes ?? 0) > 0,
    kbps: (attemptId: string): number => of(attemptId)?.uploadKbps ?? 0,
    pendingSegments: (attemptId: string): number => of(attemptId)?.pendingSegments ?? 0,
    pendingBytes: (attemptId: string): number => of(attemptId)?.pendingBytes ?? 0,
    /** Every second that was recorded here is on this device's disk. */
    allSaved: (attemptId: string): boolean => of(attemptId)?.notKept === 0 && state.value.storage.unsaved === 0,
  }
}

export type UploadProgress = ReturnType<typeof useUploadProgress>
