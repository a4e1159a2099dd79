import { UnknownKey } from '../crypto/keys'
import type { AnyDeps } from '../deps'
import { checkValueOf, unreadableKeys } from './rules'
import { deleteStoredKey, insertStoredKey, listStoredKeys, updateCheckValue } from './store'
import type { StoredKey, UnreadableKey } from './types'

/** The keys in use that this process cannot read. */
export async function compareRing(deps: AnyDeps<'keys'>): Promise<UnreadableKey[]> {
  return unreadableKeys(deps.keys, await listStoredKeys(deps.db))
}

export function keysInUse(deps: AnyDeps<never>): Promise<StoredKey[]> {
  return listStoredKeys(deps.db)
}

/**
 * Asked in every transaction that stores something lasting under the current key. S28: nothing is sealed, hashed or
 * signed by a ring that cannot read what is there, and a key is in the table before anything is under it.
 * @throws UnknownKey
 */
export async function holdCurrentKey(deps: AnyDeps<'keys' | 'clock'>): Promise<void> {
  const { db, keys, clock } = deps
  const stored = await listStoredKeys(db)
  const [unreadable] = unreadableKeys(keys, stored)
  if (unreadable !== undefined) throw new UnknownKey(unreadable.keyId)
  if (stored.some(({ keyId }) => keyId === keys.currentId)) return
  const first = await insertStoredKey(db, keys.currentId, checkValueOf(keys, keys.currentId), clock.now())
  // Somebody was faster, perhaps with other bytes.
  if (!first) await holdCurrentKey(deps)
}

/** The same without the question, for whoever makes up for a lost key. */
export async function noteCurrentKey({ db, keys, clock }: AnyDeps<'keys' | 'clock'>): Promise<void> {
  await insertStoredKey(db, keys.currentId, checkValueOf(keys, keys.currentId), clock.now())
}

/** What was stored before the table had the bytes' check value is under these bytes, as far as can be told. */
export function keepCheckValue(deps: AnyDeps<'keys'>, keyId: string): Promise<void> {
  return updateCheckValue(deps.db, keyId, checkValueOf(deps.keys, keyId))
}

/** Nothing is under it any more. */
export function forgetKey(deps: AnyDeps<never>, keyId: string): Promise<void> {
  return deleteStoredKey(deps.db, keyId)
}
