import { cache } from 'react'
import { viewCompany } from '../../administration/company/service'
import { readFirstSteps, viewFirstSteps, viewOpenSteps } from '../../administration/first-steps/service'
import { previewFloors, viewFloors } from '../../administration/floors/service'
import { readPeopleQuery } from '../../administration/people/list/schema'
import { listByOutcome } from '../../administration/people/list/service'
import { needsOwner } from '../../administration/people/oversight/service'
import { latestDeadline, policyAfter } from '../../administration/policy/rules'
import {
  previewSessionLimits,
  viewDeviceRules,
  viewRecoveryRules,
  viewRequirement,
  viewSessionLimits,
} from '../../administration/policy/service'
import { viewPlan, viewReminders } from '../../administration/reminder/service'
import { viewReports } from '../../administration/report/service'
import { countOpenRequests, viewInbox } from '../../administration/resets/service'
import { viewTenantSessions } from '../../administration/sessions/service'
import { viewTurningOff } from '../../administration/turning-off/service'
import { lastEvents } from '../../audit/reading/service'
import { viewSecurity } from '../../authentication/account/factors/service'
import { days, earlier } from '../../core/kernel/time'
import { zoneOf } from '../../core/kernel/zones'
import { previewCounts, viewCoverage } from '../../coverage/service'
import { lastDayLeft } from '../../coverage/time/rules'
import { OUTCOMES } from '../../coverage/types'
import type { TenantAdmin } from '../../identity/actor/types'
import { boundWith } from '../../identity/policy/floor/rules'
import { CONTAIN_SCOPES, lastDayOf, mustRequire } from '../../identity/policy/rules'
import type { Policy } from '../../identity/policy/types'
import { signInUrlOf } from '../../identity/tenant/rules'
import { isConsoleRole } from '../../identity/user/rules'
import type { UserType } from '../../identity/user/types'
import { countDeadMessages, viewMessageTroubles } from '../../messaging/mail/outbox-service'
import { readFloorsDraft, wantedFloors } from '../forms/floors'
import { readRequirementDraft, readSessionLimits, wantedSessionLimits } from '../forms/policy'
import { asHomeAdmin, provedFor, requireAssured, tenantAdmin } from '../gate/guard'
import { containPath, withTyped } from '../paths'
import { deps, world } from '../server/deps'
import { places } from '../words/places'
import { consolePage, type LoadedPage, memberPage, proveFirst } from './frame'
import { helpOf } from './help'

/** The console's first page. Its counts and events are read for owners and admins alone. */
export const loadOverview = memberPage(async (actor) => {
  // Not asked where it would be refused: a look of an agent is no refusal (ASVS 16.3.2).
  const admin = isConsoleRole(actor.tenant.role) ? await tenantAdmin(actor.tenant.tenant.slug) : null
  const [coverage, events, waiting, security, read] = await Promise.all([
    admin === null ? null : viewCoverage(deps(), admin),
    admin === null ? null : lastEvents(deps(), admin),
    admin === null ? null : waitingFor(admin),
    viewSecurity(deps(), actor),
    admin === null ? null : readFirstSteps(deps(), admin),
  ])
  const toFolder = world().config.mail.transport === 'directory'
  const known = coverage === null ? null : { coverage, ownFactors: security.factors.length, toFolder }
  const steps =
    admin === null || read === null || known === null ? null : await viewFirstSteps(deps(), admin, read, known)
  const plan = admin === null || coverage === null ? null : await viewPlan(deps(), admin, coverage)
  return { isAdmin: admin !== null, coverage, plan, events, waiting, security, steps }
})

export type OverviewView = LoadedPage<typeof loadOverview>

async function waitingFor(admin: TenantAdmin): Promise<{ requests: number; messages: number }> {
  const [requests, messages] = await Promise.all([countOpenRequests(deps(), admin), countDeadMessages(deps(), admin)])
  return { requests, messages }
}

/** For pages to which the first steps lead; null for whoever is no admin at home here, and where the list is closed. */
export const loadOpenSteps = cache(async (tenant: string) => {
  const admin = await asHomeAdmin(await requireAssured())
  return admin === null || admin.tenant.tenant.slug !== tenant ? null : viewOpenSteps(deps(), admin)
})

type Search = Record<string, string | string[] | undefined>

/** Security > Advanced > Authentication, with the draft in the address, and what it would do (P2). */
export const loadAuthentication = consolePage(async (actor, search: Search = {}) => {
  const draft = readRequirementDraft(search)
  const [view, coverage, turningOff] = await Promise.all([
    viewRequirement(deps(), actor),
    viewCoverage(deps(), actor),
    viewTurningOff(deps(), actor),
  ])
  const zone = zoneOf(actor.tenant.tenant.timeZone)
  const reminders = await viewReminders(deps(), actor, coverage)
  // What a floor above holds stays as it is, whatever is typed (T5).
  const wanted = draft === null ? null : boundWith(view.policy, policyAfter(view.policy, draft, view.kinds, zone))
  const preview = wanted === null ? null : await previewCounts(deps(), actor, wanted)
  // Whole, for a text that is sent to people (S23).
  const signInUrl = signInUrlOf(deps().publicUrl, actor.tenant.tenant)
  const now = deps().clock.now()
  const { tenant } = actor.tenant
  const lastDays = mustRequire(tenant) ? null : lastDeadlines(view.policy, now, zone)
  const leftOf = (type: UserType) => lastDayLeft({ tenant, zone }, (wanted ?? view.policy)[type].deadline, now)
  return {
    view,
    coverage,
    turningOff,
    reminders,
    draft,
    preview,
    signInUrl,
    help: await helpOf(actor.tenant.tenant.id),
    lastDays,
    daysLeft: { team: leftOf('team'), end: leftOf('end') },
    zone,
    // The boxes cannot be unticked, and the page says why before anybody tries (U7).
    fixed: mustRequire(tenant),
    steppedUp: provedFor('change_requirement', actor) !== null,
  }
})

/** The ways to turn 2FA off, what each of them takes away, and what was typed before a proof was asked for (T3, P6). */
export const loadDisable = consolePage(async (actor, search: Search = {}) => {
  const name = typeof search.name === 'string' ? search.name.slice(0, NAME_SHOWN) : ''
  return { turningOff: await viewTurningOff(deps(), actor), name, proved: provedFor('turn_off_2fa', actor) !== null }
})

const NAME_SHOWN = 200

/** The last day that each user type may be given (P8). */
function lastDeadlines(policy: Policy, now: Date, zone: string): Record<UserType, string> {
  const of = (type: UserType) => lastDayOf(earlier(latestDeadline(policy[type], now), days(1)), zone)
  return { team: of('team'), end: of('end') }
}

/** Those to whom one thing would happen under the draft in the address (P2); null for no draft. */
export const loadPreview = consolePage(async (actor, search: Search) => {
  const draft = readRequirementDraft(search)
  const outcome = OUTCOMES.find((each) => each === search.outcome)
  if (draft === null || outcome === undefined) return null
  const userType = userTypeOf(search.type)
  const view = await viewRequirement(deps(), actor)
  const after = policyAfter(view.policy, draft, view.kinds, zoneOf(actor.tenant.tenant.timeZone))
  const wanted = boundWith(view.policy, after)
  const { from } = readPeopleQuery(search)
  return { draft, outcome, userType, page: await listByOutcome(deps(), actor, wanted, { outcome, userType, from }) }
})

function userTypeOf(typed: unknown): UserType | null {
  return typed === 'team' || typed === 'end' ? typed : null
}

/** Security > Advanced > Devices. */
export const loadDeviceRules = consolePage(async (actor) => {
  return { policy: await viewDeviceRules(deps(), actor), steppedUp: provedFor('change_device_rules', actor) !== null }
})

/** Security > Advanced > Recovery. */
export const loadRecoveryRules = consolePage(async (actor) => {
  return { ...(await viewRecoveryRules(deps(), actor)), steppedUp: provedFor('change_recovery_rules', actor) !== null }
})

/** Security > Advanced > Sessions, with the draft in the address, and which sessions it would end (SE2). */
export const loadSessionLimits = consolePage(async (actor, search: Search = {}) => {
  const draft = readSessionLimits(search)
  const wanted = draft === null ? null : wantedSessionLimits(draft)
  const policy = await viewSessionLimits(deps(), actor)
  const ending = wanted === null ? null : await previewSessionLimits(deps(), actor, wanted)
  return { policy, draft, wanted, ending, steppedUp: provedFor('change_session_limits', actor) !== null }
})

/** Security > Floors, for partners alone, with the draft in the address, and what it would do (P2, T5). */
export const loadFloors = consolePage(async (actor, search: Search = {}) => {
  const view = await viewFloors(deps(), actor)
  if (view === null) return null
  const draft = readFloorsDraft(search)
  const effects = draft === null ? null : await previewFloors(deps(), actor, view, wantedFloors(draft))
  const now = deps().clock.now()
  const last = (type: UserType) => lastDayOf(earlier(latestDeadline(view.floors[type], now), days(1)), view.zone)
  return {
    view,
    draft,
    effects,
    lastDays: { team: last('team'), end: last('end') },
    steppedUp: provedFor('change_floors', actor) !== null,
  }
})

/** Security > Advanced > Company. */
export const loadCompany = consolePage(async (actor) => {
  const signInUrl = signInUrlOf(deps().publicUrl, actor.tenant.tenant)
  return { ...(await viewCompany(deps(), actor)), signInUrl, steppedUp: provedFor('change_company', actor) !== null }
})

/** Security > Status reports. */
export const loadReports = consolePage(async (actor) => {
  const proved = provedFor('download_report', actor) !== null
  return { ...(await viewReports(deps(), actor)), now: deps().clock.now(), proved }
})

/** Security > Sessions: who is signed in. */
export const loadTenantSessions = consolePage(async (actor, search: { type?: string; before?: string }) => {
  const userType = userTypeOf(search.type)
  const before = /^[0-9a-f-]{36}$/.test(search.before ?? '') ? (search.before ?? null) : null
  return { sessions: await viewTenantSessions(deps(), actor, { userType, before }), userType, placeOf: places() }
})

/** The page that asks before everybody is signed out (SE4), at a fresh proof. */
export const loadContain = consolePage(async (actor, scope: string, reason: string) => {
  const wanted = CONTAIN_SCOPES.find((each) => each === scope)
  if (wanted === undefined) return null
  const path = containPath(actor.tenant.tenant.slug, wanted)
  proveFirst('contain', actor, withTyped(path, reason === '' ? {} : { reason }))
  return { scope: wanted, reachesSelf: wanted !== 'end' }
})

/** Security > Reset requests. */
export const loadInbox = consolePage(async (actor) => {
  const [inbox, ownerNeeded] = await Promise.all([viewInbox(deps(), actor), needsOwner(deps(), actor)])
  return { inbox, ownerNeeded, placeOf: places() }
})

/** Security > Messages. */
export const loadMessages = consolePage(async (actor) => {
  return { troubles: await viewMessageTroubles(deps(), actor) }
})
