import { redirect } from 'next/navigation'
import QRCode from 'qrcode'
import { cache } from 'react'
import { hostOf } from '../../administration/company/rules'
import { viewInvitation } from '../../administration/invitation/accept/service'
import { isSetupOpen } from '../../administration/setup/service'
import { viewReset } from '../../authentication/account/password/service'
import { viewEmailLink } from '../../authentication/email-change/service'
import { type HelpView, viewHelp } from '../../authentication/reset/service'
import { landingPath } from '../../authentication/session/rules'
import { viewSignInLink } from '../../authentication/signin/link/service'
import { safeReturnPath, stepPath } from '../../authentication/signin/rules'
import type { Step } from '../../authentication/signin/types'
import { type StepView, viewSignIn } from '../../authentication/signin/view/service'
import { viewNotice } from '../../authentication/undoing/service'
import type { NoticeKind } from '../../credentials/link/types'
import { minimumLength } from '../../credentials/password/rules'
import { helpLine } from '../../identity/tenant/rules'
import { type TenantFacts, tenantById } from '../../identity/tenant/service'
import type { HelpLine } from '../../identity/tenant/types'
import { effectivePolicy } from '../../identity/user/rules'
import { hasCookies, readBegun } from '../gate/cookies'
import {
  assured,
  browserSession,
  claimant,
  openedLink,
  passwordDemanded,
  requireAssured,
  requirePasswordDemanded,
} from '../gate/guard'
import { logoPath, NEW_PASSWORD_PATH, OTHER_SIGN_IN, startOverFor } from '../paths'
import { deps } from '../server/deps'
import { noteRefusal } from '../server/refusal'
import { askToKeepCookies, setStatus } from '../server/response'
import { brandTenant } from '../words/reader'

/** The name over the portal pages; empty before the setup. */
export const portalBrand = cache(
  async (): Promise<{ name: string; ready: boolean; logo: { src: string; width: number; height: number } | null }> => {
    const tenant = await brandTenant()
    return { name: tenant?.name ?? '', ready: tenant !== null, logo: tenant === null ? null : logoOf(tenant) }
  },
)

function logoOf({ logoToken, logoWidth, logoHeight }: TenantFacts) {
  if (logoToken === null || logoWidth === null || logoHeight === null) return null
  return { src: logoPath(logoToken), width: logoWidth, height: logoHeight }
}

export async function loadHome(): Promise<never> {
  const actor = await assured()
  redirect(actor === null ? '/sign-in' : landingPath(actor.person, null))
}

/** The sign-in page; whoever is signed in goes where they wanted to go. */
export async function loadSignIn(search: { return?: string; notice?: string }) {
  const actor = await assured()
  const returnTo = safeReturnPath(search.return)
  if ((await passwordDemanded()) !== null) redirect(NEW_PASSWORD_PATH)
  // A session that is too old for a console, or older than the role: the new one takes its place.
  if (actor !== null && search.notice !== 'again' && search.notice !== 'role')
    redirect(landingPath(actor.person, returnTo))
  const { ready } = await portalBrand()
  const notice = SIGN_IN_NOTICES.find((each) => each === search.notice) ?? null
  const begun = notice !== null && BEGUN_AGAIN.includes(notice) ? await readBegun() : null
  return {
    returnTo: returnTo ?? begun?.returnTo ?? null,
    ready,
    notice,
    email: begun?.email ?? '',
    cookiesAsked: ready && !(await hasCookies()) && askToKeepCookies(),
  }
}
/** After these the address is typed already, and leads to where the sign-in was to lead. */
const BEGUN_AGAIN: readonly string[] = ['start_over', 'ran_out', 'out_of_tries']
const SIGN_IN_NOTICES = [
  'start_over',
  'ran_out',
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
  'role',
] as const

/** A page of the portal for anybody, once there is a company. */
export async function loadDoorway(): Promise<void> {
  const { ready } = await portalBrand()
  if (!ready) redirect('/sign-in')
}

/** Looks at the link this browser opened (R12); null when it is dead, or too many were. */
async function loadLink<T>(result: { ok: true; value: T } | { ok: false; code: string }): Promise<T | null> {
  if (result.ok) return result.value
  setStatus(result.code === 'throttled' ? 429 : 403)
  return null
}

type Shown = { link?: string }

/** `leaves`: who is signed in here and would be signed out by it, where that is somebody else. */
export async function loadSignInLink(search: Shown) {
  const { actor, token, ref } = await openedLink('magic', search.link)
  const view = await loadLink(await viewSignInLink(deps(), actor, token))
  if (view === null) return null
  const { userId, ...shown } = view
  const here = (await browserSession())?.person
  return { ...shown, ref, leaves: here === undefined || here.id === userId ? null : here.name }
}

export async function loadReset(search: Shown) {
  const { actor, token, ref } = await openedLink('reset', search.link)
  const view = await loadLink(await viewReset(deps(), actor, token))
  return view === null ? null : { ...view, ref }
}

export async function loadAddressLink(search: Shown) {
  const { actor, token, ref } = await openedLink('address', search.link)
  const view = await loadLink(await viewEmailLink(deps(), actor, token))
  return view === null ? null : { ...view, ref }
}

/** What the way back of a notice would end, before its button is pressed (R11). */
export async function loadNotice(kind: NoticeKind, search: Shown) {
  const { actor, token, ref } = await openedLink(kind, search.link)
  const view = await loadLink(await viewNotice(deps(), actor, kind, token))
  return view === null ? null : { ...view, ref }
}

/**
 * The invitation this browser opened (R10). `isThis`: the browser is signed in as the one who is invited; `other`: as
 * somebody else; `leaves`: who would be signed out by the new account.
 */
export async function loadInvitation(search: Shown) {
  const { actor, token, ref } = await openedLink('invitation', search.link)
  const view = await loadLink(await viewInvitation(deps(), actor, token))
  if (view === null) return null
  const signedIn = await assured()
  const isThis = signedIn?.person.email === view.email
  const leaves = view.hasAccount ? null : ((await browserSession())?.person.name ?? null)
  return { ...view, ref, isThis, other: signedIn !== null && !isThis, leaves }
}

/** The last page of the wizard, and what it leads on to. */
export async function loadDone(search: {
  return?: string
}): Promise<{ to: string; leads: 'account' | 'console' | 'on'; start: { url: string; host: string } | null }> {
  const { person, home } = await requireAssured()
  const url = (await tenantById(deps(), home.tenant.id))?.startUrl ?? null
  const own = landingPath(person, null)
  const to = safeReturnPath(search.return) ?? own
  const start = url === null ? null : { url, host: hostOf(url) }
  return { to, leads: to !== own ? 'on' : own === '/account' ? 'account' : 'console', start }
}

/** Of the company at home in which somebody is past a first step, and of no other: nobody else is told (S13). */
export async function helpOf(tenantId: string | null): Promise<HelpLine | null> {
  if (tenantId === null) return null
  const brand = await brandTenant()
  const tenant = brand?.id === tenantId ? brand : await tenantById(deps(), tenantId)
  return tenant === null ? null : helpLine(tenant)
}

/** The page that asks for a reset (R6), and where its sign-in stands. */
export async function loadHelp(): Promise<{ view: HelpView; back: string; help: HelpLine | null }> {
  const { step, help } = await loadStep(['verify-factor', 'verify-device'])
  const actor = await claimant()
  const view = actor === null ? null : await viewHelp(deps(), actor)
  if (view === null) redirect('/sign-in')
  return { view, back: stepPath(step), help }
}

export async function loadPasswordDemanded(): Promise<{ email: string; minimum: number }> {
  const { person, home } = await requirePasswordDemanded()
  const minimum = minimumLength({ role: home.role, secondFactorEnforced: effectivePolicy(person).required })
  return { email: person.email, minimum }
}

/**
 * A page of the sign-in: recomputes the step and sends the person where the sign-in really stands, with what was to be
 * said here.
 */
export async function loadStep(
  here: readonly Step[],
  search: { notice?: string } = {},
): Promise<StepView & { help: HelpLine | null }> {
  const actor = await claimant()
  const view = actor === null ? null : await viewSignIn(deps(), actor)
  if (actor !== null && view === null) await noteRefusal(deps(), 'unknown_attempt', actor.request)
  const other = search.notice === OTHER_SIGN_IN
  const begun = await readBegun()
  const over = startOverFor(begun, deps().clock.now())
  if (view === null) redirect(other || begun !== null ? over : '/sign-in')
  if (here.includes(view.step)) return { ...view, help: await helpOf(view.tenantId) }
  if (view.step === 'start-over') redirect(over)
  redirect(other ? `${stepPath(view.step)}?notice=${OTHER_SIGN_IN}` : stepPath(view.step))
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
