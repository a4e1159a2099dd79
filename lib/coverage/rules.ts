// Above 300 lines: what the next sign-in does and why is one decision; preview, report and “why” read the same one
// (M9).

import { isConfirmed } from '../credentials/factor/rules'
import type { FactorRow } from '../credentials/factor/types'
import { KINDS_TO_HAVE, kindsMeet, mustRequire } from '../identity/policy/rules'
import type { FactorKind, FloorAbove, TypePolicy } from '../identity/policy/types'
import { effectivePolicy, isService, kindsToSetUp, mailboxCounts, mayUsePages } from '../identity/user/rules'
import type { MembershipView, Person, UserType } from '../identity/user/types'
import { exemptedUntil, moreTimeIn, timeLeft } from './time/rules'
import {
  type Coverage,
  type CoverageFacts,
  type CoverageMembership,
  type Decision,
  type Level,
  OUTCOMES,
  type Outcome,
  type Progress,
  type Readiness,
  type Rule,
  STATES,
  type TraceStep,
  type TwoFactorState,
  type TypeCounts,
} from './types'

export function factsOf(person: Person, factors: readonly FactorRow[], now: Date): CoverageFacts {
  return factsOfKinds(
    person,
    factors.filter(isConfirmed).map(({ kind }) => kind),
    now,
  )
}

export function factsOfKinds(
  person: Person,
  factorKinds: readonly FactorKind[],
  now: Date,
  hasCode = true,
): CoverageFacts {
  return {
    service: isService(person, now) ? { until: person.serviceUntil } : null,
    barred: !mayUsePages(person, now),
    tenantId: person.tenantId,
    twoFactorOn: person.twoFactorOn,
    // Of a person whom the worker has not come to yet, columns still say what they had (P6).
    factorKinds: person.factorsVoided ? [] : factorKinds,
    mailbox: mailboxCounts(person, now),
    hadFactor: person.secondFactorSince !== null,
    wasReset: person.factorsResetAt !== null,
    hasCode,
    memberships: person.memberships,
  }
}

/**
 * What the next sign-in of a person does about the second factor, and the rule that says so. Sign-in, preview (P2),
 * report (M3), list (M4) and "why" (M9) all ask here.
 * 1. A service account uses no page (U8); neither does whoever is suspended.
 * 2. The requirement of any tenant of theirs covers a person (U6), the home tenant's named first; else their own choice
 *    (U4).
 * 3. Covered, and a factor of a kind that the tenants allow (P7, U6): it is asked for.
 * 4. Covered, and only factors of other kinds: one of them, then a new one.
 * 5. Covered without a factor: an exemption by every tenant that asks lets in (U9); where each of them exempts or has
 *    named a day that is to come, the wizard can be put off until the first of these ends (P8); else the wizard.
 * 6. Not covered: nothing is asked.
 */
export function coverageOf(facts: CoverageFacts, now: Date): Coverage {
  const { factorKinds, memberships } = facts
  // No membership is no rule that anybody wrote: the strictest there is (S8).
  const { required, inForce, kinds } = effectivePolicy(facts)
  const asking = memberships.filter(({ policy }) => policy.required)
  const home = memberships.find(({ tenant }) => tenant.id === facts.tenantId) ?? null
  const by = asking.find((each) => each === home) ?? asking[0] ?? null
  const none = { tenant: null, partner: null, since: null, until: null, deadline: null, inForce, kinds }
  const has = factorKinds.length > 0

  if (facts.service !== null) {
    return { ...none, until: facts.service.until, path: 'barred', state: 'service', rule: 'service_account' }
  }
  if (facts.barred) return { ...none, path: 'barred', state: has ? 'enrolled' : null, rule: 'suspended' }
  if (!inForce) {
    const tenant = home?.tenant ?? null
    return { ...none, tenant, path: 'let_in', state: has ? 'enrolled' : 'not_required', rule: 'not_required' }
  }
  const rule: Pick<Coverage, 'rule' | 'tenant' | 'partner' | 'since'> =
    by === null
      ? { rule: required ? 'required' : 'own_choice', tenant: null, partner: null, since: null }
      : { rule: 'required', tenant: by.tenant, ...askedBy(by) }
  if (has) {
    const usable = factorKinds.some((kind) => kinds.includes(kind))
    return usable
      ? { ...none, ...rule, path: 'asked', state: 'enrolled' }
      : { ...none, ...rule, path: 'replace', state: 'setup_required' }
  }
  const exemption = exemptedUntil(facts, now)
  if (exemption !== null) {
    const { tenant, until } = exemption
    return { ...none, path: 'let_in', state: 'exempt', rule: 'exempted', tenant, until }
  }
  const last = timeLeft(facts, now)
  const must = { ...none, state: 'setup_required', deadline: last?.until ?? null } as const
  if (last !== null && last.until > now) {
    const partner = by?.tenant.id === last.tenant.id ? rule.partner : null
    return { ...must, path: 'put_off', rule: 'deadline', tenant: last.tenant, partner, since: rule.since }
  }
  return { ...must, ...rule, path: 'enrol' }
}

/** Who of a tenant that asks has asked for it: the tenant itself, else the nearest above it (T5). */
function askedBy({ own, policy, floors = [] }: CoverageMembership): Pick<Coverage, 'partner' | 'since'> {
  const above = own === undefined || own.required ? undefined : floors.find(({ floor }) => floor.required)
  if (above !== undefined) return { partner: above.partner, since: above.floor.requiredSince }
  return { partner: null, since: (own ?? policy).requiredSince }
}

/** What a sign-in by these methods was asked for, and the rule of which level said so, as the log keeps it (M9). */
export function decisionOf(
  { path, rule, state, tenant, partner }: Coverage,
  methods: readonly string[],
  homeId: string,
): { decision: Decision; rule: Rule; level: Level } {
  const asked = path === 'asked' || path === 'replace'
  const decision = asked
    ? methods.includes('device')
      ? 'skipped_trusted_device'
      : methods.includes('recovery')
        ? 'asked_recovery_code'
        : 'asked'
    : state === 'exempt'
      ? 'exempt'
      : path === 'put_off'
        ? 'put_off'
        : 'not_asked'
  return { decision, rule, level: levelIn({ tenant, partner }, homeId) }
}

/** Whose rule decided, as one of its tenants is told it, who is told of no other but a partner above (T6, T5). */
export function levelIn({ tenant, partner }: Pick<Coverage, 'tenant' | 'partner'>, tenantId: string): Level {
  if (tenant === null) return 'person'
  if (tenant.id !== tenantId) return 'other'
  return partner === null ? 'tenant' : 'partner'
}

/** The settings that were looked at, in the order of `coverageOf` (M9). */
export function traceOf(facts: CoverageFacts, now: Date): TraceStep[] {
  const { path, rule, tenant: by, partner: byPartner, inForce, kinds } = coverageOf(facts, now)
  const counts = path !== 'barred'
  const levels = facts.memberships.flatMap(levelsOf)
  const isBy = ({ tenant, partner }: PolicyLevel) => by?.id === tenant.id && byPartner?.id === partner?.id
  return [
    ...levels.flatMap((level) => {
      const { partner, userType, policy } = level
      if (partner !== undefined && !policy.required) return []
      return {
        setting: policy.required ? ('required' as const) : ('not_required' as const),
        ...placeOf(level),
        userType,
        since: policy.required ? policy.requiredSince : null,
        decides: counts && (policy.required ? (rule === 'required' || rule === 'deadline') && isBy(level) : !inForce),
      }
    }),
    {
      setting: facts.twoFactorOn ? ('own_choice' as const) : ('no_choice' as const),
      decides: counts && (rule === 'own_choice' || !inForce),
    },
    ...levels.flatMap((level) => {
      const allowed = level.policy.kinds
      if (allowed === null) return []
      return {
        setting: 'kinds' as const,
        ...placeOf(level),
        userType: level.userType,
        kinds: allowed.filter((kind) => KINDS_TO_HAVE.includes(kind)),
        decides:
          path === 'replace' &&
          (level.tenant.id === facts.tenantId || kindsMeet(kinds, allowed)) &&
          facts.factorKinds.some((kind) => !allowed.includes(kind)),
      }
    }),
    { setting: 'factors' as const, kinds: facts.factorKinds, decides: path === 'asked' || path === 'replace' },
    ...levels.flatMap((level) => {
      const { tenant, userType, policy } = level
      if (!policy.required || policy.deadline === null || mustRequire(tenant)) return []
      const decides = rule === 'deadline' && isBy(level)
      return { setting: 'deadline' as const, ...placeOf(level), userType, until: policy.deadline, decides }
    }),
    ...facts.memberships.flatMap((each) => {
      const { tenant } = each
      const until = moreTimeIn(each, now)
      if (until === null) return []
      return [{ setting: 'more_time' as const, tenant, until, decides: rule === 'deadline' && by?.id === tenant.id }]
    }),
    ...facts.memberships.flatMap(({ tenant, exemptUntil }) =>
      exemptUntil !== null && exemptUntil > now
        ? [{ setting: 'exempted' as const, tenant, until: exemptUntil, decides: rule === 'exempted' }]
        : [],
    ),
  ]
}

type PolicyLevel = Pick<CoverageMembership, 'tenant' | 'userType'> & {
  partner?: FloorAbove['partner']
  policy: Pick<TypePolicy, 'required' | 'requiredSince' | 'deadline'> & { kinds: readonly FactorKind[] | null }
}

/** The settings of a tenant itself, then the floors above it, the nearest first (T5). */
function levelsOf({ tenant, userType, policy, own, floors = [] }: CoverageMembership): PolicyLevel[] {
  return [
    { tenant, userType, policy: own ?? policy },
    ...floors.map(({ partner, floor }) => ({ tenant, userType, partner, policy: floor })),
  ]
}

function placeOf({ tenant, partner }: PolicyLevel): Pick<PolicyLevel, 'tenant' | 'partner'> {
  return partner === undefined ? { tenant } : { tenant, partner }
}

/** What another tenant has to do with it is not named to this one (T6, U6). */
export function asSeenBy(coverage: Coverage, tenantId: string): Coverage {
  const { tenant } = coverage
  return tenant === null || tenant.id === tenantId
    ? coverage
    : { ...coverage, tenant: { id: '', name: null }, partner: null, since: null, deadline: null }
}

/** The settings of this tenant, and what a person at home in it has and chose (M9, T6, U6). */
export function traceSeenBy(facts: CoverageFacts, tenantId: string, now: Date): TraceStep[] {
  const home = facts.tenantId === tenantId
  return traceOf(facts, now).filter((step) => ('tenant' in step ? step.tenant.id === tenantId : home))
}

/** P8, of a person in a session that was opened by putting enrolment off. */
export function mayPutOff(person: Person, now: Date): boolean {
  return coverageOf(factsOfKinds(person, [], now), now).path === 'put_off'
}

/** U9, of a person in a session: an exemption that stands for a factor. */
export function isExempt(person: Person, now: Date): boolean {
  return exemptedUntil(factsOfKinds(person, [], now), now) !== null
}

type OutcomeFacts = Pick<CoverageFacts, 'mailbox' | 'factorKinds' | 'hadFactor' | 'wasReset' | 'hasCode'>

/**
 * What will happen, in the words of the preview (P2); `deliverable` are the kinds that this installation can lead
 * through. Locked out is who can be asked for nothing they have, and who must enrol and could not.
 */
export function outcomeOf(coverage: Coverage, facts: OutcomeFacts, deliverable: readonly FactorKind[]): Outcome {
  const { path, state, kinds } = coverage
  const { mailbox } = facts
  if (state === 'service') return 'service'
  if (path === 'barred') return 'barred'
  if (isStuck(coverage, facts)) return 'locked_out'
  if (state === 'exempt') return 'exempt'
  if (path === 'asked' || path === 'let_in') return 'fine'
  if (path === 'put_off') return 'may_put_off'
  return kindsToSetUp(kinds, deliverable, mailbox).length === 0 ? 'locked_out' : 'must_enrol'
}

/**
 * The sign-in waits for more than the mailbox, which proves nothing now, and there is neither factor nor code (S20,
 * R11, E9).
 */
function isStuck({ path, inForce, kinds }: Coverage, facts: OutcomeFacts): boolean {
  if (facts.mailbox || facts.hasCode) return false
  if (path === 'asked') return facts.factorKinds.every((kind) => kind === 'email' || !kinds.includes(kind))
  if (path === 'replace') return facts.factorKinds.every((kind) => kind === 'email')
  return facts.wasReset || (inForce && facts.hadFactor)
}

/** What a tenant's policy would be with other requirements, kinds and days: of memberships of that tenant alone. */
export type WantedPolicy = Record<
  UserType,
  Pick<TypePolicy, 'required' | 'kinds'> & Partial<Pick<TypePolicy, 'deadline'>>
>

export function withPolicy(facts: CoverageFacts, tenantId: string, wanted: WantedPolicy): CoverageFacts {
  return {
    ...facts,
    memberships: facts.memberships.map((each) =>
      each.tenant.id === tenantId ? { ...each, policy: { ...each.policy, ...wanted[each.userType] } } : each,
    ),
  }
}

/** Somebody of one tenant alone, as a row of the list or a counter tells of them. */
export function factsOfOne(
  membership: CoverageMembership,
  { factorKinds, ownTwoFactor }: { factorKinds: readonly FactorKind[]; ownTwoFactor: boolean },
): CoverageFacts {
  return {
    service: null,
    barred: false,
    tenantId: membership.tenant.id,
    twoFactorOn: ownTwoFactor,
    factorKinds,
    mailbox: true,
    hadFactor: factorKinds.length > 0,
    wasReset: false,
    hasCode: true,
    memberships: [membership],
  }
}

export function noCounts(): TypeCounts {
  const zero = <K extends string>(keys: readonly K[]) =>
    Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>
  return {
    people: 0,
    states: zero<TwoFactorState>(STATES),
    outcomes: zero<Outcome>(OUTCOMES),
    invited: 0,
    invitedOutcome: null,
    suspended: 0,
  }
}

/** Adds `people` of one kind to the counts; a negative number takes them away. */
export function addTo(counts: TypeCounts, coverage: Coverage, outcome: Outcome, people: number): void {
  const state = countedState(coverage)
  counts.people += people
  counts.outcomes[outcome] += people
  if (state !== null) counts.states[state] += people
}

/** The state that an active member counts in: whoever is suspended at home counts as that, whatever they have (P9). */
export function countedState({ path, state }: Pick<Coverage, 'path' | 'state'>): TwoFactorState | null {
  return path === 'barred' && state !== 'service' ? null : state
}

/** What overview, switch, preview, list and report say, of one user type or of several (P9). */
export function progressOf(...types: readonly TypeCounts[]): Progress {
  const sum = (of: (counts: TypeCounts) => number) => types.reduce((total, counts) => total + of(counts), 0)
  const enrolled = sum(({ states }) => states.enrolled)
  const mustSetUp = sum(({ states }) => states.setup_required)
  const invited = sum((counts) => counts.invited)
  return {
    enrolled,
    mustSetUp,
    invited,
    of: enrolled + mustSetUp + invited,
    exempt: sum(({ states }) => states.exempt),
    service: sum(({ states }) => states.service),
    notRequired: sum(({ states }) => states.not_required),
    suspended: sum(({ suspended, outcomes }) => suspended + outcomes.barred),
  }
}

/**
 * 1. Whoever is at risk is told of.
 * 2. Where nobody has a factor, nobody can lose one, and that is no good news (M6).
 */
export function readinessOf(
  atRisk: number,
  alike: readonly { factorKinds: readonly FactorKind[]; people: number }[],
): Readiness {
  if (atRisk > 0) return 'some_at_risk'
  const anybody = alike.some(({ factorKinds, people }) => factorKinds.length > 0 && people > 0)
  return anybody ? 'nobody_at_risk' : 'nobody_enrolled'
}

export function membershipIn(person: Pick<Person, 'memberships'>, tenantId: string): MembershipView | null {
  return person.memberships.find(({ tenant }) => tenant.id === tenantId) ?? null
}
