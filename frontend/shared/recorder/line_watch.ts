/** A line that came or went, and when it did (server time). */
export interface LineChange {
  online: boolean
  sinceMs: number
}

/** As long as the server waits for a sign of life before it calls an attempt silent. */
const OFFLINE_MS = 6_000
const ONLINE_MS = 3_000

/** Tells when a device is cut off and when it is back. Requests that fail here and there are no news. */
export class LineWatch {
  private told = true
  /** Since when the line has been otherwise than told. */
  private otherMs: number | null = null

  /** To be called about once a second; `atMs` is server time. Null while there is no news. */
  judge(atMs: number, online: boolean): LineChange | null {
    if (online === this.told) this.otherMs = null
    else this.otherMs ??= atMs
    if (this.otherMs === null || atMs - this.otherMs < (online ? ONLINE_MS : OFFLINE_MS)) return null
    const change = { online, sinceMs: this.otherMs }
    this.told = online
    this.otherMs = null
    return change
  }
}
