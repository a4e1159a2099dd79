import { type SecurityView, viewOwnUnfinished, viewSecurity } from '../../authentication/account/factors/service'
import { type StepUpView, viewStepUp } from '../../authentication/account/stepup/service'
import { type RegisterView, viewRegister } from '../../authentication/devices/service'
import { safeReturnPath } from '../../authentication/signin/rules'
import { zoneOf } from '../../core/kernel/zones'
import { tenantById } from '../../identity/tenant/service'
import type { HelpLine } from '../../identity/tenant/types'
import { asksApart, maskEmail } from '../../identity/user/rules'
import { chosenZone } from '../../identity/user/service'
import type { MembershipView, Person } from '../../identity/user/types'
import { requireAssured, requireSteppedUp } from '../gate/guard'
import { addFactorFor, consolePath, SECURITY_PATH } from '../paths'
import { deps } from '../server/deps'
import { type PlaceOf, places } from '../words/places'
import { type PortalBrand, portalBrand } from './brand'
import { type FrameView, frameOf } from './frame'
import { helpOf } from './help'

export async function loadAccount(): Promise<FrameView & { security: SecurityView }> {
  const actor = await requireAssured()
  return { ...(await frameOf(actor)), security: await viewSecurity(deps(), actor) }
}

/** The account's first page, with the zones of its times (X10). */
export async function loadAccountPage() {
  const view = await loadAccount()
  const { person, home } = view.actor
  const [own, tenant] = await Promise.all([chosenZone(deps().db, person.id), tenantById(deps(), home.tenant.id)])
  return { ...view, ownZone: own === null ? null : zoneOf(own), companyZone: zoneOf(tenant?.timeZone) }
}

/** The page that connects one more factor, and leads back to where it was asked for. */
export async function loadAddFactor(search: { return?: string } = {}) {
  const returnTo = safeReturnPath(search.return)
  const actor = await requireSteppedUp(addFactorFor(returnTo))
  const [security, unfinished] = await Promise.all([viewSecurity(deps(), actor), viewOwnUnfinished(deps(), actor)])
  const host = hostAsking(actor.person, returnTo)
  const kinds = security.kinds.filter((kind) => host === null || host.policy.kinds.includes(kind))
  const view = { ...(await frameOf(actor)), security, unfinished, maskedEmail: maskEmail(actor.person.email) }
  return { ...view, kinds, host: host?.tenant.name ?? null, returnTo }
}

/** The host whose page waits for a factor (U6). */
function hostAsking(person: Person, returnTo: string | null): MembershipView | null {
  const isPageOf = (path: string) => returnTo === path || returnTo?.startsWith(`${path}/`) === true
  const waiting = person.memberships.find((each) => isPageOf(consolePath(each.tenant.slug)))
  return waiting !== undefined && asksApart(person, waiting) ? waiting : null
}

/** The page that asks for a new address (R11). */
export async function loadChangeAddress(): Promise<FrameView> {
  return frameOf(await requireSteppedUp('/account/security/address'))
}

/** One's own browsers and sessions (D9). */
export async function loadRegister(): Promise<FrameView & { register: RegisterView; placeOf: PlaceOf }> {
  const actor = await requireAssured()
  return { ...(await frameOf(actor)), register: await viewRegister(deps(), actor), placeOf: places() }
}

export async function loadReauthenticate(search: {
  return?: string
  again?: string
  factor?: string
}): Promise<{ view: StepUpView; returnTo: string; brand: PortalBrand; email: string; help: HelpLine | null }> {
  const actor = await requireAssured()
  return {
    view: await viewStepUp(deps(), actor, { again: search.again !== undefined, factorId: search.factor ?? null }),
    returnTo: safeReturnPath(search.return) ?? SECURITY_PATH,
    brand: await portalBrand(),
    email: actor.person.email,
    help: await helpOf(actor.home.tenant.id),
  }
}
