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
  policy: { select: { rules: { select: { userType: true, required: true } } } },
} as const

/** The installation's first tenant: the one whose name the sign-in page carries. */
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

export async function insertTenant(
  db: DbOrTx,
  row: {
    id: string
    slug: string
    name: string
    kind: 'partner' | 'customer'
    stage: 'trial' | 'production'
    createdAt: Date
  },
): Promise<void> {
  await db.tenant.create({ data: row, select: { id: true } })
}

export async function insertSetupLink(
  db: DbOrTx,
  row: { id: string; tokenHash: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await db.setupLink.create({ data: row, select: { id: true } })
}

/** The newest only. The mark stays: the set-up that deletes it might be the second. */
export async function deleteSetupLinks(db: DbOrTx): Promise<void> {
  await db.setupLink.deleteMany({ where: { id: { not: SETUP_MARK } } })
}

export async function isSetupLinkOpen(db: DbOrTx, tokenHash: string, now: Date): Promise<boolean> {
  const count = await db.setupLink.count({ where: { tokenHash, usedAt: null, expiresAt: { gt: now } } })
  return count === 1
}

export async function consumeSetupLink(db: DbOrTx, tokenHash: string, now: Date): Promise<boolean> {
  const { count } = await db.setupLink.updateMany({
    where: { tokenHash, usedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  })
  return count === 1
}

const SETUP_MARK = 'first-tenant'

/** A row of one fixed id: of two first tenants at once, one finds it taken. */
export async function insertSetupMark(db: DbOrTx, now: Date): Promise<void> {
  const id = SETUP_MARK
  await db.setupLink.create({ data: { id, tokenHash: id, createdAt: now, expiresAt: now, usedAt: now } })
}

export async function updateTrustVoided(db: DbOrTx, tenantId: string, now: Date): Promise<void> {
  await db.tenant.updateMany({ where: { id: tenantId }, data: { trustVoidedAt: now } })
}
