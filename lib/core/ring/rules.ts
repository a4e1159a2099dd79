import { equalText } from '../crypto/compare'
import { toBase64Url } from '../crypto/encoding'
import type { KeyRing } from '../crypto/keys'
import type { StoredKey, UnreadableKey } from './types'

/** Says nothing of the key itself: a derived one that serves nothing else (RFC 5869 3.2). */
export function checkValueOf(keys: KeyRing, keyId: string): string {
  return toBase64Url(keys.derive('check', keyId))
}

/** The keys in use that this ring cannot read (S28). */
export function unreadableKeys(keys: KeyRing, stored: readonly StoredKey[]): UnreadableKey[] {
  return stored.flatMap(({ keyId, checkValue }): UnreadableKey[] => {
    if (!keys.has(keyId)) return [{ keyId, is: 'missing' }]
    const same = checkValue === null || equalText(checkValue, checkValueOf(keys, keyId))
    return same ? [] : [{ keyId, is: 'other' }]
  })
}
