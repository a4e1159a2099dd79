import type { DbOrTx, Tx } from '../../core/db'
import type { Deps } from '../../core/deps'
import { later } from '../../core/kernel/time'
import { addPolicy } from '../policy/service'
import { searchKey } from '../user/rules'
import type { TenantView } from '../user/types'
import {
  countTenants,
  deleteLogo,
  findBrand,
  findFactorsVoided,
  findFirstTenant,
  findLogo,
  findTenantById,
  findTenantBySlug,
  findTenantSteps,
  insertLogo,
  insertTenant,
  listRoots,
  listTenants,
  updateAccent,
  updateFactorsVoided,
  updateHelp,
  updateInvitationDays,
  updateLogo,
  updatePeopleTold,
  updateStartUrl,
  updateStepsClosed,
  updateTenantZone,
  updateTrustVoided,
} from './store'
import { placeBelow } from './tree/service'

export interface TenantFacts extends TenantView {
  /** Of invitations, where none says otherwise; 0: until the day that was named (R10). */
  invitationDays: number
  /** Where people go on to after the setup (X9). */
  startUrl: string | null
  /** Where they get help (X9). */
  helpText: string | null
  helpUrl: string | null
  /** Names its logo; null where there is none. */
  logoToken: string | null
  logoWidth: number | null
  logoHeight: number | null
  /** `#rrggbb`; null: the product's own (X6). */
  accent: string | null
}

/** A tenant with its policy and its place in the tree. */
export async function addTenant(
  tx: Tx,
  tenant: Omit<Parameters<typeof insertTenant>[1], 'nameKey'>,
  required: boolean,
): Promise<void> {
  await insertTenant(tx, { ...tenant, nameKey: searchKey(tenant.name) })
  await addPolicy(tx, tenant.id, required ? tenant.createdAt : null)
  if (tenant.parentId !== null) await placeBelow(tx, tenant.id, tenant.parentId)
}

export function firstTenant(deps: Pick<Deps, 'db'>): Promise<TenantFacts | null> {
  return findFirstTenant(deps.db)
}

export function tenantBySlug(deps: Pick<Deps, 'db'>, slug: string): Promise<TenantFacts | null> {
  return findTenantBySlug(deps.db, slug)
}

export function tenantById(deps: { db: DbOrTx }, id: string): Promise<TenantFacts | null> {
  return findTenantById(deps.db, id)
}

/** What pages that carry a tenant's name show of it (X6). */
export type TenantBrand = Omit<TenantFacts, 'kind' | 'stage' | 'invitationDays' | 'startUrl'>

/** Of the installation's one root; `ready` says whether there is any tenant at all. */
export async function defaultBrand(deps: Pick<Deps, 'db'>): Promise<{ brand: TenantBrand | null; ready: boolean }> {
  const [first, second] = await listRoots(deps.db, 2)
  return { brand: second === undefined ? (first ?? null) : null, ready: first !== undefined }
}

export function brandOf(deps: Pick<Deps, 'db'>, tenant: { id: string } | { slug: string }) {
  return findBrand(deps.db, tenant)
}

/** What is known or trusted of anybody at home here by now is neither any more (D4); one write. */
export function voidTenantDevices(tx: Tx, tenantId: string, now: Date): Promise<void> {
  return updateTrustVoided(tx, tenantId, now)
}

/**
 * What anybody at home here has of 2FA by now is gone, whatever rows say, and trust with it (P6); one write. Gives the
 * mark of it: later than the last, in step with which rows may be, whatever the clock did since.
 */
export async function voidTenantFactors(tx: Tx, tenantId: string, now: Date): Promise<Date> {
  const last = await findFactorsVoided(tx, tenantId)
  const mark = last === null || last < now ? now : later(last, 1)
  await updateFactorsVoided(tx, tenantId, mark)
  return mark
}

/** False where it is another one by now. */
export function setTenantZone(tx: Tx, tenantId: string, change: { from: string | null; to: string | null }) {
  return updateTenantZone(tx, tenantId, change)
}

export function setStartUrl(tx: Tx, tenantId: string, startUrl: string | null): Promise<void> {
  return updateStartUrl(tx, tenantId, startUrl)
}

/** What is noted of the first steps of a company (X9). */
export function tenantSteps(db: DbOrTx, tenantId: string) {
  return findTenantSteps(db, tenantId)
}

/** False where it was noted by now. */
export function notePeopleTold(db: DbOrTx, tenantId: string, now: Date): Promise<boolean> {
  return updatePeopleTold(db, tenantId, now)
}

/** For good; false where the list is closed by now. */
export function closeSteps(db: DbOrTx, tenantId: string, now: Date): Promise<boolean> {
  return updateStepsClosed(db, tenantId, now)
}

export function setHelp(
  tx: Tx,
  tenantId: string,
  help: { helpText: string | null; helpUrl: string | null },
): Promise<void> {
  return updateHelp(tx, tenantId, help)
}

export function setAccent(tx: Tx, tenantId: string, accent: string | null): Promise<void> {
  return updateAccent(tx, tenantId, accent)
}

/** The logo of this name, of whichever tenant: nobody who was not shown it can guess the name. */
export function logoNamed(db: DbOrTx, token: string): Promise<{ type: string; content: string } | null> {
  return findLogo(db, token)
}

/** In the place of the one before; null takes it away. */
export async function setLogo(
  tx: Tx,
  tenantId: string,
  logo: { token: string; type: string; width: number; height: number; content: string } | null,
): Promise<void> {
  await deleteLogo(tx, tenantId)
  if (logo === null) return updateLogo(tx, tenantId, { logoToken: null, logoWidth: null, logoHeight: null })
  const { token, type, content, width, height } = logo
  await insertLogo(tx, { token, tenantId, type, content })
  await updateLogo(tx, tenantId, { logoToken: token, logoWidth: width, logoHeight: height })
}

export function setInvitationDays(tx: Tx, tenantId: string, days: number): Promise<void> {
  return updateInvitationDays(tx, tenantId, days)
}

/** Every tenant of the installation, for an operator. */
export function allTenants(deps: Pick<Deps, 'db'>): Promise<{ id: string; name: string }[]> {
  return listTenants(deps.db)
}

/** How many tenants there are: the cheapest question that needs a migrated database. */
export function tenantCount(deps: { db: DbOrTx }): Promise<number> {
  return countTenants(deps.db)
}
