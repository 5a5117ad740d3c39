import type { Brand } from '@shared/api/types'
import type { ServerClock } from '@shared/recorder'
import { inject, type InjectionKey, type Ref } from 'vue'
import type { Attempt } from './attempt/attempt'
import type { Conduct } from './conduct/conduct'
import type { Camera } from './devices/camera'
import type { Chat } from './help/chat'
import type { Recording } from './recording/recording'
import type { UploadProgress } from './recording/progress'

/** What every page of the candidate's application stands on; made once in Candidate.vue. */
export interface Context {
  clock: ServerClock
  /** Server time, turning over with each second. */
  now: Readonly<Ref<number>>
  brand: Brand
  attempt: Attempt
  camera: Camera
  recording: Recording
  progress: UploadProgress
  conduct: Conduct
  chat: Chat
}

export const CONTEXT: InjectionKey<Context> = Symbol('candidate')

export function useContext(): Context {
  const context = inject(CONTEXT)
  if (!context) throw new Error('a candidate page outside of the application')
  return context
}
