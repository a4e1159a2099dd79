import type { FactorRow } from '../factor/types'
import type { Person } from '../user/types'

export interface AttemptRow {
  id: string
  userId: string
  createdAt: Date
  expiresAt: Date
  passwordProvedAt: Date | null
  mailProvedAt: Date | null
  factorProvedAt: Date | null
  /** The factor that was proved. */
  factorId: string | null
  recoveryProvedAt: Date | null
  recoveryAnswer: 'lost' | 'at_hand' | null
  enrollingFactorId: string | null
  enrolledFactorId: string | null
  failures: number
  returnTo: string | null
  completedAt: Date | null
  endedAt: Date | null
}

/** Everything that decides the next step, read from the database at each request (S8). */
export interface SignInState {
  attempt: AttemptRow
  person: Person
  factors: readonly FactorRow[]
  knownDevice: { id: string } | null
}

export const STEPS = [
  'start-over',
  'verify-device',
  'verify-factor',
  'ask-if-lost',
  'enrol',
  'show-recovery-codes',
  'complete',
] as const
export type Step = (typeof STEPS)[number]
