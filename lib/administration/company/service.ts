import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { Deps } from '../../core/deps'
import { ok, type Result } from '../../core/kernel/result'
import { zoneOf } from '../../core/kernel/zones'
import type { SteppedUpAdmin, TenantAdmin } from '../../identity/actor/types'
import { setStartUrl, setTenantZone, tenantById } from '../../identity/tenant/service'
import { actOnTenant } from '../acting/service'

export interface CompanyView {
  zone: string
  /** Where people go on to after the setup. */
  startUrl: string | null
}

/** Security > Advanced > Company. */
export async function viewCompany(deps: Pick<Deps, 'db'>, actor: TenantAdmin): Promise<CompanyView> {
  const tenant = await tenantById(deps, actor.tenant.tenant.id)
  return { zone: zoneOf(tenant?.timeZone), startUrl: tenant?.startUrl ?? null }
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
