import type { FactorKind, FloorAbove, TypePolicy } from '../identity/policy/types'
import type { UserType } from '../identity/user/types'

/** What a report and the list say of a person (M3). */
export const PERSON_STATES = ['enrolled', 'setup_required', 'exempt', 'not_required'] as const
export const STATES = [...PERSON_STATES, 'service'] as const
export type TwoFactorState = (typeof STATES)[number]

/** All that decides whether a person is asked for a second factor, and nothing else. */
export interface CoverageFacts {
  /** A service account now, and until when; no date where no end was set (U8). */
  service: { until: Date | null } | null
  /** May use no page: suspended, or without a home. */
  barred: boolean
  /** The home tenant. */
  tenantId: string
  twoFactorOn: boolean
  /** Kinds of the confirmed factors. */
  factorKinds: readonly FactorKind[]
  /** A passcode by mail can be a second factor now (S20, R11). */
  mailbox: boolean
  /** A factor was confirmed once (S6). */
  hadFactor: boolean
  /** An admin took the factors away, and nothing was enrolled since (E9). */
  wasReset: boolean
  /** An unused recovery code, saved or issued; true where nobody looked, since it matters only without the mailbox. */
  hasCode: boolean
  memberships: readonly CoverageMembership[]
}

export interface CoverageMembership {
  tenant: { id: string; name: string; kind: 'partner' | 'customer'; stage: 'trial' | 'production' }
  userType: UserType
  policy: TypePolicy
  /** Of which the policy is the strictest (T5); left out, it is the tenant's own. */
  own?: TypePolicy
  floors?: readonly FloorAbove[]
  exemptUntil: Date | null
  /** Until when this person alone may put enrolment off (P8). */
  moreTimeUntil?: Date | null
}

/**
 * - `asked`: a factor they have
 * - `replace`: one that they have, then a new one, since none is of an allowed kind (P7)
 * - `enrol`: the wizard
 * - `put_off`: the wizard, or nothing yet: it can be put off (P8)
 * - `let_in`: nothing of the second factor
 * - `barred`: no sign-in at all
 */
export type Path = 'asked' | 'replace' | 'enrol' | 'put_off' | 'let_in' | 'barred'

export const RULES = [
  'service_account',
  'suspended',
  'required',
  'own_choice',
  'exempted',
  'deadline',
  'not_required',
] as const
export type Rule = (typeof RULES)[number]

/** What became of the second factor at a sign-in. */
export type Decision = 'asked' | 'asked_recovery_code' | 'skipped_trusted_device' | 'exempt' | 'put_off' | 'not_asked'

/** Whose rule it was: the tenant's, a partner's above it, another tenant's, or the person's own (M3, M9). */
export const LEVELS = ['tenant', 'partner', 'other', 'person'] as const
export type Level = (typeof LEVELS)[number]

/** What happens at the next sign-in, and which rule of which level says so (M9). */
export interface Coverage {
  path: Path
  /** Null of whoever cannot sign in and has nothing enrolled. */
  state: TwoFactorState | null
  rule: Rule
  /**
   * The tenant whose setting decided, without a name where it is not to be named; null where it is the person's own.
   */
  tenant: { id: string; name: string | null } | null
  /** The partner above that tenant whose floor decided; null where its own setting did (T5). */
  partner: FloorAbove['partner'] | null
  /** Since when that is required, where it is. */
  since: Date | null
  /** Until when the exemption that decided lasts (U9), or the time as a service account (U8). */
  until: Date | null
  /** By when whoever must enrol has to, past or to come (P8); null where no time was given. */
  deadline: Date | null
  inForce: boolean
  /** Kinds that every tenant of the person allows. */
  kinds: readonly FactorKind[]
}

/** One setting that was looked at, of a tenant or of the person; `decides` those that the outcome rests on (M9). */
export type TraceStep =
  | {
      setting: 'required' | 'not_required'
      tenant: { id: string; name: string }
      /** Whose floor it is, where it is no setting of the tenant itself (T5). */
      partner?: FloorAbove['partner']
      userType: UserType
      since: Date | null
      decides: boolean
    }
  | {
      setting: 'kinds'
      tenant: { id: string; name: string }
      partner?: FloorAbove['partner']
      userType: UserType
      kinds: readonly FactorKind[]
      decides: boolean
    }
  | {
      setting: 'deadline'
      tenant: { id: string; name: string }
      partner?: FloorAbove['partner']
      userType: UserType
      until: Date
      decides: boolean
    }
  | { setting: 'more_time'; tenant: { id: string; name: string }; until: Date; decides: boolean }
  | { setting: 'exempted'; tenant: { id: string; name: string }; until: Date; decides: boolean }
  | { setting: 'own_choice' | 'no_choice'; decides: boolean }
  | { setting: 'factors'; kinds: readonly FactorKind[]; decides: boolean }

/** What the next sign-in does, as the preview tells it (P2). */
export const OUTCOMES = ['fine', 'must_enrol', 'may_put_off', 'locked_out', 'exempt', 'service', 'barred'] as const
export type Outcome = (typeof OUTCOMES)[number]
export type OutcomeCounts = Record<Outcome, number>

/** How many of a user type, by state and in all (P9, M3). */
export interface TypeCounts {
  /** Whose membership is active. */
  people: number
  states: Record<TwoFactorState, number>
  outcomes: OutcomeCounts
  /** Invited, and no member yet. */
  invited: number
  /** What happens to each of them once they accept; null where nothing is asked of them. */
  invitedOutcome: Outcome | null
  /** Whose membership is suspended. */
  suspended: number
}

/** The one number (P9): `enrolled` of `of`, which is all of them at once when nobody is outstanding. */
export interface Progress {
  enrolled: number
  mustSetUp: number
  invited: number
  of: number
  /** Beside it, and never in it. */
  exempt: number
  service: number
  notRequired: number
  suspended: number
}

/** Whether it says anything that nobody is at risk: not while nobody has a factor to lose (M6). */
export type Readiness = 'nobody_enrolled' | 'nobody_at_risk' | 'some_at_risk'

export interface CoverageCounts {
  types: Record<UserType, TypeCounts>
  /** Of whom 2FA is required now. */
  required: Record<UserType, boolean>
  /** One factor and no unused code (M6). */
  atRisk: number
  readiness: Readiness
}
