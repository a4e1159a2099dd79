import type { AnyDeps, Deps, TransactionDeps } from '../../../core/deps'
import type { Person } from '../../../identity/user/types'
import type { Channel, PasscodeScope } from '../../passcode/types'
import type { FreshHint } from '../totp/rules'
import type { FactorRow } from '../types'

/** What a typed value is worth; nothing is written yet. What could not be judged counts for nothing. */
export type Judgement<Found, Unjudged extends string = 'expired'> =
  | { verdict: 'right'; found: Found; spend: (deps: TransactionDeps) => Promise<boolean> }
  /** `until`: those of its network have used up their tries, which end then (N10). */
  | { verdict: 'wrong'; hints?: () => FreshHint[]; until?: Date | null }
  | { verdict: 'unjudged'; code: Unjudged }

export interface ProvedFactor {
  factorId: string
}

export interface Asked {
  person: Pick<Person, 'id' | 'tenantId'>
  /** The one that is asked now. */
  factor: FactorRow
  /** All that may be proved, since of two authenticator apps either will do. */
  factors: readonly FactorRow[]
  /** Whose passcode counts. */
  scope: PasscodeScope
}

/** How a factor of one kind is proved: each kind is a folder beside this one, and `KINDS` names them all. */
export interface FactorProof {
  /** Where its passcode goes, null when none can be sent now; or null for a kind that needs no message. */
  channel:
    | ((
        deps: Pick<Deps, 'keys' | 'smsAvailable'>,
        person: Pick<Person, 'id' | 'tenantId'>,
        factor: FactorRow,
      ) => Channel | null)
    | null
  judge: (deps: AnyDeps<'clock' | 'keys'>, asked: Asked, typed: string) => Promise<Judgement<ProvedFactor>>
}
