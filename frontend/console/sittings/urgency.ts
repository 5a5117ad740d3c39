import type { CandidateRow } from '../api'
import { deviceCells, worstOf } from '../devices/deviceCells'

export type Order = 'urgent' | 'ticket'

/** Who needs somebody first: a call that nobody took, a device that records nothing, somebody at the door. Less is sooner. */
function rankOf(row: CandidateRow, now: number): number {
  if (row.call === 'waiting') return 0
  const worst = worstOf(deviceCells(row, now))
  if (worst === 'bad') return 1
  if (row.verification_id !== null) return 2
  if (worst === 'warn' || row.unread > 0) return 3
  return row.call === 'taken' ? 4 : 5
}

/** The rows in the order asked for; those of one rank stay as the server has them, by ticket number. */
export function inOrder(rows: readonly CandidateRow[], order: Order, now: number): readonly CandidateRow[] {
  if (order === 'ticket') return rows
  return [...rows].map((row) => ({ row, rank: rankOf(row, now) })).sort((a, b) => a.rank - b.rank).map(({ row }) => row)
}
