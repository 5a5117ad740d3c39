import type { Situation } from '@shared/api/types'
import type { Track } from '@shared/recorder'

/** The tracks that this computer records; the phone records its own. */
export function computerTracks(situation: Situation): Track[] {
  return situation.tracks.filter((track): track is Track => track.kind !== 'phone')
}
