// Above 300 lines: proofs are minted in this file alone, so that who mints is read in one sitting (S29).

import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { type ActBy, PROOF_OF, type ProofOf } from '../../administration/doors/rules'
import type { ConsoleAct, ProofLevel } from '../../administration/doors/types'
import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import { canProve } from '../../authentication/account/stepup/service'
import { hostAsks } from '../../authentication/host/rules'
import {
  DESTRUCTIVE_FRESH,
  isSteppedUp,
  isVoidedIn,
  mayRenewCodes,
  wasOpenedAs,
} from '../../authentication/session/rules'
import { findLiveSession, holderOf } from '../../authentication/session/service'
import { lacksFor, safeReturnPath } from '../../authentication/signin/rules'
import { hashToken, isToken } from '../../core/crypto/token'
import { mint } from '../../core/kernel/proof'
import type { RequestInfo } from '../../core/kernel/request'
import { factorsOf } from '../../credentials/factor/service'
import type { FactorRow } from '../../credentials/factor/types'
import { carriedLink, linkRef, readCarried } from '../../credentials/link/rules'
import type { CarriedKind } from '../../credentials/link/types'
import { type Locale, localeOf, negotiate } from '../../i18n/locales'
import type {
  Assured,
  Claimant,
  CodeRenewer,
  FreshAdmin,
  FreshOverClient,
  OverClient,
  PartnerAdmin,
  SessionRecord,
  SteppedUp,
  SteppedUpAdmin,
  SteppedUpPartner,
  TeamMember,
  TenantAdmin,
  Visitor,
} from '../../identity/actor/types'
import { tenantBelow } from '../../identity/tenant/tree/service'
import { asksApart, isConsoleRole, isLiveMembership, reachesBelow } from '../../identity/user/rules'
import type { MembershipView, Person } from '../../identity/user/types'
import { addFactorFor, consolePath, NEW_PASSWORD_PATH, signInFor, startOverFor, stepUpFor } from '../paths'
import { deps } from '../server/deps'
import { noteRefusal } from '../server/refusal'
import {
  ADDRESS_HEADER,
  ATTEMPT_COOKIE,
  DEVICE_COOKIE,
  LINK_COOKIE,
  LOCALE_COOKIE,
  PATH_HEADER,
  REQUEST_ID_HEADER,
  SESSION_COOKIE,
  USED_LINK_COOKIE,
} from '../server/request'
import { readBegun } from './cookies'
import { drawnFor, drawnForAttempt } from './drawn'

// The only place, beside lib/testing, where a request becomes a proof of who is asking.

export const requestInfo = cache(async (): Promise<RequestInfo> => {
  const all = await headers()
  return {
    address: all.get(ADDRESS_HEADER),
    userAgent: all.get('user-agent')?.slice(0, 300) ?? null,
    requestId: all.get(REQUEST_ID_HEADER),
  }
})

/**
 * The choice in this browser, else the browser's languages (X1); a signed-in person's own setting comes before both.
 */
export const visitorLocale = cache(async (): Promise<Locale> => {
  const chosen = localeOf((await cookies()).get(LOCALE_COOKIE)?.value)
  return chosen ?? negotiate((await headers()).get('accept-language'))
})

export async function visitor(): Promise<Visitor> {
  return mint<Visitor>({
    request: await requestInfo(),
    deviceToken: (await cookies()).get(DEVICE_COOKIE)?.value ?? null,
    usedLink: (await cookies()).get(USED_LINK_COOKIE)?.value ?? null,
    locale: await visitorLocale(),
  })
}

/** Holds the cookie of an attempt; what the attempt is worth, the service reads from its row. */
export async function claimant(): Promise<Claimant | null> {
  const token = (await cookies()).get(ATTEMPT_COOKIE)?.value
  if (token === undefined || !isToken(token)) return null
  return mint<Claimant>({ ...(await visitor()), attemptHash: hashToken('attempt', token) })
}

/** The gate of every step: no attempt, no step. */
export async function claimantOrStart(): Promise<Claimant> {
  const actor = await claimant()
  if (actor === null) redirect(startOverFor(await readBegun(), deps().clock.now()))
  return actor
}

export interface OpenedLink {
  actor: Visitor
  token: string
  /** What a form of its page carries (S26); empty where this browser has no such link. */
  ref: string
}

/**
 * A link whose address this browser opened (R12), for the page that says yes: the one that page or form names, and for
 * a page that names none the one of its kind that was opened last.
 */
export async function openedLink(kind: CarriedKind, ref: string | undefined): Promise<OpenedLink> {
  const carried = readCarried((await cookies()).get(LINK_COOKIE)?.value ?? '')
  const token = carriedLink(carried, kind, ref)?.token ?? ''
  return { actor: await visitor(), token, ref: token === '' ? '' : linkRef(token) }
}

/** The session of this browser, whatever it is still worth. */
export const browserSession = cache(async (): Promise<{ session: SessionRecord; person: Person } | null> => {
  const token = (await cookies()).get(SESSION_COOKIE)?.value
  return token === undefined || !isToken(token) ? null : findLiveSession(deps(), hashToken('session', token))
})

/** What forms drawn for this browser now carry (S26). */
export async function drawnForBrowser(): Promise<string> {
  const found = await browserSession()
  return found === null ? '' : drawnFor(found.session)
}

/** What forms of the sign-in under way carry (S26). */
export async function drawnForSignIn(): Promise<string> {
  const actor = await claimant()
  return actor === null ? '' : drawnForAttempt(actor)
}

/** Signed in and meeting every requirement, whether or not a new password is demanded (S8: everything is read anew). */
const sessionHolder = cache(async (): Promise<Assured | null> => {
  const found = await holderOf(deps(), (await cookies()).get(SESSION_COOKIE)?.value ?? null)
  if (found === 'unknown') await noteRefusal(deps(), 'unknown_session', await requestInfo())
  if (found === 'unknown' || found === null) return null
  return mint<Assured>({ ...(await visitor()), ...found })
})

/**
 * Signed in and meeting every requirement, or null; somebody of whom a new password is demanded may do nothing else
 * (D9).
 */
export const assured = cache(async (): Promise<Assured | null> => {
  const actor = await sessionHolder()
  return actor?.person.passwordDemandedAt === null ? actor : null
})

/** Of whom a new password is demanded, at the page that asks for it (D9). */
export async function passwordDemanded(): Promise<Assured | null> {
  const actor = await sessionHolder()
  return actor !== null && actor.person.passwordDemandedAt !== null ? actor : null
}

export async function requirePasswordDemanded(): Promise<Assured> {
  const actor = await passwordDemanded()
  if (actor === null) redirect('/')
  return actor
}

/** The path and query of this request, as our server saw it. */
export async function currentPath(): Promise<string> {
  return (await headers()).get(PATH_HEADER) ?? '/'
}

/** A page or action for signed-in people: everyone else goes to sign in and comes back. */
export async function requireAssured(): Promise<Assured> {
  const actor = await assured()
  if (actor !== null) return actor
  if ((await passwordDemanded()) !== null) redirect(NEW_PASSWORD_PATH)
  const path = safeReturnPath((await headers()).get(PATH_HEADER))
  redirect(signInFor(path))
}

export function asSteppedUp(actor: Assured): SteppedUp | null {
  return isSteppedUp(actor.session, deps().clock.now()) ? mint<SteppedUp>(actor) : null
}

/** Step-up, or the page that asks for it; `returnTo` brings the person back to what they were about to do. */
export async function requireSteppedUp(returnTo: string): Promise<SteppedUp> {
  const actor = asSteppedUp(await requireAssured())
  if (actor !== null) return actor
  redirect(stepUpFor(returnTo))
}

export async function requireCodeRenewer(returnTo: string): Promise<CodeRenewer> {
  const actor = await requireAssured()
  if (mayRenewCodes(actor.session, deps().clock.now())) return mint<CodeRenewer>(actor)
  redirect(stepUpFor(returnTo))
}

/**
 * Whom the tenant signed out since their session began signs in anew, whatever it is worth elsewhere (U6, SE4); whose
 * role is newer than the session gives the proof that it lacks, and comes back (R13).
 */
async function membershipHere(actor: Assured, slug: string): Promise<MembershipView | undefined> {
  const tenant = actor.person.memberships.find((each) => each.tenant.slug === slug && isLiveMembership(each))
  if (tenant === undefined) return tenant
  const path = safeReturnPath(await currentPath())
  if (isVoidedIn(tenant, actor.session)) redirect(signInFor(path, 'again'))
  if (tenant.userType !== 'team') return tenant
  switch (await lacksIn(actor, tenant)) {
    case 'nothing':
      return admitted(actor, tenant, path ?? consolePath(slug))
    case 'proof':
      redirect(stepUpFor(path ?? consolePath(slug)))
      break
    case 'sign-in':
      redirect(signInFor(path, 'role'))
  }
}

/** Whom a host asks for a factor of its own proves it, or sets it up on the way, and comes back (U6). */
async function admitted(actor: Assured, membership: MembershipView, path: string): Promise<MembershipView> {
  const { session, person } = actor
  if (!asksApart(person, membership)) return membership
  const own = {
    factors: await factorsOf(deps().db, person.id),
    canProve: (factor: FactorRow) => canProve(deps(), person, factor),
  }
  const asked = hostAsks(session, person, membership, own, deps().clock.now())
  if (asked.lacks === 'proof') redirect(stepUpFor(path, { factor: asked.factorId }))
  if (asked.lacks === 'factor') redirect(addFactorFor(path))
  return membership
}

/** What a new sign-in into this role would ask for, and this session does not have (R13, S27). */
async function lacksIn({ person, session }: Assured, membership: MembershipView) {
  if (wasOpenedAs(session, membership)) return 'nothing'
  return lacksFor(session, person, await factorsOf(deps().db, person.id), deps().clock.now())
}

/** Any team member of the tenant: the console's first page. */
export async function teamMember(slug: string): Promise<TeamMember | null> {
  const actor = await requireAssured()
  const tenant = await membershipHere(actor, slug)
  if (tenant !== undefined && tenant.userType === 'team') return mint<TeamMember>({ ...actor, tenant })
  await denied(actor, slug)
  return null
}

/** An owner or admin of exactly this tenant, or null (S15); the refusal is written down (ASVS 16.3.2). */
export async function tenantAdmin(slug: string): Promise<TenantAdmin | null> {
  const actor = await requireAssured()
  const tenant = await membershipHere(actor, slug)
  if (tenant !== undefined && isConsoleRole(tenant.role)) return mint<TenantAdmin>({ ...actor, tenant })
  await denied(actor, slug)
  return null
}

/** An owner or admin of a partner that is not suspended, or null. */
export async function partnerAdmin(slug: string): Promise<PartnerAdmin | null> {
  const actor = await requireAssured()
  const tenant = await membershipHere(actor, slug)
  if (tenant !== undefined && reachesBelow(tenant)) return mint<PartnerAdmin>({ ...actor, tenant })
  await denied(actor, slug)
  return null
}

/**
 * The same over one tenant below, by the tree as it is at this request (S15); null for any other tenant, and for none.
 */
export async function overClient({ tenant, client }: { tenant: string; client: string }): Promise<OverClient | null> {
  const actor = await partnerAdmin(tenant)
  if (actor === null) return null
  const partner = actor.tenant
  const found = await tenantBelow(deps().db, partner.tenant.id, client)
  if (found !== null) return mint<OverClient>({ ...actor, tenant: { tenant: found }, partner })
  await denied(actor, client)
  return null
}

/** Whoever manages their own home tenant. */
export async function asHomeAdmin(actor: Assured): Promise<TenantAdmin | null> {
  if (!isConsoleRole(actor.home.role) || (await lacksIn(actor, actor.home)) !== 'nothing') return null
  return mint<TenantAdmin>({ ...actor, tenant: actor.home })
}

function asSteppedUpAdmin(admin: TenantAdmin): SteppedUpAdmin | null {
  return isSteppedUp(admin.session, deps().clock.now()) ? mint<SteppedUpAdmin>(admin) : null
}

/** The same within five minutes, for what takes something from somebody, or takes much away. */
function asFreshAdmin(admin: TenantAdmin): FreshAdmin | null {
  return isSteppedUp(admin.session, deps().clock.now(), DESTRUCTIVE_FRESH) ? mint<FreshAdmin>(admin) : null
}

export interface AdminProofs {
  session: TenantAdmin
  recent: SteppedUpAdmin
  fresh: FreshAdmin
}

const PROOFS: { [Level in ProofLevel]: (admin: TenantAdmin) => AdminProofs[Level] | null } = {
  session: (admin) => admin,
  recent: asSteppedUpAdmin,
  fresh: asFreshAdmin,
}

/** The proof that belongs to this act, by whichever door (S29); null where the admin has none now. */
export function provedFor<Act extends ConsoleAct>(act: Act, admin: TenantAdmin): AdminProofs[ProofOf<Act>] | null {
  const level: ProofOf<Act> = PROOF_OF[act]
  return PROOFS[level](admin)
}

/** The proof of an act of a partner for the partner itself (S29). */
export function provedAsPartner(_act: ActBy<'recent'>, partner: PartnerAdmin): SteppedUpPartner | null {
  return isSteppedUp(partner.session, deps().clock.now()) ? mint<SteppedUpPartner>(partner) : null
}

/** Of an act on a tenant below. */
export function provedOver(_act: ActBy<'fresh'>, client: OverClient): FreshOverClient | null {
  return isSteppedUp(client.session, deps().clock.now(), DESTRUCTIVE_FRESH) ? mint<FreshOverClient>(client) : null
}

async function denied(actor: Assured, slug: string): Promise<void> {
  await recordEvent(deps(), {
    tenantId: actor.person.tenantId,
    kind: 'access_denied',
    ...by(actor),
    data: { tenant: slug.slice(0, 60) },
  })
}
