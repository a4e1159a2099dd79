import { type SecurityView, viewOwnUnfinished, viewSecurity } from '../../authentication/account/factors/service'
import { type StepUpView, viewStepUp } from '../../authentication/account/stepup/service'
import { type RegisterView, viewRegister } from '../../authentication/devices/service'
import { safeReturnPath } from '../../authentication/signin/rules'
import { maskEmail } from '../../identity/user/rules'
import { requireAssured, requireSteppedUp } from '../gate/guard'
import { SECURITY_PATH } from '../paths'
import { deps } from '../server/deps'
import { type PlaceOf, places } from '../words/places'
import { type FrameView, frameOf } from './frame'

export async function loadAccount(): Promise<FrameView & { security: SecurityView }> {
  const actor = await requireAssured()
  return { ...(await frameOf(actor)), security: await viewSecurity(deps(), actor) }
}

/** The page that connects one more factor. */
export async function loadAddFactor() {
  const actor = await requireSteppedUp('/account/security/add')
  const [security, unfinished] = await Promise.all([viewSecurity(deps(), actor), viewOwnUnfinished(deps(), actor)])
  return { ...(await frameOf(actor)), security, unfinished, maskedEmail: maskEmail(actor.person.email) }
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
}): Promise<{ view: StepUpView; returnTo: string; brand: string; email: string }> {
  const actor = await requireAssured()
  return {
    view: await viewStepUp(deps(), actor, { again: search.again !== undefined, factorId: search.factor ?? null }),
    returnTo: safeReturnPath(search.return) ?? SECURITY_PATH,
    brand: actor.home.tenant.name,
    email: actor.person.email,
  }
}
