import { verify as verifyArgon2 } from '@node-rs/argon2'
import { verify as verifyBcrypt } from '@node-rs/bcrypt'

/** What stands in place of a pepper key's id beside a hash that another system made; no key can have this id. */
export const IMPORTED = '.imported'

/** Input beyond this changes nothing about a bcrypt hash: such a password is never right. */
const BCRYPT_BYTES = 72

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** Verifying costs a sign-in no more than a tenth of a second's hash a few times over. */
const HIGHEST = { cost: 14, memory: 256 * 1024, passes: 10, lanes: 4 } as const

/**
 * Whether a hash of another system is taken over: bcrypt of cost 10 or more, argon2id at the floors of ASVS 5.0 appendix C;
 * neither so dear that a sign-in would hold the machine.
 */
export function isImportable(hash: string): boolean {
  const cost = Number(BCRYPT.exec(hash)?.[1] ?? 0)
  if (cost > 0) return cost >= 10 && cost <= HIGHEST.cost
  const [, memory = 0, passes = 0, lanes = 0] = (ARGON2ID.exec(hash) ?? []).map(Number)
  const enough =
    (memory >= 46 * 1024 && passes >= 1) || (memory >= 19 * 1024 && passes >= 2) || (memory >= 12 * 1024 && passes >= 3)
  return enough && lanes >= 1 && memory <= HIGHEST.memory && passes <= HIGHEST.passes && lanes <= HIGHEST.lanes
}

/** As typed, and as NFKC makes it: what the other system did with a password is not known. */
export async function verifyImported(hash: string, secret: string): Promise<boolean> {
  if (!isImportable(hash)) return false
  const forms = [...new Set([secret, secret.normalize('NFKC')])]
  for (const form of forms) if (await isRight(hash, form)) return true
  return false
}

async function isRight(hash: string, secret: string): Promise<boolean> {
  if (!hash.startsWith('$2')) return verifyArgon2(hash, secret)
  const right = await verifyBcrypt(secret, hash)
  // bcrypt ends at a NUL as well.
  return right && Buffer.byteLength(secret) <= BCRYPT_BYTES && !secret.includes('\0')
}
