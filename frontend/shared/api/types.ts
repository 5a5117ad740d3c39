// What crosses HTTP, as far as candidate, phone and demo pages read it. Times `*_ms` are Unix ms, server time.

export type SittingKind = 'real' | 'rehearsal'

export interface Brand {
  candidate_app: string
  phone_app: string
  hotline: string
  hotline_hours: string
  demo: boolean
}

export interface EntranceSitting {
  sitting_id: string
  exam_title: string
  sitting_name: string
  kind: SittingKind
  time_zone: string
  starts_ms: number | null
  ends_ms: number | null
  login_opens_ms: number | null
  login_closes_ms: number | null
  state: 'before' | 'open' | 'closed'
}

export interface Entrance {
  sittings: EntranceSitting[]
}

export type StepKey =
  | 'devices_prepared'
  | 'face_login'
  | 'procedure'
  | 'binding'
  | 'lot'
  | 'attachments'
  | 'entry'
  | 'devices_confirmed'
  | 'answering'
  | 'ending'

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

export type CandidatePage = 'entry' | 'countdown' | 'answering' | 'upload' | 'home'

export interface Permission {
  allowed: boolean
  why: string | null
  from_ms?: number | null
  until_ms?: number | null
}

export interface AttemptTimes {
  login_opens_ms: number | null
  entry_opens_ms: number
  starts_ms: number
  login_closes_ms: number
  ends_ms: number
  report_until_ms: number
  phone_until_ms: number
  answer_s: number
}

export type TrackKind = 'camera' | 'screen' | 'phone'

export interface TrackName {
  track_id: string
  kind: TrackKind
}

export interface Situation {
  attempt_id: string
  kind: SittingKind
  exam_title: string
  sitting_name: string
  time_zone: string
  hotline: string
  hotline_hours: string
  now_ms: number
  step: { number: number; key: StepKey }
  page: CandidatePage
  may: { enter: Permission; end: Permission; read_paper: Permission }
  times: AttemptTimes
  entered_ms: number | null
  late: boolean
  ended_ms: number | null
  end_reason: 'candidate' | 'time' | null
  lot: string | null
  post: string
  mark: string
  person: { name: string } | null
  photo_registered: boolean
  interruptions: number
  tracks: TrackName[]
  upload_token: string | null
}

export interface SealedPaper {
  paper_id: string
  sitting_id: string
  algorithm: string
  nonce_b64: string
  ciphertext_b64: string
  aad_b64: string
}

export interface PaperKey {
  paper_id: string
  key_b64: string
}

/** The plain text inside a SealedPaper. */
export interface Paper {
  questions: { title: string; text: string }[]
  note: string | null
}

export interface AttemptEvent {
  kind: string
  at_ms: number
  device_ms: number
  detail: Record<string, unknown> | null
}

export interface Gap {
  from_ms: number
  to_ms: number
  cause: 'unknown' | 'not_yet_arrived' | 'interruption'
}

export type TrackVerdict = 'recording' | 'uploading' | 'complete' | 'incomplete'

export interface EpochHeld {
  epoch: number
  start_ms: number
  init: boolean
  declared: number | null
  held: [number, number][]
  settled: boolean
}

export interface TrackCompleteness {
  track_id: string
  kind: TrackKind
  due_from_ms: number
  due_to_ms: number
  due_ms: number
  covered_ms: number
  covered: [number, number][]
  gaps: Gap[]
  verdict: TrackVerdict
  epochs: EpochHeld[]
}

export interface Completeness {
  attempt_id: string
  now_ms: number
  complete: boolean
  entered_ms: number | null
  ends_ms: number
  tracks: TrackCompleteness[]
}

export type StaffRole = 'administrator' | 'officer' | 'invigilator' | 'examiner' | 'support'

export interface Staff {
  staff_id: string
  username: string
  display_name: string
  role: StaffRole
}

export interface DemoGuide {
  exam_title: string
  time_zone: string
  now_ms: number
  sitting: {
    sitting_id: string
    starts_ms: number
    ends_ms: number
    login_opens_ms: number
    login_closes_ms: number
  }
  staff: { role: StaffRole; role_title: { zh: string; en: string }; username: string; password: string; display_name: string }[]
  candidates: { name: string; ticket: string; id_tail: string; photo: boolean; entered: boolean }[]
}
