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
export type GapCause = Schemas['GapCause']

/** To whom packages of footage are encrypted: `public` is base64 of an uncompressed P-256 point (65 bytes). */
export type PackageKey = Schemas['PackageKey']
/** A candidate's newest report of a failed upload (R9). */
export type UploadReport = Schemas['MyReport']

export type ReceiptList = Schemas['ReceiptList']
export type GivenReceipt = Schemas['GivenReceipt']

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

export type StepLine = Schemas['StepLine']
export type Allowance = Schemas['AllowanceView']
export type PreparationReport = Schemas['PreparationReport']
export type PreparationView = Schemas['PreparationView']
export type CheckItem = Schemas['CheckItem']
export type TextList = Schemas['TextList']
export type ExamText = Schemas['TextView']
export type DrawView = Schemas['DrawView']
export type BindingCode = Schemas['BindingCode']
export type PhoneState = Schemas['PhoneState']
export type AttemptVerdict = Schemas['AttemptVerdict']
export type VerdictItem = Schemas['VerdictItem']
export type Verification = Schemas['VerificationView']
export type HomeView = Schemas['Home']
export type HomeAttempt = HomeView['attempts'][number]
export type Ledger = Schemas['Ledger']
export type Interruption = Ledger['interruptions'][number]
export type Consent = NonNullable<EntranceSitting['consent']>
export type Chat = Schemas['Chat']
export type ChatMessage = Schemas['Message']
export type HelpCall = Schemas['CallView']
export type PhoneSession = Schemas['PhoneSession']
export type PhoneSituation = Schemas['PhoneSituation']
export type PhoneCopies = Schemas['PhoneCopies']
export type PhoneReport = Schemas['PhoneReport']
