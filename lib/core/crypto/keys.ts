import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { RandomBytes } from '../kernel/random'
import { err, ok, type Result } from '../kernel/result'
import { fromBase64Url, toBase32, toBase64Url } from './encoding'

/** One derived key for each use, so that no key ever serves two algorithms (ASVS 11.1.2). */
export const KEY_PURPOSES = [
  'seal',
  'pepper',
  'passcode',
  'recovery-tag',
  'audit-head',
  'throttle',
  'server-actions',
  'check',
] as const
export type KeyPurpose = (typeof KEY_PURPOSES)[number]

/** Something is stored under a key that this process does not have: put it into the ring (S28). */
export class UnknownKey extends Error {
  override name = 'UnknownKey'
  readonly code = 'UNKNOWN_KEY'
  constructor(readonly keyId: string) {
    super(`unknown key id: ${keyId}`)
  }
}

/** By its name: an error made in one bundle is no instance of the class of another. */
export function isUnknownKey(error: unknown): error is UnknownKey {
  return error instanceof Error && error.name === 'UnknownKey'
}

/** The installation's root keys: new things use the current one, older ones stay readable (ASVS 11.2.2). */
export interface KeyRing {
  readonly currentId: string
  /**
   * 32 bytes, HKDF-SHA-256 (RFC 5869), of the current key or of the one named.
   * @throws UnknownKey
   */
  derive(purpose: KeyPurpose, id?: string): Uint8Array
  has(id: string): boolean
}

const KEY_BYTES = 32
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/

class Ring implements KeyRing {
  readonly currentId: string
  // A private field and a KeyObject: neither JSON, nor a log, nor an inspection shows a byte of it.
  readonly #keys: ReadonlyMap<string, KeyObject>
  readonly #derived = new Map<string, Uint8Array>()

  constructor(currentId: string, keys: ReadonlyMap<string, KeyObject>) {
    this.currentId = currentId
    this.#keys = keys
    Object.freeze(this)
  }

  derive(purpose: KeyPurpose, id: string = this.currentId): Uint8Array {
    const key = this.#keys.get(id)
    if (!key) throw new UnknownKey(id)
    const name = `${purpose} ${id}`
    const known = this.#derived.get(name)
    if (known !== undefined) return known.slice()
    const derived = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `twofold/${purpose}`, KEY_BYTES))
    this.#derived.set(name, derived)
    return derived.slice()
  }

  has(id: string): boolean {
    return this.#keys.has(id)
  }
}

/**
 * Reads `id:key[,id:key…]`: the first is current, keys are base64url of 32 bytes, ids are 1 to 32 letters, digits,
 * `_` or `-`. White space around an entry is allowed; an id or a key given twice is not, nor a key of one repeated
 * byte.
 */
export function parseKeyRing(text: string): Result<KeyRing, 'malformed'> {
  const keys = new Map<string, KeyObject>()
  const seen = new Set<string>()
  let currentId: string | null = null
  for (const entry of text.split(',')) {
    const [id = '', encoded = '', ...rest] = entry.trim().split(':')
    const bytes = fromBase64Url(encoded)
    if (!KEY_ID.test(id) || rest.length > 0 || bytes?.length !== KEY_BYTES) return err('malformed')
    if (keys.has(id) || seen.has(encoded) || new Set(bytes).size === 1) return err('malformed')
    keys.set(id, createSecretKey(bytes))
    seen.add(encoded)
    currentId ??= id
  }
  return currentId === null ? err('malformed') : ok(new Ring(currentId, keys))
}

/** One fresh entry for `parseKeyRing`; to rotate, put it before the entries there are. */
export function generateKeyRing(random: RandomBytes): string {
  const id = toBase32(random(5)).toLowerCase()
  return `${id}:${toBase64Url(random(KEY_BYTES))}`
}
