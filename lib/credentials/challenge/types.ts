import type { AnyDeps, TransactionDeps } from '../../core/deps'
import type { RequestInfo } from '../../core/kernel/request'
import type { Ok } from '../../core/kernel/result'
import type { Person } from '../../identity/user/types'
import type { Judgement } from '../factor/prove/types'
import type { Channel, PasscodePurpose, PasscodeScope } from '../passcode/types'
import type { FactorCounters } from '../throttle/types'

/** Where a proof is asked for, and what its tries cost: a sign-in's attempt and a session each make one. */
export interface Challenge<Refused extends { ok: false }> {
  person: Person
  request: RequestInfo
  /** The language of whoever asks, for a person who chose none. */
  locale: string
  /** A passcode that was sent for it serves nothing else (ASVS 6.6.2). */
  owner: { attemptId: string } | { sessionId: string }
  /** Counts of the person over all kinds, attempts and sessions, or of their known device (S5). */
  counters: FactorCounters
  /** The few tries that it has for itself. */
  own: {
    take: (deps: AnyDeps) => Promise<Ok<null> | Refused>
    giveBack: (deps: AnyDeps) => Promise<void>
  }
  /** Tells of a try that was refused unjudged. */
  unjudged: (deps: AnyDeps) => Promise<void>
  /** Tells of a wrong try, and says what it is answered with; `until` is the wait that it began. */
  failed: (deps: TransactionDeps, failure: Failure) => Promise<Refused>
}

export interface Failure {
  /** For the audit log. */
  factorType: string
  wait: { until: Date | null } | null
  judged: Judgement<unknown, string>
}

/** What is judged: a factor, the passcode that verifies a browser, or a recovery code. */
export interface Question<Found = null, Unjudged extends string = 'expired'> {
  factorType: string
  /** A recovery code is not: no wait and no lock of the factors keeps it from being the way out (N10, S30). */
  guessable: boolean
  judge: (deps: AnyDeps) => Promise<Judgement<Found, Unjudged>>
}

/** What a try was charged to. */
export interface Charge {
  own: boolean
  person: boolean
}

/** A right answer; it proves something once `spend` has used it up, in the transaction of what it proves. */
export interface Proved<Found = null> {
  found: Found
  spend: (deps: TransactionDeps) => Promise<boolean>
  charge: Charge
}

/** A passcode by message, as it is asked for in a challenge. */
export interface ChallengeMessage {
  scope: PasscodeScope
  purpose: PasscodePurpose
  channel: Channel
  factorType: string
}
