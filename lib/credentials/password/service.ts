import { isReadableHash, type StoredHash } from '../../core/crypto/password-hash'
import { type Tx, transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { err, type Result } from '../../core/kernel/result'
import { UnreadableRow } from '../../core/kernel/unreadable'
import { holdCurrentKey } from '../../core/ring/service'
import type { Person } from '../../identity/user/types'
import { checkPassword, type PasswordRefusal } from './rules'
import {
  deletePassword,
  deletePasswordUnder,
  holdPassword,
  insertPasswords,
  updatePassword,
  upsertPassword,
} from './store'

type Needs = TransactionDeps<'clock' | 'keys'>

export async function setPassword(deps: Needs, userId: string, hash: { hash: string; keyId: string }): Promise<void> {
  await holdCurrentKey(deps)
  await upsertPassword(deps.db, userId, { hash: hash.hash, pepperKeyId: hash.keyId, setAt: deps.clock.now() })
}

/**
 * Before a try is counted: by a hash that says nothing a right password would be called wrong (N41).
 * @throws UnreadableRow
 */
export function requireReadableHash(userId: string, stored: StoredHash | null): void {
  if (stored === null || isReadableHash(stored)) return
  throw new UnreadableRow([{ table: 'password', id: userId, column: 'hash', problem: 'no_hash' }])
}

/** Of many new people at once, each with the hash that came with them. */
export function addPasswords(tx: Tx, rows: Parameters<typeof insertPasswords>[1]): Promise<void> {
  return insertPasswords(tx, rows)
}

export type PasswordRefusalCode = `password_${PasswordRefusal}`

/** Whether a new password will do, here and, where the operator has set that, elsewhere; gives its NFKC form. */
export async function checkNewPassword(
  deps: Pick<Deps, 'breaches'>,
  password: string,
  options: Parameters<typeof checkPassword>[1],
): Promise<Result<string, PasswordRefusalCode>> {
  const checked = checkPassword(password, options)
  if (!checked.ok) return err(`password_${checked.code}`)
  return (await deps.breaches?.has(checked.value)) === true ? err('password_breached') : checked
}

/** The new one takes the place of the one that was read; false when that is no longer it. */
export async function replacePassword(
  deps: Needs,
  userId: string,
  oldHash: string,
  { hash, keyId }: { hash: string; keyId: string },
): Promise<boolean> {
  await holdCurrentKey(deps)
  return updatePassword(deps.db, userId, oldHash, { hash, pepperKeyId: keyId, setAt: deps.clock.now() })
}

/** At sign-in, when the stored hash is below today's numbers; busy or overtaken, it waits for the next sign-in. */
export async function rehashPassword(deps: Deps, userId: string, oldHash: string, password: string): Promise<void> {
  const hash = await deps.hasher.hash(password)
  if (!hash.ok) return
  const renewed = { hash: hash.value.hash, pepperKeyId: hash.value.keyId }
  await transact(deps, async (deps) => {
    await holdCurrentKey(deps)
    await updatePassword(deps.db, userId, oldHash, renewed)
  })
}

/** Nobody can prove a password again whose pepper is lost (S28): it is as if none had ever been set. */
export function endPasswordUnder(tx: Tx, userId: string, keyId: string): Promise<boolean> {
  return deletePasswordUnder(tx, userId, keyId)
}

/** None is good any more: the next one comes by a mailed link (R9). */
export function endPassword(tx: Tx, userId: string): Promise<void> {
  return deletePassword(tx, userId)
}

/** Whether the password is still the one that was read with the person; holds its row until the transaction ends. */
export function isPasswordStill(tx: Tx, person: Person): Promise<boolean> {
  return person.passwordSetAt === null ? Promise.resolve(false) : holdPassword(tx, person.id, person.passwordSetAt)
}
