import { redirect } from 'next/navigation'
import QRCode from 'qrcode'
import { hostOf } from '../../administration/company/rules'
import { isSetupOpen } from '../../administration/setup/service'
import { type HelpView, viewHelp } from '../../authentication/reset/service'
import { landingPath } from '../../authentication/session/rules'
import { safeReturnPath, stepPath } from '../../authentication/signin/rules'
import type { Step } from '../../authentication/signin/types'
import { type StepView, viewSignIn } from '../../authentication/signin/view/service'
import { minimumLength } from '../../credentials/password/rules'
import { tenantById } from '../../identity/tenant/service'
import type { HelpLine } from '../../identity/tenant/types'
import { effectivePolicy } from '../../identity/user/rules'
import { hasCookies, readBegun } from '../gate/cookies'
import { assured, claimant, passwordDemanded, requireAssured, requirePasswordDemanded } from '../gate/guard'
import { NEW_PASSWORD_PATH, namingTenant, OTHER_SIGN_IN, startOverFor } from '../paths'
import { deps } from '../server/deps'
import { noteRefusal } from '../server/refusal'
import { askToKeepCookies, setStatus } from '../server/response'
import { entranceBrand, slugInAddress } from '../words/brand'
import { helpOf } from './help'

export async function loadHome(): Promise<never> {
  const actor = await assured()
  redirect(actor === null ? namingTenant('/sign-in', await slugInAddress()) : landingPath(actor.person, null))
}

/** The sign-in page; whoever is signed in goes where they wanted to go. */
export async function loadSignIn(search: { return?: string; notice?: string }) {
  const actor = await assured()
  const returnTo = safeReturnPath(search.return)
  if ((await passwordDemanded()) !== null) redirect(NEW_PASSWORD_PATH)
  // A session that is too old for a console, or older than the role: the new one takes its place.
  if (actor !== null && search.notice !== 'again' && search.notice !== 'role')
    redirect(landingPath(actor.person, returnTo))
  const { ready } = await entranceBrand()
  const notice = SIGN_IN_NOTICES.find((each) => each === search.notice) ?? null
  const begun = notice !== null && BEGUN_AGAIN.includes(notice) ? await readBegun() : null
  return {
    returnTo: returnTo ?? begun?.returnTo ?? null,
    ready,
    notice,
    email: begun?.email ?? '',
    /** What the address names, for those that stand beside it. */
    named: await slugInAddress(),
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
  'company_suspended',
] as const

/** A page of the portal for anybody, once there is a company. */
export async function loadDoorway(): Promise<{ named: string | null }> {
  const { ready } = await entranceBrand()
  if (!ready) redirect('/sign-in')
  return { named: await slugInAddress() }
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
  const { ready } = await entranceBrand()
  if (ready) redirect('/sign-in')
  const open = token !== undefined && (await isSetupOpen(deps(), token))
  if (!open) setStatus(403)
  return { token: token ?? '', open }
}
