import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { Deps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { zoneOf } from '../../core/kernel/zones'
import type { SteppedUpAdmin, TenantAdmin } from '../../identity/actor/types'
import {
  setAccent,
  setHelp,
  setInvitationDays,
  setStartUrl,
  setTenantZone,
  tenantById,
} from '../../identity/tenant/service'
import { actOnTenant } from '../acting/service'
import { UNTIL_DEADLINE } from '../invitation/rules'
import { invitationTerms } from '../invitation/terms/service'
import type { InvitationTerms } from '../invitation/types'
import { nearestAccent } from './accent/rules'

export interface CompanyView {
  zone: string
  /** Where people go on to after the setup. */
  startUrl: string | null
  helpText: string | null
  helpUrl: string | null
  /** Names its logo; null where there is none. */
  logoToken: string | null
  accent: string | null
  /** For how long invitations are valid, and the days that were named (R10, P8). */
  invitations: Pick<InvitationTerms, 'usualDays' | 'deadline'>
}

/** Security > Advanced > Company. */
export async function viewCompany(deps: Pick<Deps, 'db' | 'clock'>, actor: TenantAdmin): Promise<CompanyView> {
  const { id } = actor.tenant.tenant
  const tenant = await tenantById(deps, id)
  const { usualDays, deadline } = await invitationTerms(deps, id)
  const { startUrl = null, helpText = null, helpUrl = null, logoToken = null, accent = null } = tenant ?? {}
  return {
    zone: zoneOf(tenant?.timeZone),
    startUrl,
    helpText,
    helpUrl,
    logoToken,
    accent,
    invitations: { usualDays, deadline },
  }
}

/** In which zone times are shown in mails, and to people who chose none (X10). */
export async function changeZone(
  deps: Deps,
  actor: SteppedUpAdmin,
  zone: string,
): Promise<Result<'changed' | 'unchanged', 'not_permitted'>> {
  const { id, name } = actor.tenant.tenant
  return actOnTenant(deps, actor, 'change_company', async (deps) => {
    const from = (await tenantById(deps, id))?.timeZone ?? null
    if (zoneOf(from) === zone || !(await setTenantZone(deps.db, id, { from, to: zone }))) return ok('unchanged')
    const data = { from: zoneOf(from), to: zone }
    await recordEvent(deps, { ...by(actor), tenantId: id, subject: { id, name }, kind: 'company_changed', data })
    return ok('changed')
  })
}

/** The page that the last one of the setup links to (X9). */
export async function changeStartPage(
  deps: Deps,
  actor: SteppedUpAdmin,
  startUrl: string | null,
): Promise<Result<'changed' | 'unchanged', 'not_permitted'>> {
  const { id, name } = actor.tenant.tenant
  return actOnTenant(deps, actor, 'change_company', async (deps) => {
    const from = (await tenantById(deps, id))?.startUrl ?? null
    if (from === startUrl) return ok('unchanged')
    await setStartUrl(deps.db, id, startUrl)
    const data = { from: from ?? '', to: startUrl ?? '' }
    await recordEvent(deps, { ...by(actor), tenantId: id, subject: { id, name }, kind: 'company_changed', data })
    return ok('changed')
  })
}

/** Where its people get help, on pages of the sign-in and in mails that ask for something (X9). */
export async function changeHelp(
  deps: Deps,
  actor: SteppedUpAdmin,
  help: { helpText: string | null; helpUrl: string | null },
): Promise<Result<'changed' | 'unchanged', 'not_permitted'>> {
  const { id, name } = actor.tenant.tenant
  return actOnTenant(deps, actor, 'change_company', async (deps) => {
    const was = await tenantById(deps, id)
    if (was?.helpText === help.helpText && was.helpUrl === help.helpUrl) return ok('unchanged')
    await setHelp(deps.db, id, help)
    const said = (of: { helpText: string | null; helpUrl: string | null } | null) =>
      [of?.helpText ?? '', of?.helpUrl ?? ''].filter((each) => each !== '').join(' · ')
    const data = { action: 'help', from: said(was), to: said(help) }
    await recordEvent(deps, { ...by(actor), tenantId: id, subject: { id, name }, kind: 'company_changed', data })
    return ok('changed')
  })
}

/** Of buttons and links where its name stands (X6); one that could not be read is refused with the nearest that can. */
export async function changeAccent(
  deps: Deps,
  actor: SteppedUpAdmin,
  accent: string | null,
): Promise<Result<'changed' | 'unchanged', 'not_permitted'> | Result<never, 'accent_faint', { nearest: string }>> {
  const nearest = accent === null ? null : nearestAccent(accent)
  if (nearest !== null && nearest !== accent) return err('accent_faint', { nearest })
  const { id, name } = actor.tenant.tenant
  return actOnTenant(deps, actor, 'change_company', async (deps) => {
    const from = (await tenantById(deps, id))?.accent ?? null
    if (from === accent) return ok('unchanged')
    await setAccent(deps.db, id, accent)
    const data = { action: 'accent', from: from ?? '', to: accent ?? '' }
    await recordEvent(deps, { ...by(actor), tenantId: id, subject: { id, name }, kind: 'company_changed', data })
    return ok('changed')
  })
}

/** For how long an invitation is valid that says nothing else, at each sending from now on; one sent keeps its end. */
export async function changeInvitationDays(
  deps: Deps,
  actor: SteppedUpAdmin,
  days: number,
): Promise<Result<'changed' | 'unchanged', 'not_permitted' | 'no_day_named'>> {
  const { id, name } = actor.tenant.tenant
  type Done = Result<'changed' | 'unchanged', 'no_day_named'>
  return actOnTenant(deps, actor, 'change_company', async (deps): Promise<Done> => {
    const { usualDays, deadline } = await invitationTerms(deps, id)
    if (usualDays === days) return ok('unchanged')
    if (days === UNTIL_DEADLINE && deadline.team === null && deadline.end === null) return err('no_day_named')
    await setInvitationDays(deps.db, id, days)
    const told = (each: number) => (each === UNTIL_DEADLINE ? 'deadline' : each)
    const data = { invitations: { from: told(usualDays), to: told(days) } }
    await recordEvent(deps, { ...by(actor), tenantId: id, subject: { id, name }, kind: 'company_changed', data })
    return ok('changed')
  })
}
