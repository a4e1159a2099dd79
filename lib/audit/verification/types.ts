import type { Finding } from '../types'

/**
 * The chain of one tenant as the worker walks it: each day from where it stood, and a whole one after a finding (X11).
 */
export interface VerificationRow {
  tenantId: string
  /** Where the walk stands; empty before the first entry. */
  walk: string
  /** The first entry of the run under way, or of the last one; and the last entry. */
  fromSeq: number
  throughSeq: number
  /** When a run began with the first entry that is kept. */
  wholeAt: Date | null
  startedAt: Date | null
  finishedAt: Date | null
  findings: number
  /** The first of them, as JSON. */
  finding: string | null
  dueAt: Date
}

/** What is told of it. `waiting` until the first run is over. */
export type VerificationView =
  | { is: 'waiting' }
  | {
      is: 'sound' | 'broken'
      at: Date
      /** Within the last day and a bit: a run takes a while, and a worker may be late. */
      today: boolean
      fromSeq: number
      throughSeq: number
      wholeAt: Date | null
      findings: number
      finding: Finding | null
    }
