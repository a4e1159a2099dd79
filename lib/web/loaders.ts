import { redirect } from 'next/navigation'
import QRCode from 'qrcode'
import { cache } from 'react'
import { viewImport, viewImports } from '../administration/import/service'
import { readInvitationQuery } from '../administration/invitation/schema'
import { viewInvitation, viewInvitations } from '../administration/invitation/service'
import type { InvitationPage, InvitationQuery } from '../administration/invitation/types'
import { may, mayGive } from '../administration/people/rules'
import { readPeopleQuery } from '../administration/people/schema'
import { listByOutcome, listPeople, type PersonView, viewPerson } from '../administration/people/service'
import { PEOPLE_ACTIONS, type PeoplePage, type PeopleQuery, type PersonRow } from '../administration/people/types'
import { viewReports } from '../administration/report/service'
import type { ReportView, ScheduleView } from '../administration/report/types'
import { readAuditQuery } from '../audit/schema'
import { lastEvents, listAudit, viewChain } from '../audit/service'
import type { AuditPage, AuditQuery, ChainState, StoredEvent } from '../audit/types'
import { codesLeftOf } from '../authentication/account/codes/service'
import { type SecurityView, viewSecurity, viewUnfinished } from '../authentication/account/factors/service'
import { type StepUpView, viewStepUp } from '../authentication/account/stepup/service'
import {
  type RegisterView,
  type TenantSessionsView,
  viewRegister,
  viewTenantSessions,
} from '../authentication/devices/service'
import { viewAddressLink } from '../authentication/email-change/service'
import {
  countOpenRequests,
  type HelpView,
  type StopKind,
  viewHelp,
  viewInbox,
  viewStop,
} from '../authentication/reset/service'
import { landingPath } from '../authentication/session/rules'
import { safeReturnPath, stepPath } from '../authentication/signin/rules'
import { type StepView, viewSignIn, viewSignInLink } from '../authentication/signin/service'
import type { Step } from '../authentication/signin/types'
import { previewCounts, viewCoverage } from '../coverage/service'
import { type CoverageCounts, OUTCOMES, type Outcome, type TypeCounts } from '../coverage/types'
import { minimumLength } from '../credentials/password/rules'
import { viewReset } from '../credentials/password/service'
import type { Assured, TeamMember, TenantAdmin } from '../identity/actor/types'
import { CONTAIN_SCOPES, type ContainScope, mustRequire, policyAfter } from '../identity/policy/rules'
import { type RequirementView, viewDeviceRules, viewRecoveryRules, viewRequirement } from '../identity/policy/service'
import type { Policy } from '../identity/policy/types'
import { firstTenant, isSetupOpen } from '../identity/tenant/service'
import { demandOf, isConsoleRole, maskEmail, normaliseEmail } from '../identity/user/rules'
import { personByEmail, personById } from '../identity/user/service'
import { type Person, ROLES, type Role, type UserType } from '../identity/user/types'
import { countDeadMessages, type MessageTroubles, viewMessageTroubles } from '../messaging/mail/outbox-service'
import { type RequirementWish, readRequirementWish } from './forms/policy'
import {
  asFreshAdmin,
  asHomeAdmin,
  asSteppedUpAdmin,
  assured,
  claimant,
  openedLink,
  passwordDemanded,
  requireAssured,
  requirePasswordDemanded,
  requireSteppedUp,
  teamMember,
  tenantAdmin,
} from './gate/guard'
import { type Act, actsAmong } from './loaders/acts'
import { actPath, containPath, importPath, NEW_PASSWORD_PATH, SECURITY_PATH, stepUpFor, withWish } from './paths'
import { deps, world } from './server/deps'
import { noteRefusal } from './server/refusal'
import { setStatus } from './server/response'
import { type PlaceOf, places } from './words/places'

/** What pages read: each has its gate in it, so that no page can forget one. */

/** The name over the portal pages; empty before the setup. */
export const portalBrand = cache(async (): Promise<{ name: string; ready: boolean }> => {
  const tenant = await firstTenant(deps())
  return { name: tenant?.name ?? '', ready: tenant !== null }
})

export async function loadHome(): Promise<never> {
  const actor = await assured()
  redirect(actor === null ? '/sign-in' : landingPath(actor.person, null))
}

/** The sign-in page; whoever is signed in goes where they wanted to go. */
export async function loadSignIn(search: { return?: string; notice?: string }) {
  const actor = await assured()
  const returnTo = safeReturnPath(search.return)
  if ((await passwordDemanded()) !== null) redirect(NEW_PASSWORD_PATH)
  // A guest whose session is too old for a host's console: the new one takes its place.
  if (actor !== null && search.notice !== 'again') redirect(landingPath(actor.person, returnTo))
  const { ready } = await portalBrand()
  return { returnTo, ready, notice: SIGN_IN_NOTICES.find((each) => each === search.notice) ?? null }
}
const SIGN_IN_NOTICES = [
  'start_over',
  'out_of_tries',
  'password_needed',
  'signed_out',
  'set_up',
  'password_set',
  'address_confirmed',
  'address_restored',
  'reset_cancelled',
  'stopped',
  'invited',
  'contained',
  'again',
] as const

/** A page of the portal for anybody, once there is a company. */
export async function loadDoorway(): Promise<void> {
  const { ready } = await portalBrand()
  if (!ready) redirect('/sign-in')
}

/** R12: looks at the link this browser opened; null when it is dead, or too many were. */
async function loadLink<T>(result: { ok: true; value: T } | { ok: false; code: string }): Promise<T | null> {
  if (result.ok) return result.value
  setStatus(result.code === 'throttled' ? 429 : 403)
  return null
}

export async function loadSignInLink() {
  const { actor, token } = await openedLink('magic')
  return loadLink(await viewSignInLink(deps(), actor, token))
}

export async function loadReset() {
  const { actor, token } = await openedLink('reset')
  return loadLink(await viewReset(deps(), actor, token))
}

export async function loadAddressLink(kind: 'address' | 'undo') {
  const { actor, token } = await openedLink(kind)
  return loadLink(await viewAddressLink(deps(), actor, kind, token))
}

/** R6, and the "this was not me" of notices. */
export async function loadStop(kind: StopKind) {
  const { actor, token } = await openedLink(kind)
  return loadLink(await viewStop(deps(), actor, kind, token))
}

/** R10. `isThis`: the browser is signed in as the one who is invited; `other`: as somebody else. */
export async function loadInvitation() {
  const { actor, token } = await openedLink('invitation')
  const view = await loadLink(await viewInvitation(deps(), actor, token))
  if (view === null) return null
  const signedIn = await assured()
  const isThis = signedIn?.person.email === view.email
  return { ...view, isThis, other: signedIn !== null && !isThis }
}

/** R6: the page that asks for a reset, and where its sign-in stands. */
export async function loadHelp(): Promise<{ view: HelpView; back: string }> {
  const { step } = await loadStep(['verify-factor', 'verify-device'])
  const actor = await claimant()
  const view = actor === null ? null : await viewHelp(deps(), actor)
  if (view === null) redirect('/sign-in')
  return { view, back: stepPath(step) }
}

export async function loadPasswordDemanded(): Promise<{ email: string; minimum: number }> {
  const { person, home } = await requirePasswordDemanded()
  const minimum = minimumLength({ role: home.role, secondFactorEnforced: demandOf(person).required })
  return { email: person.email, minimum }
}

/** A page of the sign-in: recomputes the step and sends the person where the sign-in really stands. */
export async function loadStep(here: readonly Step[]): Promise<StepView> {
  const actor = await claimant()
  const view = actor === null ? null : await viewSignIn(deps(), actor)
  if (actor !== null && view === null) await noteRefusal(deps(), 'unknown_attempt', actor.request)
  if (view === null) redirect('/sign-in')
  if (!here.includes(view.step)) redirect(stepPath(view.step))
  return view
}

/** Rows of dark and light modules, for a picture without any inline style. */
export function qrModules(text: string): boolean[][] {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' })
  return Array.from({ length: modules.size }, (_, row) =>
    Array.from({ length: modules.size }, (_, column) => modules.get(row, column) === 1),
  )
}

export async function loadSetup(token: string | undefined): Promise<{ token: string; open: boolean }> {
  const { ready } = await portalBrand()
  if (ready) redirect('/sign-in')
  const open = token !== undefined && (await isSetupOpen(deps(), token))
  if (!open) setStatus(403)
  return { token: token ?? '', open }
}

export interface FrameView {
  actor: Assured
  codesLeft: number | null
  directoryMail: boolean
  /** For owners and admins: messages to their people that failed for good in the last day. */
  deadMessages: number
  /** For them as well: requests for a reset that wait for a decision (R6). */
  openRequests: number
}

export async function loadAccount(): Promise<FrameView & { security: SecurityView }> {
  const actor = await requireAssured()
  return { ...(await frameOf(actor)), security: await viewSecurity(deps(), actor) }
}

async function frameOf(actor: Assured): Promise<FrameView> {
  const admin = asHomeAdmin(actor)
  const [codesLeft, deadMessages, openRequests] = await Promise.all([
    codesLeftOf(deps(), actor),
    admin === null ? 0 : countDeadMessages(deps(), admin),
    admin === null ? 0 : countOpenRequests(deps(), admin),
  ])
  const directoryMail = world().config.mail.transport === 'directory'
  return { actor, codesLeft, directoryMail, deadMessages, openRequests }
}

/** The page that connects one more factor. */
export async function loadAddFactor() {
  const actor = await requireSteppedUp('/account/security/add')
  const [security, unfinished] = await Promise.all([viewSecurity(deps(), actor), viewUnfinished(deps(), actor)])
  return { ...(await frameOf(actor)), security, unfinished, maskedEmail: maskEmail(actor.person.email) }
}

/** R11: the page that asks for a new address. */
export async function loadChangeAddress(): Promise<FrameView> {
  return frameOf(await requireSteppedUp('/account/security/address'))
}

/** D9: one's own browsers and sessions. */
export async function loadRegister(): Promise<FrameView & { register: RegisterView; placeOf: PlaceOf }> {
  const actor = await requireAssured()
  return { ...(await frameOf(actor)), register: await viewRegister(deps(), actor), placeOf: places() }
}

export async function loadReauthenticate(search: {
  return?: string
  again?: string
  factor?: string
}): Promise<{ view: StepUpView; returnTo: string; brand: string; email: string }> {
  const actor = await requireAssured()
  return {
    view: await viewStepUp(deps(), actor, { again: search.again !== undefined, factorId: search.factor ?? null }),
    returnTo: safeReturnPath(search.return) ?? SECURITY_PATH,
    brand: actor.home.tenant.name,
    email: actor.person.email,
  }
}

export type ConsoleView = FrameView & { actor: TeamMember; isAdmin: boolean }

export type OverviewView = ConsoleView & {
  /** Of owners and admins alone; so are the events. */
  coverage: CoverageCounts | null
  events: readonly StoredEvent[] | null
  waiting: { requests: number; messages: number } | null
  security: SecurityView
}

/** The console's first page, for every team member of the tenant; null for anyone else. */
export async function loadOverview(slug: string): Promise<OverviewView | null> {
  const actor = await teamMember(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  // Not asked where it would be refused: a look of an agent is no refusal (ASVS 16.3.2).
  const admin = isConsoleRole(actor.tenant.role) ? await tenantAdmin(slug) : null
  const [frame, coverage, events, waiting, security] = await Promise.all([
    frameOf(actor),
    admin === null ? null : viewCoverage(deps(), admin),
    admin === null ? null : lastEvents(deps(), admin),
    admin === null ? null : waitingFor(admin),
    viewSecurity(deps(), actor),
  ])
  return { ...frame, actor, isAdmin: admin !== null, coverage, events, waiting, security }
}

type Search = Record<string, string | string[] | undefined>

async function waitingFor(admin: TenantAdmin): Promise<{ requests: number; messages: number }> {
  const [requests, messages] = await Promise.all([countOpenRequests(deps(), admin), countDeadMessages(deps(), admin)])
  return { requests, messages }
}

export type AuthenticationView = FrameView & {
  actor: TenantAdmin
  view: RequirementView
  coverage: CoverageCounts
  /** P2: what the address wishes for, and what it would do. */
  wish: RequirementWish | null
  preview: Record<UserType, TypeCounts> | null
  /** Whole, for a text that is sent to people (S23). */
  signInUrl: string
  steppedUp: boolean
}

export type ReportsView = FrameView & {
  actor: TenantAdmin
  reports: readonly ReportView[]
  schedule: ScheduleView | null
  now: Date
}

export type PreviewView = FrameView & {
  actor: TenantAdmin
  wish: RequirementWish
  outcome: Outcome
  userType: UserType | null
  page: PeoplePage
}

/** Security > Advanced > Authentication, for owners and admins of the tenant; null for anyone else. */
export async function loadAuthentication(slug: string, search: Search = {}): Promise<AuthenticationView | null> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  const wish = readRequirementWish(search)
  const [frame, view, coverage] = await Promise.all([
    frameOf(actor),
    viewRequirement(deps(), actor),
    viewCoverage(deps(), actor),
  ])
  const preview = wish === null ? null : await previewCounts(deps(), actor, policyAfter(view.policy, wish, view.kinds))
  const signInUrl = `${deps().publicUrl}/sign-in`
  return { ...frame, actor, view, coverage, wish, preview, signInUrl, steppedUp: asSteppedUpAdmin(actor) !== null }
}

/** Security > Status reports; null for anyone but owners and admins of the tenant. */
export async function loadReports(slug: string): Promise<ReportsView | null> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  const [frame, view] = await Promise.all([frameOf(actor), viewReports(deps(), actor)])
  return { ...frame, actor, ...view, now: deps().clock.now() }
}

/** P2: those to whom one thing would happen; null for anyone but owners and admins, and for no wish. */
export async function loadPreview(slug: string, search: Search): Promise<PreviewView | null> {
  const actor = await tenantAdmin(slug)
  const wish = readRequirementWish(search)
  const outcome = OUTCOMES.find((each) => each === search.outcome)
  if (actor === null || wish === null || outcome === undefined) {
    setStatus(404)
    return null
  }
  const userType = search.type === 'team' || search.type === 'end' ? search.type : null
  const [frame, view] = await Promise.all([frameOf(actor), viewRequirement(deps(), actor)])
  const wanted = policyAfter(view.policy, wish, view.kinds)
  const { from } = readPeopleQuery(search)
  const page = await listByOutcome(deps(), actor, wanted, { outcome, userType, from })
  return { ...frame, actor, wish, outcome, userType, page }
}

/** Security > Advanced > Devices; null for anyone but owners and admins of the tenant. */
export async function loadDeviceRules(
  slug: string,
): Promise<(FrameView & { actor: TenantAdmin; policy: Policy; steppedUp: boolean }) | null> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  const [frame, policy] = await Promise.all([frameOf(actor), viewDeviceRules(deps(), actor)])
  return { ...frame, actor, policy, steppedUp: asSteppedUpAdmin(actor) !== null }
}

export type PeopleView = FrameView & {
  actor: TenantAdmin
  query: PeopleQuery
  page: PeoplePage
  acts: (row: PersonRow) => readonly Act[]
}

/** People > Users (M4); null for anyone but owners and admins of the tenant. */
export async function loadPeople(
  slug: string,
  search: Record<string, string | string[] | undefined>,
): Promise<PeopleView | null> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  const query = readPeopleQuery(search)
  const [frame, page] = await Promise.all([frameOf(actor), listPeople(deps(), actor, query)])
  return { ...frame, actor, query, page, acts: (row) => actsOnRow(actor, row) }
}

function actsOnRow(actor: TenantAdmin, row: PersonRow): readonly Act[] {
  const relation = row.userId === actor.person.id ? 'self' : row.guest ? 'guest' : 'home'
  const open = PEOPLE_ACTIONS.filter((action) => may(actor.tenant.role, action, relation, row.role))
  const exemptions = !mustRequire(actor.tenant.tenant)
  return actsAmong(
    open.filter((action) => action !== (row.suspended ? 'suspend' : 'reactivate')),
    { status: row.coverage.state, exemptions },
  )
}

export type PersonPageView = FrameView & {
  actor: TenantAdmin
  view: PersonView
  placeOf: PlaceOf
  acts: readonly Act[]
}

/** A person's page; null for anyone but owners and admins of the tenant, and for people who are not of it. */
export async function loadPerson(slug: string, userId: string): Promise<PersonPageView | null> {
  const actor = await tenantAdmin(slug)
  const view = actor === null ? null : await viewPerson(deps(), actor, userId)
  if (actor === null || view === null) {
    setStatus(404)
    return null
  }
  return { ...(await frameOf(actor)), actor, view, placeOf: places(), acts: actsOfPerson(actor, view) }
}

export type InvitationsView = FrameView & {
  actor: TenantAdmin
  query: InvitationQuery
  page: InvitationPage
  roles: readonly Role[]
}

/** People > Users, tab Invitations (R10); null for anyone but owners and admins of the tenant. */
export async function loadInvitations(
  slug: string,
  search: Record<string, string | string[] | undefined>,
): Promise<InvitationsView | null> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  const query = readInvitationQuery(search)
  const [frame, page] = await Promise.all([frameOf(actor), viewInvitations(deps(), actor, query)])
  return { ...frame, actor, query, page, roles: ROLES.filter((role) => mayGive(actor.tenant.role, role)) }
}

/** People > Import, at a fresh proof, so that no file is sent for nothing; null for anyone but owners and admins. */
export async function loadImports(
  slug: string,
): Promise<(FrameView & { actor: TenantAdmin; imports: Awaited<ReturnType<typeof viewImports>> }) | null> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  if (asSteppedUpAdmin(actor) === null) redirect(stepUpFor(importPath(slug)))
  const [frame, imports] = await Promise.all([frameOf(actor), viewImports(deps(), actor)])
  return { ...frame, actor, imports }
}

/** One file of people, and how far it has got; null for anyone but owners and admins of the tenant. */
export async function loadImport(
  slug: string,
  id: string,
  after: string | undefined,
): Promise<(FrameView & { actor: TenantAdmin; found: NonNullable<Awaited<ReturnType<typeof viewImport>>> }) | null> {
  const actor = await tenantAdmin(slug)
  const from = /^\d{1,7}$/.test(after ?? '') ? Number(after) : 0
  const found = actor === null ? null : await viewImport(deps(), actor, id.slice(0, 60), from)
  if (actor === null || found === null) {
    setStatus(404)
    return null
  }
  return { ...(await frameOf(actor)), actor, found }
}

function actsOfPerson(actor: TenantAdmin, view: PersonView): readonly Act[] {
  const exemptions = !mustRequire(actor.tenant.tenant) && view.exemptDays > 0
  return actsAmong(view.may, { status: view.coverage.state, exemptions })
}

/** Security > Sessions: who is signed in; null for anyone but owners and admins of the tenant. */
export async function loadTenantSessions(
  slug: string,
  search: { type?: string; before?: string },
): Promise<
  (FrameView & { actor: TenantAdmin; sessions: TenantSessionsView; userType: UserType | null; placeOf: PlaceOf }) | null
> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  const userType = search.type === 'team' || search.type === 'end' ? search.type : null
  const before = /^[0-9a-f-]{36}$/.test(search.before ?? '') ? (search.before ?? null) : null
  const [frame, sessions] = await Promise.all([frameOf(actor), viewTenantSessions(deps(), actor, { userType, before })])
  return { ...frame, actor, sessions, userType, placeOf: places() }
}

/** SE4: the page that asks before everybody is signed out, at a fresh proof. */
export async function loadContain(
  slug: string,
  scope: string,
  reason: string,
): Promise<(FrameView & { actor: TenantAdmin; scope: ContainScope; reachesSelf: boolean }) | null> {
  const actor = await tenantAdmin(slug)
  const wanted = CONTAIN_SCOPES.find((each) => each === scope)
  if (actor === null || wanted === undefined) {
    setStatus(404)
    return null
  }
  if (asFreshAdmin(actor) === null)
    redirect(stepUpFor(withWish(containPath(slug, wanted), reason === '' ? {} : { reason })))
  return { ...(await frameOf(actor)), actor, scope: wanted, reachesSelf: wanted !== 'end' }
}

/** The page that asks before something is done to a person; at a fresh proof, so that nothing typed on it is lost. */
export async function loadPersonAct(
  slug: string,
  userId: string,
  act: string,
  wish: Record<string, string>,
): Promise<(PersonPageView & { act: Act }) | null> {
  const page = await loadPerson(slug, userId)
  const wanted = page?.acts.find((each) => each === act)
  if (page === null || wanted === undefined) {
    setStatus(404)
    return null
  }
  if (asFreshAdmin(page.actor) === null) redirect(stepUpFor(actPath(slug, userId, wanted, wish)))
  return { ...page, act: wanted }
}

/** Security > Reset requests; null for anyone but owners and admins of the tenant. */
export async function loadInbox(
  slug: string,
): Promise<
  (FrameView & { actor: TenantAdmin; inbox: Awaited<ReturnType<typeof viewInbox>>; placeOf: PlaceOf }) | null
> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  const [frame, inbox] = await Promise.all([frameOf(actor), viewInbox(deps(), actor)])
  return { ...frame, actor, inbox, placeOf: places() }
}

/** Security > Advanced > Recovery; null for anyone but owners and admins of the tenant. */
export async function loadRecoveryRules(
  slug: string,
): Promise<
  (FrameView & { actor: TenantAdmin; version: number; codesForEndUsers: boolean; steppedUp: boolean }) | null
> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  const [frame, rules] = await Promise.all([frameOf(actor), viewRecoveryRules(deps(), actor)])
  return { ...frame, actor, ...rules, steppedUp: asSteppedUpAdmin(actor) !== null }
}

/** Security > Messages; null for anyone but owners and admins of the tenant. */
export async function loadMessages(
  slug: string,
): Promise<(FrameView & { actor: TenantAdmin; troubles: MessageTroubles }) | null> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  const [frame, troubles] = await Promise.all([frameOf(actor), viewMessageTroubles(deps(), actor)])
  return { ...frame, actor, troubles }
}

/** Whom the log is narrowed to; or the people among whom to choose, or nobody, where a name was typed. */
export type AuditPerson =
  | { is: 'all' | 'nobody' }
  | { is: 'one'; id: string; name: string | null; email: string | null }
  | { is: 'several'; people: readonly { id: string; name: string; email: string }[]; more: boolean }

export type AuditView = FrameView & {
  actor: TenantAdmin
  query: AuditQuery & { search: string }
  person: AuditPerson
  /** Null while a person is to be chosen. */
  page: AuditPage | null
  chain: ChainState
  placeOf: PlaceOf
}

/** Security > Audit log (M7); null for anyone but owners and admins of the tenant. */
export async function loadAudit(
  slug: string,
  search: Record<string, string | string[] | undefined>,
): Promise<AuditView | null> {
  const actor = await tenantAdmin(slug)
  if (actor === null) {
    setStatus(404)
    return null
  }
  const wish = readAuditQuery(search)
  const [frame, chain, person] = await Promise.all([
    frameOf(actor),
    viewChain(deps(), actor),
    wish.search === '' ? auditPersonById(actor, wish.personId) : auditPersonByText(actor, wish.search),
  ])
  const query = { ...wish, personId: person.is === 'one' ? person.id : null }
  const page = person.is === 'one' || person.is === 'all' ? await listAudit(deps(), actor, query) : null
  return { ...frame, actor, query, person, page, chain, placeOf: places() }
}

/** S15: the name of somebody who is of this tenant; whoever is not may stand in its log all the same. */
async function auditPersonById(actor: TenantAdmin, id: string | null): Promise<AuditPerson> {
  if (id === null) return { is: 'all' }
  const found = (await personById(deps().db, id))?.person
  return personHere(actor, found) ?? { is: 'one', id, name: null, email: null }
}

function personHere(actor: TenantAdmin, person: Person | undefined): AuditPerson | null {
  if (!person?.memberships.some((each) => each.tenant.id === actor.tenant.tenant.id)) return null
  return { is: 'one', id: person.id, name: person.name, email: person.email }
}

const MOST_CHOICES = 10

async function auditPersonByText(actor: TenantAdmin, text: string): Promise<AuditPerson> {
  const address = normaliseEmail(text)
  const exact = address.ok ? personHere(actor, (await personByEmail(deps().db, address.value))?.person) : null
  if (exact !== null) return exact
  const lists = await Promise.all(
    ['', 'suspended'].map((list) => listPeople(deps(), actor, readPeopleQuery({ q: text, list }))),
  )
  const people = lists.flatMap((list) => list.rows).map(({ userId, name, email }) => ({ id: userId, name, email }))
  const [first] = people
  if (first === undefined) return { is: 'nobody' }
  if (people.length === 1) return { is: 'one', ...first }
  return { is: 'several', people: people.slice(0, MOST_CHOICES), more: people.length > MOST_CHOICES }
}
