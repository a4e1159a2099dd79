import { availableParallelism } from 'node:os'
import type { RandomBytes } from '../kernel/random'
import { err, ok, type Result } from '../kernel/result'
import { seconds } from '../kernel/time'
import { equalBytes } from './compare'
import { hmac } from './digest'
import { toBase64Url } from './encoding'
import { type Argon2Options, argon2id, verifyImportedApart } from './hash-threads'
import { IMPORTED, isImportable } from './imported-hash'
import { type KeyRing, UnknownKey } from './keys'

/** A PHC string and the id of the key whose pepper went into it. */
export interface StoredHash {
  hash: string
  keyId: string
}

/**
 * Every method answers `busy` when its turn does not come in time; say then when to come back (N3). Verifying throws
 * UnknownKey for a hash whose pepper is not in the ring: a right secret is never called wrong (S28).
 */
export interface PasswordHasher {
  hash(secret: string): Promise<Result<StoredHash, 'busy'>>
  /**
   * Without a stored hash, or with one that cannot be read, costs one equal hash and is never right (S13).
   * `outdated`: store a fresh hash once the secret proved right, because numbers or pepper key are not the current
   * ones, or another system made it.
   */
  verify(stored: StoredHash | null, secret: string): Promise<Result<{ right: boolean; outdated: boolean }, 'busy'>>
  /** For recovery codes, random and of at least 64 bits (ASVS 6.5.2): the smaller numbers. */
  hashCode(secret: string): Promise<Result<StoredHash, 'busy'>>
  verifyCode(stored: StoredHash | null, secret: string): Promise<Result<{ right: boolean; outdated: boolean }, 'busy'>>
}

/** The one slow function: raw argon2id, version 19, off the event loop. */
export type Argon2 = (input: string, options: Argon2Options) => Promise<Uint8Array>

type Kind = 'password' | 'code'
type Cost = Pick<Argon2Options, 'memoryCost' | 'timeCost' | 'parallelism'>

// Above the floors of ASVS 5.0 appendix C and of RFC 9106 section 4 (second choice: 64 MiB, t = 3).
const COSTS: Record<Kind, Cost> = {
  password: { memoryCost: 64 * 1024, timeCost: 3, parallelism: 1 },
  code: { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 },
}
const SALT_BYTES = 16
const TAG_BYTES = 32
/** Whoever waits longer for a turn is told to come back, while others still get theirs. */
export const HASH_PATIENCE = seconds(2)

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** Whether anything could be verified by it: what cannot be read is never right, and so not wrong either (N41). */
export function isReadableHash({ hash, keyId }: StoredHash): boolean {
  return keyId === IMPORTED && isImportable(hash) ? true : fromPhc(hash) !== null
}

/** @throws UnknownKey when a hash's pepper is not in the ring; one of another system has none. */
export function requirePepper(keys: KeyRing, { keyId }: Pick<StoredHash, 'keyId'>): void {
  if (keyId !== IMPORTED && !keys.has(keyId)) throw new UnknownKey(keyId)
}

/**
 * `concurrency` hashes run at once, by default one a core: more gain nothing, and the memory in use is bounded by
 * concurrency × 64 MiB. Others wait for `patience` milliseconds at most.
 */
export function createPasswordHasher({
  keys,
  random,
  concurrency = availableParallelism(),
  patience = HASH_PATIENCE,
  argon2 = argon2id,
}: {
  keys: KeyRing
  random: RandomBytes
  concurrency?: number
  patience?: number
  argon2?: Argon2
}): PasswordHasher {
  const pass = createGate(concurrency, patience)

  /** HMAC with a key kept outside the database; NFKC is the one change made to a password (NIST SP 800-63B). */
  function pepper(kind: Kind, secret: string, keyId: string): string {
    // The kind is part of it: a recovery code's hash never proves a password, nor the other way round (S22).
    // As text, because the library's own verify wants UTF-8.
    return toBase64Url(hmac(keys.derive('pepper', keyId), `${kind}:${secret.normalize('NFKC')}`))
  }

  async function hash(kind: Kind, secret: string): Promise<Result<StoredHash, 'busy'>> {
    const keyId = keys.currentId
    const options = { ...COSTS[kind], outputLen: TAG_BYTES, salt: random(SALT_BYTES) }
    const tag = await pass(() => argon2(pepper(kind, secret, keyId), options))
    return tag.ok ? ok({ hash: toPhc(options, tag.value), keyId }) : tag
  }

  async function verify(kind: Kind, stored: StoredHash | null, secret: string) {
    const known = stored && read(kind, stored, secret)
    // No stored hash, the same work (S13).
    const standIn = { ...COSTS[kind], outputLen: TAG_BYTES, salt: new Uint8Array(SALT_BYTES) }
    const input = known ? known.input : pepper(kind, secret, keys.currentId)
    const tag = await pass(() => argon2(input, known ? known.options : standIn))
    if (!tag.ok) return tag
    const equal = equalBytes(tag.value, known ? known.tag : new Uint8Array(TAG_BYTES))
    return ok({ right: known !== null && equal, outdated: known !== null && !known.current })
  }

  function read(kind: Kind, stored: StoredHash, secret: string) {
    const parsed = fromPhc(stored.hash)
    if (!parsed) return null
    const { options, tag } = parsed
    const cost = COSTS[kind]
    const current =
      stored.keyId === keys.currentId &&
      options.memoryCost === cost.memoryCost &&
      options.timeCost === cost.timeCost &&
      options.parallelism === cost.parallelism &&
      options.salt.length === SALT_BYTES &&
      options.outputLen === TAG_BYTES
    return { options, tag, current, input: pepper(kind, secret, stored.keyId) }
  }

  async function verifyPassword(stored: StoredHash | null, secret: string) {
    if (stored?.keyId !== IMPORTED || !isImportable(stored.hash)) return verify('password', stored, secret)
    const right = await pass(() => verifyImportedApart(stored.hash, secret))
    return right.ok ? ok({ right: right.value, outdated: true }) : right
  }

  return {
    hash: (secret) => hash('password', secret),
    verify: verifyPassword,
    hashCode: (secret) => hash('code', secret),
    verifyCode: (stored, secret) => verify('code', stored, secret),
  }
}

/** Lets `concurrency` pieces of work run at once; more wait for their turn in order, none longer than `patience`. */
function createGate(concurrency: number, patience: number) {
  const waiting = new Set<() => void>()
  let running = 0

  function turn(): Promise<boolean> {
    if (running < concurrency) {
      running += 1
      return Promise.resolve(true)
    }
    return new Promise((resolve) => {
      const begin = () => {
        clearTimeout(timer)
        resolve(true)
      }
      const timer = setTimeout(() => {
        waiting.delete(begin)
        resolve(false)
      }, patience)
      waiting.add(begin)
    })
  }

  return async function pass<T>(work: () => Promise<T>): Promise<Result<T, 'busy'>> {
    if (!(await turn())) return err('busy')
    try {
      return ok(await work())
    } finally {
      const [next] = waiting
      // A place is handed on, so that a newcomer cannot slip in between.
      if (next === undefined) running -= 1
      else {
        waiting.delete(next)
        next()
      }
    }
  }
}

function toPhc(options: Argon2Options, tag: Uint8Array): string {
  const { memoryCost, timeCost, parallelism, salt } = options
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${toBase64(salt)}$${toBase64(tag)}`
}

/** Null for anything but argon2id version 19 with numbers that the function itself accepts. */
function fromPhc(text: string): { options: Argon2Options; tag: Uint8Array } | null {
  const match = PHC.exec(text)
  if (!match) return null
  const [, memory = '', time = '', lanes = '', salt = '', tag = ''] = match
  const options = {
    memoryCost: Number(memory),
    timeCost: Number(time),
    parallelism: Number(lanes),
    salt: fromBase64(salt),
    outputLen: fromBase64(tag).length,
  }
  if (options.timeCost < 1 || options.parallelism < 1) return null
  // RFC 9106 section 3.1 asks for 8 KiB a lane; the upper bound keeps a damaged row from taking all memory.
  if (options.memoryCost < 8 * options.parallelism || options.memoryCost > 1024 * 1024) return null
  return { options, tag: fromBase64(tag) }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}
