import type { DbOrTx } from '../../core/db'
import type { PasscodeScope } from './types'

export function findNewest(db: DbOrTx, scope: PasscodeScope) {
  return db.passcode.findFirst({
    where: { ...scope, usedAt: null, supersededAt: null },
    orderBy: { createdAt: 'desc' },
    select: { id: true, salt: true, hash: true, keyId: true, expiresAt: true, createdAt: true },
  })
}

export async function updateSuperseded(db: DbOrTx, scope: PasscodeScope, now: Date): Promise<void> {
  await db.passcode.updateMany({ where: { ...scope, usedAt: null, supersededAt: null }, data: { supersededAt: now } })
}

export async function insertPasscode(
  db: DbOrTx,
  scope: PasscodeScope,
  row: {
    id: string
    channel: 'email' | 'sms'
    salt: string
    hash: string
    keyId: string
    createdAt: Date
    expiresAt: Date
  },
): Promise<void> {
  await db.passcode.create({ data: { ...scope, ...row }, select: { id: true } })
}

export async function consumePasscode(db: DbOrTx, scope: PasscodeScope & { id: string }, now: Date): Promise<boolean> {
  const { count } = await db.passcode.updateMany({
    where: { ...scope, usedAt: null, supersededAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  })
  return count === 1
}
