// Names for what crosses HTTP. The shapes are generated from the server's OpenAPI (`npm run types`); times `*_ms` are
// Unix ms, server time.
import type { components } from '../generated/api'

type Schemas = components['schemas']

export type Brand = Schemas['Brand']
export type SittingKind = Schemas['SittingKind']
export type Entrance = Schemas['Entrance']
export type EntranceSitting = Schemas['EntranceSitting']

export type Situation = Schemas['Situation']
export type StepKey = Schemas['Step']
export type CandidatePage = Schemas['Page']
export type AttemptTimes = Schemas['Times']
export type AttemptEvent = Schemas['ReportedEvent']
export type SealedPaper = Schemas['SealedPaper']
export type PaperKey = Schemas['PaperKey']

export type TrackKind = Schemas['TrackKind']
export type Completeness = Schemas['Completeness']
export type TrackCompleteness = Schemas['TrackView']
export type Gap = Schemas['GapView']

export type Staff = Schemas['Staff']
export type StaffRole = Schemas['Role']
export type DemoGuide = Schemas['Guide']

/** The plain text inside a SealedPaper; it crosses HTTP only as ciphertext. */
export interface Paper {
  questions: { title: string; text: string }[]
  note: string | null
}

/** The ten steps in order; a step's number is its place here plus one. */
export const STEPS: readonly StepKey[] = [
  'devices_prepared',
  'face_login',
  'procedure',
  'binding',
  'lot',
  'attachments',
  'entry',
  'devices_confirmed',
  'answering',
  'ending',
]
