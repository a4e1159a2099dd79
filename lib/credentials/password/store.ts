import type { DbOrTx } from '../../core/db'

export async function upsertPassword(
  db: DbOrTx,
  userId: string,
  password: { hash: string; pepperKeyId: string; setAt: Date },
): Promise<void> {
  await db.password.upsert({
    where: { userId },
    create: { userId, ...password },
    update: password,
    select: { userId: true },
  })
}

/** Replaces exactly the hash that was verified, so that two changes at once have one winner. */
export async function updatePassword(
  db: DbOrTx,
  userId: string,
  oldHash: string,
  password: { hash: string; pepperKeyId: string; setAt?: Date },
): Promise<boolean> {
  const { count } = await db.password.updateMany({ where: { userId, hash: oldHash }, data: password })
  return count === 1
}

export async function holdPassword(db: DbOrTx, userId: string, setAt: Date): Promise<boolean> {
  const { count } = await db.password.updateMany({ where: { userId, setAt }, data: { setAt } })
  return count === 1
}

export async function insertPasswords(
  db: DbOrTx,
  rows: readonly { userId: string; hash: string; pepperKeyId: string; setAt: Date }[],
): Promise<void> {
  await db.password.createMany({ data: [...rows] })
}

export async function deletePassword(db: DbOrTx, userId: string): Promise<void> {
  await db.password.deleteMany({ where: { userId } })
}

export async function deletePasswordUnder(db: DbOrTx, userId: string, pepperKeyId: string): Promise<boolean> {
  const { count } = await db.password.deleteMany({ where: { userId, pepperKeyId } })
  return count === 1
}
