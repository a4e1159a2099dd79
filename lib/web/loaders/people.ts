import { choicesFor } from '../../administration/bulk/rules'
import { readTargetQuery } from '../../administration/bulk/schema'
import { viewBulk } from '../../administration/bulk/service'
import { INVITATION_ACTS, MEMBER_ACTS } from '../../administration/bulk/types'
import { viewImport, viewImports } from '../../administration/import/console/service'
import { readChange, readRowQuery, readUnreadable } from '../../administration/import/schema'
import { viewInvitationOf } from '../../administration/invitation/change/service'
import { readInvitationQuery } from '../../administration/invitation/schema'
import { viewInvitations } from '../../administration/invitation/service'
import { invitationTerms } from '../../administration/invitation/terms/service'
import { readPeopleQuery } from '../../administration/people/list/schema'
import { listPeople } from '../../administration/people/list/service'
import type { PeopleQuery, PersonRow } from '../../administration/people/list/types'
import { needsOwner } from '../../administration/people/oversight/service'
import { viewPerson } from '../../administration/people/person/service'
import { isOffered, may, mayGive, relationOfRow } from '../../administration/people/rules'
import { PEOPLE_ACTIONS } from '../../administration/people/types'
import { lastReminders } from '../../administration/reminder/service'
import { viewCoverage } from '../../coverage/service'
import type { TenantAdmin } from '../../identity/actor/types'
import { mustRequire } from '../../identity/policy/rules'
import { isTwoFactorHidden } from '../../identity/policy/service'
import { ROLES } from '../../identity/user/types'
import { actPath, importPath } from '../paths'
import { deps } from '../server/deps'
import { places } from '../words/places'
import { type Act, actsAmong, NEEDS } from './acts'
import { consolePage, type LoadedPage, proveFirst } from './frame'

type Search = Record<string, string | string[] | undefined>

/** A page of People > Users, as it is searched and sorted (M4). */
export const loadPeople = consolePage(async (actor, search: Search) => {
  const query = readPeopleQuery(search)
  const [page, coverage, isOff] = await Promise.all([
    listPeople(deps(), actor, query),
    viewCoverage(deps(), actor),
    isTwoFactorHidden(deps().db, actor.tenant.tenant.id),
  ])
  const bulk = choicesFor(actor.tenant.role, MEMBER_ACTS)
  const found = foundBy(query, coverage)
  // Turned off and not used since: the list says nothing of it (P6).
  const shows2fa = !isOff
  return { query, page, coverage, bulk, found, shows2fa, acts: (row: PersonRow) => actsOnRow(actor, row) }
})

/** How many a filter finds, where the counters say it (P9); null where somebody would have to look. */
function foundBy(query: PeopleQuery, { types, atRisk }: Awaited<ReturnType<typeof viewCoverage>>): number | null {
  const { search, role, userType, status, suspended } = query
  if (search !== '' || role !== null || suspended) return null
  const of = userType === null ? [types.team, types.end] : [types[userType]]
  const sum = (counts: (each: (typeof of)[number]) => number) => of.reduce((total, each) => total + counts(each), 0)
  if (query.atRisk) return userType === null && status === null ? atRisk : null
  if (status !== null) return sum(({ states }) => states[status])
  return sum(({ outcomes }) => Object.values(outcomes).reduce((total, each) => total + each, 0))
}

export type PeopleView = LoadedPage<typeof loadPeople>

function actsOnRow(actor: TenantAdmin, row: PersonRow): readonly Act[] {
  const relation = relationOfRow(actor.person.id, row)
  const open = PEOPLE_ACTIONS.filter((action) => may(actor.tenant.role, action, relation, row.role))
  const exemptions = !mustRequire(actor.tenant.tenant)
  return actsAmong(
    open
      .filter((action) => action !== (row.suspended ? 'suspend' : 'reactivate'))
      .filter((action) => isOffered(action, row.coverage.state === 'service')),
    { status: row.coverage.state, exemptions, deadline: row.coverage.deadline },
  )
}

/** A person's page; null for people who are not of the tenant. */
export const loadPerson = consolePage(personOf)

export type PersonPageView = LoadedPage<typeof loadPerson>

async function personOf(actor: TenantAdmin, userId: string) {
  const view = await viewPerson(deps(), actor, userId)
  if (view === null) return null
  const exemptions = !mustRequire(actor.tenant.tenant) && view.exemptDays > 0
  const acts = actsAmong(view.may, { status: view.coverage.state, exemptions, deadline: view.coverage.deadline })
  return { view, placeOf: places(), acts }
}

/** The page that asks before something is done to a person; at a fresh proof, so that nothing typed on it is lost. */
export const loadPersonAct = consolePage(async (actor, userId: string, act: string, typed: Record<string, string>) => {
  const page = await personOf(actor, userId)
  const wanted = page?.acts.find((each) => each === act)
  if (page === null || wanted === undefined) return null
  const path = actPath(actor.tenant.tenant.slug, userId, wanted, typed)
  proveFirst(NEEDS[wanted], actor, path)
  const ownerNeeded = wanted === 'reset' && (await needsOwner(deps(), actor))
  return { ...page, act: wanted, ownerNeeded }
})

/** People > Users, tab Invitations (R10). */
export const loadInvitations = consolePage(async (actor, search: Search) => {
  const query = readInvitationQuery(search)
  const page = await viewInvitations(deps(), actor, query)
  const terms = await invitationTerms(deps(), actor.tenant.tenant.id)
  const bulk = choicesFor(actor.tenant.role, INVITATION_ACTS)
  return { query, page, bulk, terms, roles: ROLES.filter((role) => mayGive(actor.tenant.role, role)) }
})

export type InvitationsView = LoadedPage<typeof loadInvitations>

/** One invitation, to be changed. */
export const loadInvitationOf = consolePage(async (actor, id: string) => {
  const found = await viewInvitationOf(deps(), actor, id.slice(0, 60))
  if (found === null) return null
  const { email } = found.row
  const reminders = await lastReminders(deps(), actor.tenant.tenant.id, [{ email }], [found.row.id])
  const reminder = reminders.get(email) ?? null
  return { ...found, reminder, roles: ROLES.filter((role) => mayGive(actor.tenant.role, role)) }
})

export type InvitationOfView = LoadedPage<typeof loadInvitationOf>

/** People > Import, at a fresh proof, so that no file is sent for nothing. */
export const loadImports = consolePage(async (actor) => {
  proveFirst('import', actor, importPath(actor.tenant.tenant.slug))
  return { imports: await viewImports(deps(), actor) }
})

/** One file of people, and how far it has got. */
export const loadImport = consolePage(async (actor, id: string, search: Search) => {
  const query = readRowQuery(search)
  const found = await viewImport(deps(), actor, id.slice(0, 60), query)
  if (found === null) return null
  const rows = found.rows.map((row) => ({ ...row, change: readChange(row.change) }))
  return { query, found: { ...found, rows }, refusal: readUnreadable(search) }
})

/** One act on many (X7): whom it would reach, how far it has got, or what it did. */
export const loadBulk = consolePage(async (actor, id: string, search: Search) => {
  const query = readTargetQuery(search)
  const found = await viewBulk(deps(), actor, id.slice(0, 60), query)
  return found === null ? null : { query, found }
})

export type BulkPageView = LoadedPage<typeof loadBulk>
