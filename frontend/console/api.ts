// What crosses HTTP between server and console, under the names that the pages use. Generated from the server's own
// description; nothing here is written by hand.
import type { components } from '@shared/generated/api'

type Schemas = components['schemas']

export type Staff = Schemas['Staff']
export type Role = Schemas['Role']

export type SittingItem = Schemas['SittingItem']
export type SittingList = Schemas['SittingList']
export type SittingView = Schemas['SittingView']
export type Times = Schemas['Times']

export type CandidateList = Schemas['CandidateList']
export type CandidateRow = Schemas['CandidateRow']
export type CandidateState = Schemas['CandidateState']
export type Filter = Schemas['Filter']
export type TrackSummary = Schemas['TrackSummary']
export type DeviceReport = Schemas['DeviceReport']
export type PhoneState = Schemas['PhoneState']
export type StepLine = Schemas['StepLine']
export type CallState = Schemas['CallState']

export type VerificationQueue = Schemas['VerificationQueue']
export type VerificationItem = Schemas['VerificationItem']

export type LiveView = Schemas['LiveView']
export type Permit = Schemas['Permit']
export type Chat = Schemas['Chat']
export type Message = Schemas['Message']
export type CallView = Schemas['CallView']

export type AttemptRecord = Schemas['AttemptRecord']
export type Acceptance = AttemptRecord['acceptances'][number]
export type PreparationView = Schemas['PreparationView']
export type RecordedTrack = Schemas['RecordedTrack']
export type RecordedEpoch = Schemas['RecordedEpoch']
export type Ledger = Schemas['Ledger']
export type InterruptionView = Schemas['InterruptionView']
export type EventView = Schemas['EventView']
export type GapView = Schemas['GapView']
export type GapCause = Schemas['GapCause']
export type TrackKind = Schemas['TrackKind']
export type Verdict = Schemas['Verdict']

export type SheetList = Schemas['SheetList']
export type SheetItem = Schemas['SheetItem']
export type SheetView = Schemas['SheetView']
export type SheetNote = Schemas['SheetNote']
export type SheetState = Schemas['SheetState']
export type ElementView = Schemas['ElementView']
export type Draft = Schemas['Draft']
export type DraftSaved = Schemas['DraftSaved']

export type ReportList = Schemas['ReportList']
export type ReportView = Schemas['ReportView']
export type Snapshot = Schemas['Snapshot']
export type Outcome = Schemas['Outcome']
export type Caller = Schemas['Caller']
export type CallerList = Schemas['CallerList']
export type PackageImport = Schemas['PackageImport']
export type PublicationView = Schemas['PublicationView']
export type Publication = Schemas['Publication']
