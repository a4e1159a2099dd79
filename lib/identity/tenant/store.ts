import type { DbOrTx } from '../../core/db'

export function countTenants(db: DbOrTx): Promise<number> {
  return db.tenant.count()
}

const facts = {
  id: true,
  slug: true,
  name: true,
  kind: true,
  stage: true,
  timeZone: true,
  invitationDays: true,
  startUrl: true,
  helpText: true,
  helpUrl: true,
  logoToken: true,
  logoWidth: true,
  logoHeight: true,
  accent: true,
} as const

/** What pages that carry a tenant's name show of it. */
const brand = {
  id: true,
  slug: true,
  name: true,
  timeZone: true,
  helpText: true,
  helpUrl: true,
  logoToken: true,
  logoWidth: true,
  logoHeight: true,
  accent: true,
} as const

/** The oldest of the tenants that stand under none, at most `limit`. */
export function listRoots(db: DbOrTx, limit: number) {
  return db.tenant.findMany({
    where: { parentId: null },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: limit,
    select: brand,
  })
}

export function findBrand(db: DbOrTx, where: { id: string } | { slug: string }) {
  return db.tenant.findUnique({ where, select: brand })
}

/** The installation's first tenant. */
export function findFirstTenant(db: DbOrTx) {
  return db.tenant.findFirst({
    where: { parentId: null },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: facts,
  })
}

export function findTenantBySlug(db: DbOrTx, slug: string) {
  return db.tenant.findUnique({
    where: { slug },
    select: facts,
  })
}

export function findTenantById(db: DbOrTx, id: string) {
  return db.tenant.findUnique({
    where: { id },
    select: facts,
  })
}

export function listTenants(db: DbOrTx): Promise<{ id: string; name: string }[]> {
  return db.tenant.findMany({ orderBy: { id: 'asc' }, select: { id: true, name: true } })
}

export async function insertTenant(
  db: DbOrTx,
  row: {
    id: string
    slug: string
    name: string
    nameKey: string
    kind: 'partner' | 'customer'
    stage: 'trial' | 'production'
    parentId: string | null
    createdAt: Date
  },
): Promise<void> {
  await db.tenant.create({ data: row, select: { id: true } })
}

/** Where it is still what it was. */
export async function updateTenantZone(
  db: DbOrTx,
  id: string,
  { from, to }: { from: string | null; to: string | null },
): Promise<boolean> {
  const { count } = await db.tenant.updateMany({ where: { id, timeZone: from }, data: { timeZone: to } })
  return count === 1
}

export async function updateInvitationDays(db: DbOrTx, id: string, invitationDays: number): Promise<void> {
  await db.tenant.updateMany({ where: { id }, data: { invitationDays } })
}

export async function updateStartUrl(db: DbOrTx, id: string, startUrl: string | null): Promise<void> {
  await db.tenant.updateMany({ where: { id }, data: { startUrl } })
}

export async function updateHelp(
  db: DbOrTx,
  id: string,
  help: { helpText: string | null; helpUrl: string | null },
): Promise<void> {
  await db.tenant.updateMany({ where: { id }, data: help })
}

export async function updateAccent(db: DbOrTx, id: string, accent: string | null): Promise<void> {
  await db.tenant.updateMany({ where: { id }, data: { accent } })
}

export async function updateTrustVoided(db: DbOrTx, tenantId: string, now: Date): Promise<void> {
  await db.tenant.updateMany({ where: { id: tenantId }, data: { trustVoidedAt: now } })
}

export async function findFactorsVoided(db: DbOrTx, id: string): Promise<Date | null> {
  return (await db.tenant.findUnique({ where: { id }, select: { factorsVoidedAt: true } }))?.factorsVoidedAt ?? null
}

/** What anybody at home here has of 2FA by now is gone (P6); one write. */
export async function updateFactorsVoided(db: DbOrTx, tenantId: string, now: Date): Promise<void> {
  await db.tenant.updateMany({ where: { id: tenantId }, data: { factorsVoidedAt: now } })
}

export function findTenantSteps(
  db: DbOrTx,
  id: string,
): Promise<{ peopleToldAt: Date | null; stepsClosedAt: Date | null } | null> {
  return db.tenant.findUnique({ where: { id }, select: { peopleToldAt: true, stepsClosedAt: true } })
}

/** Once: false where it was by now. */
export async function updatePeopleTold(db: DbOrTx, id: string, now: Date): Promise<boolean> {
  const { count } = await db.tenant.updateMany({ where: { id, peopleToldAt: null }, data: { peopleToldAt: now } })
  return count === 1
}

/** Likewise. */
export async function updateStepsClosed(db: DbOrTx, id: string, now: Date): Promise<boolean> {
  const { count } = await db.tenant.updateMany({ where: { id, stepsClosedAt: null }, data: { stepsClosedAt: now } })
  return count === 1
}

export function findLogo(db: DbOrTx, token: string): Promise<{ type: string; content: string } | null> {
  return db.tenantLogo.findUnique({ where: { token }, select: { type: true, content: true } })
}

export async function deleteLogo(db: DbOrTx, tenantId: string): Promise<void> {
  await db.tenantLogo.deleteMany({ where: { tenantId } })
}

export async function insertLogo(
  db: DbOrTx,
  row: { token: string; tenantId: string; type: string; content: string },
): Promise<void> {
  await db.tenantLogo.create({ data: row, select: { token: true } })
}

export async function updateLogo(
  db: DbOrTx,
  id: string,
  logo: { logoToken: string | null; logoWidth: number | null; logoHeight: number | null },
): Promise<void> {
  await db.tenant.updateMany({ where: { id }, data: logo })
}
