import { verifySync as verifyArgon2 } from '@node-rs/argon2'
import { verifySync as verifyBcrypt } from '@node-rs/bcrypt'

/** What stands in place of a pepper key's id beside a hash that another system made; no key can have this id. */
export const IMPORTED = '.imported'

/** Input beyond this changes nothing about a bcrypt hash: such a password is never right. */
const BCRYPT_BYTES = 72

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
/** No number with a leading zero: the libraries read none. */
const ARGON2ID =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** About a quarter of a second, and the memory of one of our own (N4): a wrong try costs no more. */
const HIGHEST = { cost: 12, memory: 64 * 1024, passes: 4, lanes: 4 } as const

/**
 * Whether a hash of another system is taken over: bcrypt of cost 10 or more, argon2id at the floors of ASVS 5.0 appendix C;
 * neither so dear that a sign-in would hold the machine, nor so written that no library reads it.
 */
export function isImportable(hash: string): boolean {
  const cost = Number(BCRYPT.exec(hash)?.[1] ?? 0)
  if (cost > 0) return cost >= 10 && cost <= HIGHEST.cost
  const [, memory, passes, lanes, salt = '', tag = ''] = ARGON2ID.exec(hash) ?? []
  const [m, t, p] = [Number(memory), Number(passes), Number(lanes)]
  const enough = (m >= 46 * 1024 && t >= 1) || (m >= 19 * 1024 && t >= 2) || (m >= 12 * 1024 && t >= 3)
  const bounded = m <= HIGHEST.memory && t <= HIGHEST.passes && p <= HIGHEST.lanes
  return enough && bounded && isCanonical(salt) && isCanonical(tag)
}

/** Base64 without padding that says its bytes in the one way there is (RFC 4648 3.5). */
function isCanonical(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64').replace(/=+$/, '') === text
}

/**
 * As typed, and as NFKC makes it where that is something else: what the other system did with a password is not known. So a
 * wrong try takes one hash of that system or, of a password that NFKC changes, two: it can be told from an unknown address
 * by its time, and only until the owner has signed in once (known limit). It holds its thread: `verifyImportedApart`
 * is for whoever has others to answer.
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
    if (!hash.startsWith('$2')) return verifyArgon2(hash, secret)
    const right = verifyBcrypt(secret, hash)
    // bcrypt ends at a NUL as well.
    return right && Buffer.byteLength(secret) <= BCRYPT_BYTES && !secret.includes('\0')
  } catch {
    return false
  }
}
