import type { DbOrTx } from '../db'
import type { StoredKey } from './types'

export function listStoredKeys(db: DbOrTx): Promise<StoredKey[]> {
  return db.keyInUse.findMany({ orderBy: { keyId: 'asc' }, select: { keyId: true, checkValue: true } })
}

/** Of two that use a key for the first time, one inserts it. */
export async function insertStoredKey(db: DbOrTx, keyId: string, checkValue: string, since: Date): Promise<boolean> {
  const count = await db.$executeRaw`
    INSERT INTO "key_in_use" ("keyId", "checkValue", "since") VALUES (${keyId}, ${checkValue}, ${since})
    ON CONFLICT ("keyId") DO NOTHING`
  return count === 1
}

/** Once only: what is known of a key's bytes is never replaced. */
export async function updateCheckValue(db: DbOrTx, keyId: string, checkValue: string): Promise<void> {
  await db.keyInUse.updateMany({ where: { keyId, checkValue: null }, data: { checkValue } })
}

export async function deleteStoredKey(db: DbOrTx, keyId: string): Promise<void> {
  await db.keyInUse.deleteMany({ where: { keyId } })
}
