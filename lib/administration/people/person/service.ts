import { eventsAbout } from '../../../audit/reading/service'
import { sessionsOf } from '../../../authentication/session/service'
import type { ListedSession } from '../../../authentication/session/types'
import type { DbOrTx } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { zoneOf } from '../../../core/kernel/zones'
import { asSeenBy, coverageOf, factsOf, traceSeenBy } from '../../../coverage/rules'
import type { Coverage, TraceStep } from '../../../coverage/types'
import { devicesOf, type RegisteredDevice } from '../../../credentials/device/service'
import { isConfirmed } from '../../../credentials/factor/rules'
import { factorsOf } from '../../../credentials/factor/service'
import { codesLeft, issuedUntil } from '../../../credentials/recovery/service'
import type { TenantAdmin } from '../../../identity/actor/types'
import { exemptionDaysLeft } from '../../../identity/exemption/service'
import { issuesCodesForEndUsers } from '../../../identity/policy/service'
import type { FactorKind } from '../../../identity/policy/types'
import { lookAlikesAmong } from '../../../identity/user/membership/service'
import { addressNewUntil, effectivePolicy, isService } from '../../../identity/user/rules'
import { personById } from '../../../identity/user/service'
import type { Person, Role, UserType } from '../../../identity/user/types'
import { serviceDays } from '../conversion/rules'
import { isOffered, may, mayGive, takesIssuedCodes } from '../rules'
import { lastDone, targetOf } from '../service'
import { findLastUse, findMembership, findService } from '../store'
import { PEOPLE_ACTIONS, type PeopleAction, type Relation } from '../types'

/** Somebody, as an admin of this tenant may see them. */
export interface PersonView {
  person: Pick<Person, 'id' | 'name' | 'email' | 'locale'>
  /** Another name of the tenant differs from it by look-alike letters alone. */
  looksLikeAnother: boolean
  role: Role
  userType: UserType
  relation: Relation
  suspendedAt: Date | null
  /** What happens at their next sign-in, and why (M9). */
  coverage: Coverage
  trace: readonly TraceStep[]
  exemptUntil: Date | null
  /** Of a service account: until when, and why and by whom where that is this tenant's to know (U8, T6). */
  service: ServiceView | null
  /** The days that may be named as its end. */
  serviceDays: { first: string; last: string }
  /** The longest exemption that may be given now (U9). */
  exemptDays: number
  /** Until when the address proves little, since somebody else gave it (R11). */
  addressNewUntil: Date | null
  may: readonly PeopleAction[]
  /** What is given up to one's own (R3). */
  roles: readonly Role[]
  /** Sent along by the forms that reset and issue codes. */
  lastDone: string
  /** Of people at home here alone (U6). */
  security: PersonSecurity | null
  events: Awaited<ReturnType<typeof eventsAbout>>
}

export interface ServiceView {
  until: Date | null
  given: { reason: string; by: string | null } | null
}

export interface PersonSecurity {
  createdAt: Date
  lastSignInAt: Date | null
  lastSecondFactorAt: Date | null
  /** When an admin took the factors away, and nothing was enrolled since (E9). */
  resetAt: Date | null
  factors: readonly { id: string; kind: FactorKind; name: string; createdAt: Date; lastUsedAt: Date | null }[]
  codesLeft: number
  issuedUntil: Date | null
  devices: readonly RegisteredDevice[]
  sessions: readonly ListedSession[]
}

const EVENTS_SHOWN = 20

export async function viewPerson(deps: Deps, actor: TenantAdmin, userId: string): Promise<PersonView | null> {
  const { db } = deps
  const tenantId = actor.tenant.tenant.id
  const target = await targetOf(db, actor, userId)
  if (target === null) return null
  const { person, membership, relation } = target
  const [row, endUsers] = await Promise.all([
    findMembership(db, { tenantId, userId: person.id }),
    issuesCodesForEndUsers(db, tenantId),
  ])
  if (row === null) return null
  const can = (action: PeopleAction) => may(actor.tenant.role, action, relation, membership.role)
  const now = deps.clock.now()
  const service = isService(person, now)
  const possible = PEOPLE_ACTIONS.filter(can).filter(
    (action) =>
      isOffered(action, service) &&
      (action !== 'issue_code' || takesIssuedCodes(membership.userType, endUsers)) &&
      (action !== 'suspend' || !membership.suspended) &&
      (action !== 'reactivate' || membership.suspended),
  )
  const facts = factsOf(person, await factorsOf(db, person.id), now)
  const coverage = asSeenBy(coverageOf(facts, now), tenantId)
  return {
    person: { id: person.id, name: person.name, email: person.email, locale: person.locale },
    looksLikeAnother: (await lookAlikesAmong(db, tenantId, [person.name])).has(person.name),
    role: membership.role,
    userType: membership.userType,
    relation,
    suspendedAt: row.suspendedAt,
    coverage,
    trace: traceSeenBy(facts, tenantId, now),
    exemptUntil: coverage.state === 'exempt' ? coverage.until : null,
    service: service ? await serviceOf(db, person.id, relation) : null,
    serviceDays: serviceDays(zoneOf(membership.tenant.timeZone), now),
    exemptDays: possible.includes('exempt') ? await exemptionDaysLeft(deps, { tenantId, userId: person.id }) : 0,
    addressNewUntil: addressNewUntil(person, now),
    may: possible,
    lastDone: await lastDone(db, { tenantId, subjectId: person.id }),
    roles: (['owner', 'admin', 'agent', 'end_user'] as const).filter((role) => mayGive(actor.tenant.role, role)),
    security: can('see_security') ? await securityOf(deps, person) : null,
    events: await eventsAbout(db, { tenantId, subjectId: person.id }, EVENTS_SHOWN),
  }
}

async function serviceOf(db: DbOrTx, userId: string, relation: Relation): Promise<ServiceView> {
  const {
    serviceUntil: until = null,
    serviceReason: reason = null,
    serviceById: byId = null,
  } = (await findService(db, userId)) ?? {}
  if (reason === null || relation === 'guest') return { until, given: null }
  const by = byId === null ? null : ((await personById(db, byId))?.person.name ?? null)
  return { until, given: { reason, by } }
}

async function securityOf(deps: Deps, person: Person): Promise<PersonSecurity> {
  const { db } = deps
  const [use, factors, left, issued, devices, sessions] = await Promise.all([
    findLastUse(db, person.id),
    factorsOf(db, person.id),
    codesLeft(db, person.id),
    issuedUntil(deps, person.id),
    devicesOf(deps, person, effectivePolicy(person)),
    sessionsOf(deps, person),
  ])
  if (use === null) throw new Error('a person without a row')
  return {
    ...use,
    resetAt: person.factorsResetAt,
    factors: factors
      .filter(isConfirmed)
      .map(({ id, kind, name, createdAt, lastUsedAt }) => ({ id, kind, name, createdAt, lastUsedAt })),
    codesLeft: left,
    issuedUntil: issued,
    devices,
    sessions,
  }
}
