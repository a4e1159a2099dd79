import type { FactorRow } from '../../credentials/factor/types'
import type { Person } from '../../identity/user/types'

export interface AttemptRow {
  id: string
  userId: string
  createdAt: Date
  expiresAt: Date
  passwordProvedAt: Date | null
  /** A mailed sign-in link in place of the password (U1). */
  linkProvedAt: Date | null
  mailProvedAt: Date | null
  factorProvedAt: Date | null
  /** The factor that was proved. */
  factorId: string | null
  /** The factor that is asked now; null until one is chosen. */
  chosenFactorId: string | null
  /** The box was ticked with the passcode that proved the factor (D1). */
  trustWantedAt: Date | null
  clockHint: string | null
  recoveryProvedAt: Date | null
  recoveryAnswer: 'lost' | 'at_hand' | null
  enrollingFactorId: string | null
  enrolledFactorId: string | null
  failures: number
  returnTo: string | null
  /** Enrolment was put off (P8). */
  putOffAt: Date | null
  /** The password was right, and shorter than the person's role needs (R13). */
  passwordShort: boolean
  /** It began with an invitation: the wizard is the rest of its steps (R10). */
  invited: boolean
  completedAt: Date | null
  endedAt: Date | null
}

/** Everything that decides the next step, read from the database at each request (S8). */
export interface SignInState {
  attempt: AttemptRow
  person: Person
  factors: readonly FactorRow[]
  /** `trusted`: 2FA is skipped in it now (D1). */
  knownDevice: { id: string; trusted: boolean } | null
}

export const STEPS = [
  'start-over',
  'password-needed',
  'verify-device',
  'verify-factor',
  'ask-if-lost',
  'put-off',
  'enrol',
  'show-recovery-codes',
  'complete',
] as const
export type Step = (typeof STEPS)[number]
