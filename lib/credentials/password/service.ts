import type { Tx } from '../../core/db'
import type { Deps } from '../../core/deps'
import type { Person } from '../../identity/user/types'
import { holdPassword, insertPasswords, updatePassword, upsertPassword } from './store'

export async function setPassword(
  tx: Tx,
  userId: string,
  hash: { hash: string; keyId: string },
  now: Date,
): Promise<void> {
  await upsertPassword(tx, userId, { hash: hash.hash, pepperKeyId: hash.keyId, setAt: now })
}

/** Of many new people at once, each with the hash that came with them. */
export function addPasswords(tx: Tx, rows: Parameters<typeof insertPasswords>[1]): Promise<void> {
  return insertPasswords(tx, rows)
}

export type PasswordRefusalCode = 'password_too_short' | 'password_too_long' | 'password_common' | 'password_context'

/** The new one takes the place of the one that was read; false when that is no longer it. */
export function replacePassword(
  tx: Tx,
  userId: string,
  oldHash: string,
  { hash, keyId }: { hash: string; keyId: string },
  now: Date,
): Promise<boolean> {
  return updatePassword(tx, userId, oldHash, { hash, pepperKeyId: keyId, setAt: now })
}

/** At sign-in, when the stored hash is below today's numbers; busy or overtaken, it waits for the next sign-in. */
export async function rehashPassword(deps: Deps, userId: string, oldHash: string, password: string): Promise<void> {
  const hash = await deps.hasher.hash(password)
  if (!hash.ok) return
  await updatePassword(deps.db, userId, oldHash, { hash: hash.value.hash, pepperKeyId: hash.value.keyId })
}

/** Whether the password is still the one that was read with the person; holds its row until the transaction ends. */
export function isPasswordStill(tx: Tx, person: Person): Promise<boolean> {
  return person.passwordSetAt === null ? Promise.resolve(false) : holdPassword(tx, person.id, person.passwordSetAt)
}
