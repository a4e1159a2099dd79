import { pbkdf2Sync } from 'node:crypto'
import { hash as argon2, hashRawSync, verify as verifyArgon2 } from '@node-rs/argon2'
import { hash as bcrypt } from '@node-rs/bcrypt'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemRandom } from '../kernel/random'
import { IMPORTED, isImportable, takeOver, verifyImported } from './imported-hash'
import { generateKeyRing, parseKeyRing } from './keys'
import { createPasswordHasher } from './password-hash'

const PASSWORD = 'correct horse battery staple'
const TAIL = '.'.repeat(53)
const PHC_TAIL = `${'A'.repeat(22)}$${'A'.repeat(43)}`

describe('X8: hashes of other systems', () => {
  test.each([
    [`$2b$10$${TAIL}`, true],
    [`$2a$12$${TAIL}`, true],
    [`$2b$09$${TAIL}`, false],
    [`$2y$13$${TAIL}`, false],
    [`$2x$12$${TAIL}`, false],
    [`$2b$12$${TAIL}.`, false],
    [`$argon2id$v=19$m=47104,t=1,p=1$${PHC_TAIL}`, true],
    [`$argon2id$v=19$m=47103,t=1,p=1$${PHC_TAIL}`, false],
    [`$argon2id$v=19$m=19456,t=2,p=1$${PHC_TAIL}`, true],
    [`$argon2id$v=19$m=19455,t=2,p=1$${PHC_TAIL}`, false],
    [`$argon2id$v=19$m=12288,t=3,p=1$${PHC_TAIL}`, true],
    [`$argon2id$v=19$m=12287,t=3,p=1$${PHC_TAIL}`, false],
    [`$argon2id$v=19$m=65536,t=4,p=4$${PHC_TAIL}`, true],
    [`$argon2id$v=19$m=65537,t=1,p=1$${PHC_TAIL}`, false],
    [`$argon2id$v=19$m=9216,t=4,p=1$${PHC_TAIL}`, true],
    [`$argon2id$v=19$m=9215,t=4,p=1$${PHC_TAIL}`, false],
    [`$argon2id$v=19$m=7168,t=5,p=1$${PHC_TAIL}`, true],
    [`$argon2id$v=19$m=7167,t=5,p=1$${PHC_TAIL}`, false],
    [`$argon2id$v=19$m=65536,t=5,p=1$${PHC_TAIL}`, true],
    [`$argon2id$v=19$m=65536,t=6,p=1$${PHC_TAIL}`, false],
    [`$pbkdf2-sha256$i=600000$${PHC_TAIL}`, true],
    [`$pbkdf2-sha256$i=599999$${PHC_TAIL}`, false],
    [`$pbkdf2-sha256$i=1200000$${PHC_TAIL}`, true],
    [`$pbkdf2-sha256$i=1200001$${PHC_TAIL}`, false],
    [`$pbkdf2-sha512$i=210000$${'A'.repeat(22)}$${'A'.repeat(86)}`, true],
    [`$pbkdf2-sha512$i=209999$${'A'.repeat(22)}$${'A'.repeat(86)}`, false],
    [`$pbkdf2-sha512$i=600001$${'A'.repeat(22)}$${'A'.repeat(86)}`, false],
    [`$pbkdf2-sha1$i=1300000$${PHC_TAIL}`, false],
    [`$pbkdf2-sha256$i=600000$${'A'.repeat(22)}$${'A'.repeat(42)}B`, false],
    [`$pbkdf2-sha256$i=600000$${'A'.repeat(22)}$${'A'.repeat(22)}`, false],
    [`$argon2id$v=19$m=0019456,t=2,p=1$${PHC_TAIL}`, false],
    [`$argon2id$v=19$m=19456,t=02,p=1$${PHC_TAIL}`, false],
    [`$argon2id$v=19$m=19456,t=2,p=01$${PHC_TAIL}`, false],
    [`$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(13)}$${'A'.repeat(43)}`, false],
    [`$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(21)}B$${'A'.repeat(43)}`, false],
    [`$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(25)}`, false],
    [`$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(42)}B`, false],
    [`$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}=$${'A'.repeat(43)}`, false],
    [`$argon2id$v=19$m=65536,t=3,p=0$${PHC_TAIL}`, false],
    [`$argon2id$v=19$m=65536,t=3,p=5$${PHC_TAIL}`, false],
    [`$argon2i$v=19$m=65536,t=3,p=1$${PHC_TAIL}`, false],
    ['5f4dcc3b5aa765d61d8327deb882cf99', false],
    ['', false],
  ])('%s is taken over: %s', (hash, expected) => {
    expect(isImportable(hash)).toBe(expected)
  })

  test('N4, S13: whatever is taken over is read by the library, and a wrong password of it is no error', async () => {
    const bytes = fc.uint8Array({ minLength: 8, maxLength: 64 })
    const text = (raw: Uint8Array) => Buffer.from(raw).toString('base64').replace(/=+$/, '')
    const tags = fc.uint8Array({ minLength: 16, maxLength: 64 })
    const cut = fc.integer({ min: 0, max: 3 })
    await fc.assert(
      fc.asyncProperty(bytes, tags, cut, cut, async (salt, tag, fromSalt, fromTag) => {
        const hash = `$argon2id$v=19$m=12288,t=3,p=1$${text(salt).slice(fromSalt)}$${text(tag).slice(fromTag)}`
        expect(await verifyImported(hash, PASSWORD)).toBe(false)
        if (isImportable(hash)) await verifyArgon2(hash, PASSWORD)
      }),
      { numRuns: 60 },
    )
  })

  test('the published vector of bcrypt for "U*U" at cost 5 is too cheap, and one of cost 10 verifies', async () => {
    expect(isImportable('$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW')).toBe(false)
    const made = await bcrypt(PASSWORD, { cost: 10 })
    expect(await verifyImported(made, PASSWORD)).toBe(true)
    expect(await verifyImported(made, `${PASSWORD}.`)).toBe(false)
  })

  test('a password that bcrypt would cut at 72 bytes, or at a NUL, is never right', async () => {
    const long = 'a'.repeat(72)
    const made = await bcrypt(long, { cost: 10 })
    expect(await verifyImported(made, long)).toBe(true)
    expect(await verifyImported(made, `${long}b`)).toBe(false)
    const short = await bcrypt('abc', { cost: 10 })
    expect(await verifyImported(short, 'abc\0def')).toBe(false)
  })

  test('argon2id verifies, whether the other system normalised the password or not', async () => {
    const options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
    const composed = await argon2('Café 12', options)
    const decomposed = await argon2('Cafe\u0301 12', options)
    expect(await verifyImported(composed, 'Cafe\u0301 12')).toBe(true)
    expect(await verifyImported(decomposed, 'Cafe\u0301 12')).toBe(true)
    expect(await verifyImported(composed, 'Cafe 12')).toBe(false)
  })

  const standard = (bytes: Buffer) => bytes.toString('base64')
  const bare = (bytes: Buffer) => standard(bytes).replace(/=+$/, '')
  const salt = Buffer.from('sixteen bytes of')
  /** The credential of Keycloak, as its export has it. */
  const keycloak = (algorithm: string, passes: number, value: Buffer, more: object = {}) =>
    JSON.stringify({
      type: 'password',
      secretData: JSON.stringify({ value: standard(value), salt: standard(salt), additionalParameters: {} }),
      credentialData: JSON.stringify({ hashIterations: passes, algorithm, additionalParameters: more }),
    })

  test('authentik and Django: PBKDF2, whose salt is text', async () => {
    const made = pbkdf2Sync(PASSWORD, 'a1b2c3d4e5f6g7h8', 600_000, 32, 'sha256')
    const hash = takeOver(`pbkdf2_sha256$600000$a1b2c3d4e5f6g7h8$${standard(made)}`) ?? ''
    expect(await verifyImported(hash, PASSWORD)).toBe(true)
    expect(await verifyImported(hash, `${PASSWORD}.`)).toBe(false)
    expect(takeOver(`pbkdf2_sha256$260000$a1b2c3d4e5f6g7h8$${standard(made)}`)).toBeNull()
    expect(takeOver(`pbkdf2_sha256$90000000$a1b2c3d4e5f6g7h8$${standard(made)}`)).toBeNull()
  })

  test('passlib: PBKDF2 with a dot for a plus', () => {
    const tag = Buffer.from('f'.repeat(86), 'base64')
    expect(takeOver(`$pbkdf2-sha512$210000$${bare(salt)}$${bare(tag).replaceAll('+', '.')}`)).toBe(
      `$pbkdf2-sha512$i=210000$${bare(salt)}$${bare(tag)}`,
    )
  })

  test('Keycloak: PBKDF2 with SHA-512 and SHA-256, of 64 bytes each', async () => {
    for (const [digest, passes] of [['sha512', 210_000] as const, ['sha256', 600_000] as const]) {
      const hash = takeOver(keycloak(`pbkdf2-${digest}`, passes, pbkdf2Sync(PASSWORD, salt, passes, 64, digest))) ?? ''
      expect(await verifyImported(hash, PASSWORD)).toBe(true)
      expect(await verifyImported(hash, 'wrong')).toBe(false)
    }
  })

  test('Keycloak: argon2id of 7 MiB and five passes', async () => {
    const options = { algorithm: 2, memoryCost: 7168, timeCost: 5, parallelism: 1, salt, outputLen: 32 }
    const more = { hashLength: ['32'], memory: ['7168'], type: ['id'], version: ['1.3'], parallelism: ['1'] }
    const hash = takeOver(keycloak('argon2', 5, hashRawSync(PASSWORD, options), more)) ?? ''
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=7168,t=5,p=1\$/)
    expect(await verifyImported(hash, PASSWORD)).toBe(true)
    expect(await verifyImported(hash, 'wrong')).toBe(false)
    expect(takeOver(keycloak('argon2', 5, salt, { ...more, type: ['i'] }))).toBeNull()
  })

  test.each([
    '{',
    '{}',
    '[]',
    'null',
    '{"secretData":"{","credentialData":"{}"}',
    '{"secretData":1}',
    'plain text',
    '',
  ])('S13: %j is nobody’s hash, and no error', (text) => {
    expect(takeOver(text)).toBeNull()
  })

  test('the hasher verifies them without a pepper, and always says outdated', async () => {
    const keys = parseKeyRing(generateKeyRing(systemRandom))
    if (!keys.ok) throw new Error(keys.code)
    const hasher = createPasswordHasher({ keys: keys.value, random: systemRandom })
    const stored = { hash: await bcrypt(PASSWORD, { cost: 10 }), keyId: IMPORTED }
    expect(await hasher.verify(stored, PASSWORD)).toEqual({ ok: true, value: { right: true, outdated: true } })
    expect(await hasher.verify(stored, 'wrong')).toEqual({ ok: true, value: { right: false, outdated: true } })
    // An unreadable one costs the ordinary hash and is wrong (S13).
    const damaged = { hash: 'nothing', keyId: IMPORTED }
    expect(await hasher.verify(damaged, PASSWORD)).toEqual({ ok: true, value: { right: false, outdated: false } })
    // No recovery code is ever imported (S22).
    expect((await hasher.verifyCode(stored, PASSWORD)).ok && (await hasher.verifyCode(stored, PASSWORD))).toMatchObject(
      {
        value: { right: false },
      },
    )
  })
})
