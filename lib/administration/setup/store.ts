import type { DbOrTx } from '../../core/db'

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
  // Compared by the database alone, what is no date would be good for ever (N41).
  const rows = await db.setupLink.findMany({
    where: { tokenHash, usedAt: null, expiresAt: { gt: now } },
    select: { expiresAt: true },
  })
  return rows.length === 1
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
