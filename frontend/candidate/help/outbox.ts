// What was written and is not with the server yet, and what is being written. Kept in this browser, so that neither a
// reload nor an outage loses a call for help.

import { recallParsed, remember } from '@shared/page/memory'

export interface Unsent {
  /** Made here; sending the same one again is harmless. */
  client_id: string
  text: string
  at_ms: number
}

interface Kept {
  draft: string
  unsent: Unsent[]
}

const TEXT_AT_MOST = 500

export class Outbox {
  private readonly keptAt: string
  private kept: Kept

  constructor(attemptId: string) {
    this.keptAt = `zhishi.chat.${attemptId}`
    this.kept = this.read()
  }

  get draft(): string {
    return this.kept.draft
  }

  get unsent(): readonly Unsent[] {
    return this.kept.unsent
  }

  write(draft: string): void {
    this.keep({ ...this.kept, draft })
  }

  add(text: string, atMs: number): void {
    const one: Unsent = { client_id: crypto.randomUUID(), text: text.slice(0, TEXT_AT_MOST), at_ms: atMs }
    this.keep({ draft: '', unsent: [...this.kept.unsent, one] })
  }

  drop(one: Unsent): void {
    this.keep({ ...this.kept, unsent: this.kept.unsent.filter((other) => other.client_id !== one.client_id) })
  }

  private keep(kept: Kept): void {
    this.kept = kept
    remember(this.keptAt, kept.draft || kept.unsent.length > 0 ? JSON.stringify(kept) : null)
  }

  private read(): Kept {
    const kept = (recallParsed(this.keptAt) ?? {}) as Partial<Kept>
    const unsent = Array.isArray(kept.unsent) ? kept.unsent : []
    return { draft: typeof kept.draft === 'string' ? kept.draft : '', unsent }
  }
}
