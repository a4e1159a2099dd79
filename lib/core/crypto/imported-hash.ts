import { pbkdf2Sync } from 'node:crypto'
import { verifySync as verifyArgon2 } from '@node-rs/argon2'
import { verifySync as verifyBcrypt } from '@node-rs/bcrypt'
import { equalBytes } from './compare'

/** What stands in place of a pepper key's id beside a hash that another system made; no key can have this id. */
export const IMPORTED = '.imported'

/** Input beyond this changes nothing about a bcrypt hash: such a password is never right. */
const BCRYPT_BYTES = 72

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
/** No number with a leading zero: the libraries read none. */
const ARGON2ID =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

const PBKDF2 = /^\$pbkdf2-(sha256|sha512)\$i=([1-9]\d{5,6})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43,86})$/

/**
 * The memory of one of our own, and its time or, on a slow machine, a few times that (N4): a wrong try costs no more.
 */
const HIGHEST = { cost: 12, memory: 64 * 1024, passes: 5, lanes: 4 } as const

/** KiB and passes of argon2id (OWASP, and ASVS 5.0 appendix C); each row is as strong as the others. */
const LEAST = [
  [46 * 1024, 1],
  [19 * 1024, 2],
  [12 * 1024, 3],
  [9 * 1024, 4],
  [7 * 1024, 5],
] as const

/** Passes of PBKDF2 at least (the same two) and at most, and the bytes of its first block, which alone is compared. */
const PASSES: Readonly<Record<string, { least: number; most: number; bytes: number }>> = {
  sha256: { least: 600_000, most: 1_200_000, bytes: 32 },
  sha512: { least: 210_000, most: 600_000, bytes: 64 },
}

/**
 * Whether a hash of another system is taken over: bcrypt of cost 10 or more, argon2id and PBKDF2 at the floors of ASVS
 * 5.0 appendix C; none so dear that a sign-in would hold the machine, nor so written that no library reads it.
 */
export function isImportable(hash: string): boolean {
  const cost = Number(BCRYPT.exec(hash)?.[1] ?? 0)
  if (cost > 0) return cost >= 10 && cost <= HIGHEST.cost
  const pbkdf2 = readPbkdf2(hash)
  if (pbkdf2 !== null) return pbkdf2.passes >= pbkdf2.least && pbkdf2.passes <= pbkdf2.most
  const [, memory, passes, lanes, salt = '', tag = ''] = ARGON2ID.exec(hash) ?? []
  const [m, t, p] = [Number(memory), Number(passes), Number(lanes)]
  const enough = LEAST.some(([memory, passes]) => m >= memory && t >= passes)
  const bounded = m <= HIGHEST.memory && t <= HIGHEST.passes && p <= HIGHEST.lanes
  return enough && bounded && isCanonical(salt) && isCanonical(tag)
}

function readPbkdf2(hash: string) {
  const [, digest = '', passes, salt = '', tag = ''] = PBKDF2.exec(hash) ?? []
  const numbers = PASSES[digest]
  if (numbers === undefined || !isCanonical(salt) || !isCanonical(tag)) return null
  const expected = Buffer.from(tag, 'base64').subarray(0, numbers.bytes)
  return { ...numbers, digest, passes: Number(passes), salt: Buffer.from(salt, 'base64'), expected }
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
/** Standard base64, with or without its padding, or with the dot that passlib writes for a plus. */
const unpadded = (text: string) => text.replace(/=+$/, '').replaceAll('.', '+')

/**
 * A hash as other systems write it, in the one way in which it is kept; null for what is not taken over: PHC strings
 * and bcrypt (Auth0), Django's and authentik's PBKDF2, passlib's, and the credential of Keycloak as it exports it, in
 * JSON.
 */
export function takeOver(text: string): string | null {
  const hash = text.startsWith('{') ? ofKeycloak(text) : (ofDjango(text) ?? ofPasslib(text) ?? text)
  return hash !== null && isImportable(hash) ? hash : null
}

function ofDjango(text: string): string | null {
  const [, digest, passes, salt = '', tag = ''] =
    /^pbkdf2_(sha256|sha512)\$(\d{1,8})\$([\x21-\x23\x25-\x7e]{8,64})\$([A-Za-z0-9+/]{43,86}={0,2})$/.exec(text) ?? []
  // Its salt is used as the text that it is.
  return tag === '' ? null : `$pbkdf2-${digest}$i=${passes}$${base64(Buffer.from(salt))}$${unpadded(tag)}`
}

function ofPasslib(text: string): string | null {
  const [, digest, passes, salt = '', tag = ''] =
    /^\$pbkdf2-(sha256|sha512)\$(\d{1,8})\$([A-Za-z0-9+/.]{11,86})\$([A-Za-z0-9+/.]{43,86})$/.exec(text) ?? []
  return tag === '' ? null : `$pbkdf2-${digest}$i=${passes}$${unpadded(salt)}$${unpadded(tag)}`
}

function ofKeycloak(text: string): string | null {
  const credential = parsed(text)
  const data = parsed(credential?.credentialData)
  const secret = parsed(credential?.secretData)
  const [salt, tag] = [secret?.salt, secret?.value]
  if (data === null || typeof salt !== 'string' || typeof tag !== 'string') return null
  const ending = `$${unpadded(salt)}$${unpadded(tag)}`
  if (data.algorithm !== 'argon2') return `$${String(data.algorithm)}$i=${String(data.hashIterations)}${ending}`
  const more = parsed(data.additionalParameters)
  const first = (value: unknown) => String(Array.isArray(value) ? value[0] : value)
  if (first(more?.type) !== 'id' || first(more?.version) !== '1.3') return null
  const numbers = `m=${first(more?.memory)},t=${String(data.hashIterations)},p=${first(more?.parallelism)}`
  return `$argon2id$v=19$${numbers}${ending}`
}

/** Keycloak's export has JSON in JSON, as text. */
function parsed(value: unknown): Record<string, unknown> | null {
  try {
    const read: unknown = typeof value === 'string' ? JSON.parse(value) : value
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** Base64 without padding that says its bytes in the one way there is (RFC 4648 3.5). */
function isCanonical(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64').replace(/=+$/, '') === text
}

/**
 * As typed, and as NFKC makes it where that is something else: what the other system did with a password is not known.
 * So a wrong try takes one hash of that system or, of a password that NFKC changes, two: it can be told from an unknown
 * address by its time, and only until the owner has signed in once (known limit). It holds its thread:
 * `verifyImportedApart` is for whoever has others to answer.
 */
export async function verifyImported(hash: string, secret: string): Promise<boolean> {
  if (!isImportable(hash)) return false
  const forms = [...new Set([secret, secret.normalize('NFKC')])]
  for (const form of forms) if (await isRight(hash, form)) return true
  return false
}

/** What a library cannot read is nobody's password (S13): a wrong one, not an error. */
async function isRight(hash: string, secret: string): Promise<boolean> {
  try {
    const pbkdf2 = readPbkdf2(hash)
    if (pbkdf2 !== null) {
      const { salt, passes, bytes, digest, expected } = pbkdf2
      // Of a longer tag each block stands alone: the first decides, at the cost that a guesser has as well.
      return equalBytes(pbkdf2Sync(secret, salt, passes, Math.min(bytes, expected.length), digest), expected)
    }
    if (!hash.startsWith('$2')) return verifyArgon2(hash, secret)
    const right = verifyBcrypt(secret, hash)
    // bcrypt ends at a NUL as well.
    return right && Buffer.byteLength(secret) <= BCRYPT_BYTES && !secret.includes('\0')
  } catch {
    return false
  }
}
