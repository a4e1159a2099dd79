import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, getPriority } from 'node:os'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { parseOptions, verify as verifyByLibrary } from '@node-rs/argon2'
import { describe, expect, test, vi } from 'vitest'
import { systemRandom } from '../kernel/random'
import { type Argon2Options, argon2id } from './hash-threads'
import { IMPORTED } from './imported-hash'
import { generateKeyRing, type KeyRing, parseKeyRing, UnknownKey } from './keys'
import { type Argon2, createPasswordHasher, requirePepper, type StoredHash } from './password-hash'

const oldText = generateKeyRing(systemRandom)
const freshText = generateKeyRing(systemRandom)
const keys = ring(oldText)
const hasher = createPasswordHasher({ keys, random: systemRandom })

function ring(text: string): KeyRing {
  const parsed = parseKeyRing(text)
  if (!parsed.ok) throw new Error('malformed')
  return parsed.value
}

async function stored(made: ReturnType<typeof hasher.hash>): Promise<StoredHash> {
  const result = await made
  if (!result.ok) throw new Error(result.code)
  return result.value
}

/** A quick stand-in for argon2id that keeps what it was asked to do. */
function watchedArgon2() {
  const calls: { input: number; options: Argon2Options }[] = []
  const argon2: Argon2 = async (input, options) => {
    calls.push({ input: input.length, options })
    const tag = createHmac('sha256', options.salt).update(input).digest()
    return new Uint8Array(tag.subarray(0, options.outputLen))
  }
  return { calls, argon2 }
}

const OPTIONS = { memoryCost: 64 * 1024, timeCost: 3, parallelism: 1, outputLen: 32, salt: new Uint8Array(16) }
const RIGHT = { ok: true, value: { right: true, outdated: false } }
const WRONG = { ok: true, value: { right: false, outdated: false } }

describe('argon2id (N3, ASVS 11.4.2)', () => {
  test('a password costs 64 MiB, 3 passes, 1 lane, with a 16-byte salt and a 32-byte tag', async () => {
    const { hash, keyId } = await stored(hasher.hash('correct horse battery staple'))
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(parseOptions(hash)).toEqual({
      algorithm: 2,
      version: 1,
      memoryCost: 65536,
      timeCost: 3,
      parallelism: 1,
      outputLen: 32,
      saltLen: 16,
    })
    expect(keyId).toBe(keys.currentId)
  })

  test('a recovery code costs 19 MiB, 2 passes, 1 lane', async () => {
    const { hash } = await stored(hasher.hashCode('ABCDEFGHIJKLMNOP'))
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  })

  test('the string is the PHC string that argon2 itself verifies, over the peppered password', async () => {
    const { hash } = await stored(hasher.hash('password'))
    expect(await verifyByLibrary(hash, peppered('password:password'))).toBe(true)
    expect(await verifyByLibrary(hash, 'password')).toBe(false)
  })

  test('equal passwords have different hashes', async () => {
    const [one, two] = await Promise.all([stored(hasher.hash('same')), stored(hasher.hash('same'))])
    expect(one.hash).not.toBe(two.hash)
  })
})

describe('verifying', () => {
  test('the right password is right, any other is wrong (ASVS 6.2.8)', async () => {
    const long = `${'a'.repeat(99)}B`
    const kept = await stored(hasher.hash(long))
    expect(await hasher.verify(kept, long)).toEqual(RIGHT)
    for (const other of [long.slice(0, 99), long.slice(0, 72), `${long}x`, long.toLowerCase(), ` ${long}`, '']) {
      expect(await hasher.verify(kept, other)).toEqual(WRONG)
    }
  })

  test('forms that NFKC makes equal are one password', async () => {
    const kept = await stored(hasher.hash('Caf\u00e9 \uff11\uff12'))
    expect(await hasher.verify(kept, 'Cafe\u0301 12')).toEqual(RIGHT)
  })

  test('the pepper counts: the hash proves nothing under another key', async () => {
    const kept = await stored(hasher.hash('password'))
    const other = createPasswordHasher({
      keys: ring(`${keys.currentId}:${freshText.split(':')[1]}`),
      random: systemRandom,
    })
    expect(await other.verify(kept, 'password')).toEqual(WRONG)
  })

  test('S22: the hash of a password never verifies as a code, nor that of a code as a password', async () => {
    const password = await stored(hasher.hash('ABCDEFGHIJKLMNOP'))
    const code = await stored(hasher.hashCode('ABCDEFGHIJKLMNOP'))
    expect(await hasher.verifyCode(code, 'ABCDEFGHIJKLMNOP')).toEqual(RIGHT)
    expect(await hasher.verifyCode(code, 'ABCDEFGHIJKLMNOQ')).toEqual(WRONG)
    expect(await hasher.verifyCode(password, 'ABCDEFGHIJKLMNOP')).toMatchObject({ value: { right: false } })
    expect(await hasher.verify(code, 'ABCDEFGHIJKLMNOP')).toMatchObject({ value: { right: false } })
  })
})

describe('outdated', () => {
  test('a hash under an earlier pepper key is right and outdated; a new one is not (ASVS 11.2.2)', async () => {
    const kept = await stored(hasher.hash('password'))
    const rotated = createPasswordHasher({ keys: ring(`${freshText},${oldText}`), random: systemRandom })
    expect(await rotated.verify(kept, 'password')).toEqual({ ok: true, value: { right: true, outdated: true } })
    const renewed = await stored(rotated.hash('password'))
    expect(renewed.keyId).toBe(freshText.split(':')[0])
    expect(await rotated.verify(renewed, 'password')).toEqual(RIGHT)
  })

  test.each([
    ['memory', { memoryCost: 19456 }],
    ['passes', { timeCost: 2 }],
    ['lanes', { parallelism: 2 }],
    ['salt', { salt: new Uint8Array(8) }],
    ['tag', { outputLen: 16 }],
  ])('a hash with another number for its %s is right and outdated', async (_, changed) => {
    const { calls, argon2 } = watchedArgon2()
    const quick = createPasswordHasher({ keys, random: systemRandom, argon2 })
    const options = {
      memoryCost: 65536,
      timeCost: 3,
      parallelism: 1,
      outputLen: 32,
      salt: new Uint8Array(16),
      ...changed,
    }
    const tag = await argon2(peppered('password:password'), options)
    const hash = phc(options, tag)
    expect(await quick.verify({ hash, keyId: keys.currentId }, 'password')).toEqual({
      ok: true,
      value: { right: true, outdated: true },
    })
    expect(calls[1]?.options).toEqual(options)
  })
})

describe('S13: without a usable hash', () => {
  test('S13: an unknown user costs one equal hash as a known one, and is never right', async () => {
    const { calls, argon2 } = watchedArgon2()
    const quick = createPasswordHasher({ keys, random: systemRandom, argon2 })
    const known = await stored(quick.hash('password'))
    calls.length = 0
    expect(await quick.verify(known, 'wrong')).toEqual(WRONG)
    expect(await quick.verify(null, 'wrong')).toEqual(WRONG)
    expect(calls.map(shape)).toEqual([
      { input: 43, memoryCost: 65536, timeCost: 3, parallelism: 1, outputLen: 32, salt: 16 },
      { input: 43, memoryCost: 65536, timeCost: 3, parallelism: 1, outputLen: 32, salt: 16 },
    ])

    const code = await stored(quick.hashCode('code'))
    calls.length = 0
    expect(await quick.verifyCode(code, 'wrong')).toEqual(WRONG)
    expect(await quick.verifyCode(null, 'wrong')).toEqual(WRONG)
    expect(calls.map(shape)).toEqual([
      { input: 43, memoryCost: 19456, timeCost: 2, parallelism: 1, outputLen: 32, salt: 16 },
      { input: 43, memoryCost: 19456, timeCost: 2, parallelism: 1, outputLen: 32, salt: 16 },
    ])
  })

  test('S13: even a hash function that answers with the stand-in tag makes nobody right', async () => {
    const quick = createPasswordHasher({ keys, random: systemRandom, argon2: async () => new Uint8Array(32) })
    expect(await quick.verify(null, 'anything')).toEqual(WRONG)
    expect(await quick.verify({ hash: '', keyId: keys.currentId }, 'anything')).toEqual(WRONG)
  })

  const [salt, tag] = ['A'.repeat(22), 'A'.repeat(43)]
  test.each([
    ['nothing', ''],
    ['plain text', 'password'],
    ['another function', `$argon2i$v=19$m=65536,t=3,p=1$${salt}$${tag}`],
    ['an older version', `$argon2id$v=16$m=65536,t=3,p=1$${salt}$${tag}`],
    ['too little memory', `$argon2id$v=19$m=7,t=3,p=1$${salt}$${tag}`],
    ['too little memory for the lanes', `$argon2id$v=19$m=15,t=3,p=2$${salt}$${tag}`],
    ['too much memory', `$argon2id$v=19$m=1048577,t=3,p=1$${salt}$${tag}`],
    ['no passes', `$argon2id$v=19$m=65536,t=0,p=1$${salt}$${tag}`],
    ['no lanes', `$argon2id$v=19$m=65536,t=3,p=0$${salt}$${tag}`],
    ['a short tag', `$argon2id$v=19$m=65536,t=3,p=1$${salt}$AAAA`],
    ['no tag', `$argon2id$v=19$m=65536,t=3,p=1$${salt}$`],
    ['something behind', `$argon2id$v=19$m=65536,t=3,p=1$${salt}$${tag}\n`],
  ])('S13: a stored value with %s costs one equal hash and is wrong', async (_, hash) => {
    const { calls, argon2 } = watchedArgon2()
    const quick = createPasswordHasher({ keys, random: systemRandom, argon2 })
    expect(await quick.verify({ hash, keyId: keys.currentId }, 'password')).toEqual(WRONG)
    expect(calls.map(shape)).toEqual([
      { input: 43, memoryCost: 65536, timeCost: 3, parallelism: 1, outputLen: 32, salt: 16 },
    ])
  })

  test('S28: a hash whose pepper key has left the ring is said to be so, and its right password is not called wrong', async () => {
    const kept = await stored(hasher.hash('password'))
    const { calls, argon2 } = watchedArgon2()
    const quick = createPasswordHasher({ keys: ring(freshText), random: systemRandom, argon2 })
    await expect(quick.verify(kept, 'password')).rejects.toEqual(new UnknownKey(keys.currentId))
    expect(() => requirePepper(ring(freshText), kept)).toThrow(UnknownKey)
    expect(() => requirePepper(ring(freshText), { keyId: IMPORTED })).not.toThrow()
    expect(calls).toEqual([])
  })
})

describe('many at once', () => {
  /** Work that ends when told to. */
  function heldArgon2() {
    const ends: (() => void)[] = []
    const argon2: Argon2 = (_, options) =>
      new Promise((resolve) => ends.push(() => resolve(new Uint8Array(options.outputLen))))
    return { ends, argon2 }
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))

  test('no more than the concurrency run, and the rest waits in order', async () => {
    const { ends, argon2 } = heldArgon2()
    const held = createPasswordHasher({ keys, random: systemRandom, concurrency: 2, argon2 })
    const done: number[] = []
    const results = [0, 1, 2, 3, 4].map((index) =>
      held.hash('x').then((result) => {
        done.push(index)
        return result
      }),
    )
    await settle()
    expect(ends.length).toBe(2)
    for (let ended = 0; ended < 5; ended += 1) {
      ends[ended]?.()
      await settle()
      expect(ends.length).toBe(Math.min(ended + 3, 5))
      expect(done).toEqual([0, 1, 2, 3, 4].slice(0, ended + 1))
    }
    expect((await Promise.all(results)).every((result) => result.ok)).toBe(true)

    const after = [held.hash('x'), held.hash('x'), held.hash('x')]
    await settle()
    expect(ends.length).toBe(7)
    for (const end of ends) end()
    await settle()
    for (const end of ends) end()
    expect((await Promise.all(after)).every((result) => result.ok)).toBe(true)
  })

  test('N3: whoever waits longer than two seconds for a turn is told so, and the turns of others go on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { ends, argon2 } = heldArgon2()
      const held = createPasswordHasher({ keys, random: systemRandom, concurrency: 1, argon2 })
      const first = held.hash('x')
      const waiting = [held.hash('x'), held.verify(null, 'x'), held.hashCode('x'), held.verifyCode(null, 'x')]
      await vi.advanceTimersByTimeAsync(1_000)
      const later = held.hash('x')
      await vi.advanceTimersByTimeAsync(999)
      ends[0]?.()
      expect(await first).toMatchObject({ ok: true })
      // The first of those who waited has its turn in the last moment; the turn of the others did not come.
      await vi.advanceTimersByTimeAsync(1)
      for (const refused of waiting.slice(1)) expect(await refused).toMatchObject({ ok: false, code: 'busy' })
      ends[1]?.()
      expect(await waiting[0]).toMatchObject({ ok: true })
      await vi.advanceTimersByTimeAsync(0)
      ends[2]?.()
      expect(await later).toMatchObject({ ok: true })
      expect(ends).toHaveLength(3)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test('a hash that fails gives its place back', async () => {
    let fail = true
    const argon2: Argon2 = async (_, options) => {
      if (fail) throw new Error('out of memory')
      return new Uint8Array(options.outputLen)
    }
    const one = createPasswordHasher({ keys, random: systemRandom, concurrency: 1, argon2 })
    await expect(Promise.all([one.hash('x'), one.hash('x')])).rejects.toThrow('out of memory')
    await settle()
    fail = false
    expect(await one.hash('x')).toMatchObject({ ok: true })
  })

  test('N3: by default one runs for each core', async () => {
    const { ends, argon2 } = heldArgon2()
    const held = createPasswordHasher({ keys, random: systemRandom, argon2 })
    const pending = Array.from({ length: 2 * availableParallelism() }, () => held.hash('x'))
    await settle()
    expect(ends.length).toBe(availableParallelism())
    for (let count = 0; count < pending.length; count += 1) {
      ends[count]?.()
      await settle()
    }
    expect((await Promise.all(pending)).every((result) => result.ok)).toBe(true)
  })

  test('N3: hashing leaves the pool alone in which the process compresses and reads files', async () => {
    const finished: string[] = []
    const atOnce = Array.from({ length: 6 }, () => argon2id('x', OPTIONS).then(() => finished.push('hash')))
    // Three turns of the pool: behind hashes each would wait for one.
    const others = (async () => {
      for (let turn = 0; turn < 3; turn += 1) await promisify(gzip)('x')
      finished.push('compressed')
    })()
    await Promise.all([...atOnce, others])
    expect(finished[0]).toBe('compressed')
  })

  if (process.platform === 'linux') {
    test('N3: the threads of hashes come after the event loop', async () => {
      await argon2id('x', OPTIONS)
      const nice = readdirSync('/proc/self/task').map((id) => [
        readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim(),
        Number(readFileSync(`/proc/self/task/${id}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]),
      ])
      const main = Number(readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[16])
      expect(nice.filter(([, value]) => Number(value) === main + 5)).not.toEqual([])
      expect(getPriority()).toBe(main)
    })
  }

  test('ASVS 16.5.2: a hash whose thread ends is a failure that is told, and the next one has a thread', async () => {
    await expect(argon2id('x', { ...OPTIONS, memoryCost: 1 })).rejects.toThrow(/a hash failed/)
    expect(await argon2id('x', OPTIONS)).toHaveLength(32)
  })

  test('timers go on while it hashes: the event loop is never blocked', async () => {
    let ticks = 0
    const timer = setInterval(() => (ticks += 1), 1)
    const started = performance.now()
    await stored(hasher.hash('password'))
    const took = performance.now() - started
    clearInterval(timer)
    expect(took).toBeGreaterThan(5)
    expect(ticks).toBeGreaterThan(2)
  })
})

/** Stored hashes outlive an upgrade: base64url of HMAC-SHA-256. */
function peppered(text: string): string {
  return createHmac('sha256', keys.derive('pepper')).update(text).digest('base64url')
}

function shape({ input, options }: { input: number; options: Argon2Options }) {
  return { input, ...options, salt: options.salt.length }
}

function phc(options: Argon2Options, tag: Uint8Array): string {
  const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '')
  const { memoryCost, timeCost, parallelism, salt } = options
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${encode(salt)}$${encode(tag)}`
}
