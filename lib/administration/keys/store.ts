import type { Head } from '../../audit/types'
import type { DbOrTx } from '../../core/db'
import type { Under } from './types'

const sealed = (keyId: string) => ({ startsWith: `1.${keyId}.` })

const factorsUnder = (keyId: string) => ({
  revokedAt: null,
  OR: [{ sealedKey: sealed(keyId) }, { sealedPhone: sealed(keyId) }],
})

const codesUnder = (keyId: string) => ({ usedAt: null, revokedAt: null, hash: { startsWith: `${keyId}:` } })

/** A look at every row: for a key that is missing alone. */
export async function countUnder(db: DbOrTx, keyId: string): Promise<Under> {
  return {
    passwords: await db.password.count({ where: { pepperKeyId: keyId } }),
    factors: await db.factor.count({ where: factorsUnder(keyId) }),
    codes: await db.recoveryCode.count({ where: codesUnder(keyId) }),
    imports:
      (await db.peopleImportRow.count({ where: { sealedHash: sealed(keyId) } })) +
      (await db.peopleImportPart.count({ where: { sealed: sealed(keyId) } })),
    heads: (await db.auditHead.count({ where: { keyId } })) + (await db.auditCheckpoint.count({ where: { keyId } })),
  }
}

/** Some people of whom anything is under this key. */
export async function listPeopleUnder(db: DbOrTx, keyId: string, limit: number): Promise<string[]> {
  const select = { userId: true } as const
  const rows = [
    ...(await db.password.findMany({ where: { pepperKeyId: keyId }, take: limit, select })),
    ...(await db.factor.findMany({ where: factorsUnder(keyId), take: limit, select })),
    ...(await db.recoveryCode.findMany({ where: codesUnder(keyId), take: limit, select })),
  ]
  return [...new Set(rows.map(({ userId }) => userId))].slice(0, limit)
}

/** By tenant, after this one. */
export function listHeadsUnder(db: DbOrTx, keyId: string, after: string, limit: number): Promise<Head[]> {
  return db.auditHead.findMany({
    where: { keyId, tenantId: { gt: after } },
    orderBy: { tenantId: 'asc' },
    take: limit,
    omit: { id: true },
  })
}

/** Tenants whose deleted entries a checkpoint under this key stands for, after this one. */
export async function listCheckpointsUnder(db: DbOrTx, keyId: string, after: string, limit: number) {
  return db.auditCheckpoint.findMany({
    where: { keyId, tenantId: { gt: after } },
    orderBy: { tenantId: 'asc' },
    take: limit,
    select: { tenantId: true, keyId: true },
  })
}

/** Of authenticator apps, with what their keys are sealed to. */
export function listSealedUnder(db: DbOrTx, keyId: string, limit: number) {
  return db.factor.findMany({
    where: { revokedAt: null, sealedKey: sealed(keyId) },
    take: limit,
    select: { id: true, userId: true, sealedKey: true, user: { select: { tenantId: true } } },
  })
}
