// What crosses HTTP when an upload failed. Times `*_ms` are Unix ms, server time.

/** To whom packages are encrypted: `public` is base64 of an uncompressed P-256 point (65 bytes). */
export interface PackageKey {
  id: string
  public: string
}

/** The candidate's newest report, or a call that staff wrote down as one (R9). */
export interface UploadReport {
  report_id: string
  at_ms: number
  by: 'candidate' | 'phone_call'
  called_at_ms: number | null
  state: 'open' | 'closed'
  closed_ms: number | null
  outcome: 'arrived' | 'package' | 'lost' | 'withdrawn' | null
}
