import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { URI } from 'otpauth'
import { describe, expect, test } from 'vitest'
import { toBase32 } from '../crypto/encoding'
import { systemRandom } from '../kernel/random'
import {
  isTotpAlgorithm,
  keyUri,
  matchTotp,
  newTotpKey,
  TOTP_DEFAULTS,
  type TotpParams,
  timeStep,
  totpAt,
} from './totp'

const ascii = (text: string) => new TextEncoder().encode(text)
const at = (unixSeconds: number) => new Date(unixSeconds * 1000)

const SHA1: TotpParams = { key: ascii('12345678901234567890'), algorithm: 'SHA1', digits: 6, period: 30 }
const SHA256: TotpParams = { ...SHA1, key: ascii('12345678901234567890123456789012'), algorithm: 'SHA256' }
const SHA512: TotpParams = { ...SHA1, key: ascii(`${'1234567890'.repeat(6)}1234`), algorithm: 'SHA512' }

const anyParams = fc.record({
  key: fc.uint8Array({ minLength: 16, maxLength: 64 }),
  algorithm: fc.constantFrom('SHA1', 'SHA256', 'SHA512'),
  digits: fc.constantFrom(6, 7, 8),
  period: fc.constantFrom(15, 30),
})
const anyTime = fc.integer({ min: 100, max: 2 ** 35 })

describe('RFC 4226 appendix D', () => {
  test.each([
    [0, '755224', '84755224'],
    [1, '287082', '94287082'],
    [2, '359152', '37359152'],
    [3, '969429', '26969429'],
    [4, '338314', '40338314'],
    [5, '254676', '68254676'],
    [6, '287922', '18287922'],
    [7, '162583', '82162583'],
    [8, '399871', '73399871'],
    [9, '520489', '45520489'],
  ])('count %i is %s, and %s in eight digits', (count, six, eight) => {
    expect(totpAt(SHA1, count)).toBe(six)
    expect(totpAt({ ...SHA1, digits: 8 }, count)).toBe(eight)
  })
})

describe('RFC 6238 appendix B', () => {
  test.each([
    [59, 0x0000000000000001, '94287082', '46119246', '90693936'],
    [1111111109, 0x00000000023523ec, '07081804', '68084774', '25091201'],
    [1111111111, 0x00000000023523ed, '14050471', '67062674', '99943326'],
    [1234567890, 0x000000000273ef07, '89005924', '91819424', '93441116'],
    [2000000000, 0x0000000003f940aa, '69279037', '90698825', '38618901'],
    [20000000000, 0x0000000027bc86aa, '65353130', '77737706', '47863826'],
  ])('at %i the step is %i and the codes are %s, %s, %s', (unixSeconds, step, sha1, sha256, sha512) => {
    expect(timeStep(at(unixSeconds))).toBe(step)
    for (const [params, code] of [
      [SHA1, sha1],
      [SHA256, sha256],
      [SHA512, sha512],
    ] as const) {
      expect(totpAt({ ...params, digits: 8 }, step)).toBe(code)
      expect(totpAt(params, step)).toBe(code.slice(-6))
      expect(matchTotp({ ...params, digits: 8 }, code, at(unixSeconds), { window: 0, after: null })).toBe(step)
      expect(matchTotp(params, code.slice(-6), at(unixSeconds), { window: 0, after: null })).toBe(step)
    }
  })

  test('steps above 32 bits do not wrap round', () => {
    expect(totpAt(SHA1, 2 ** 32)).not.toBe(totpAt(SHA1, 0))
    expect(totpAt(SHA1, 2 ** 32 + 1)).not.toBe(totpAt(SHA1, 1))
    // Recomputed with oathtool --hotp --counter=4294967296.
    expect(totpAt(SHA1, 2 ** 32)).toBe('999456')
  })
})

describe('the code as typed', () => {
  // 1111111109 gives 081804, with a leading zero.
  const now = at(1111111109)
  const step = 0x23523ec
  const match = (code: string) => matchTotp(SHA1, code, now, { window: 1, after: null })

  test.each([
    '081804',
    ' 081804 ',
    '081 804',
    '081-804',
    '081\u200b804',
    'Code: 081804',
    '0 8 1 8 0 4',
    '081\u00a0804',
    '081\u3000804\n',
    '\uff10\uff18\uff11\uff18\uff10\uff14',
  ])('%j is accepted', (code) => {
    expect(match(code)).toBe(step)
  })

  test.each([
    ['without its leading zero', '81804'],
    ['with one digit more', '0081804'],
    ['the eight-digit code', '07081804'],
    ['nothing', ''],
    ['only spaces', '      '],
    ['a sign', '+81804'],
    ['a decimal point', '81804.0'],
    ['an exponent', '081e04'],
    ['hexadecimal', '0x13f8c'],
    ['letters', 'o81804'],
    ['Arabic-Indic digits', '\u0660\u0668\u0661\u0668\u0660\u0664'],
    ['a zero byte', '081804\u0000'],
    ['two codes', '081804081804'],
  ])('%s is not', (_, code) => {
    expect(match(code)).toBeNull()
  })
})

describe('time', () => {
  const period = 30
  test('a step starts on the second and lasts one period', () => {
    expect(timeStep(new Date(0))).toBe(0)
    expect(timeStep(new Date(29_999))).toBe(0)
    expect(timeStep(new Date(30_000))).toBe(1)
    expect(timeStep(new Date(59_999), 60)).toBe(0)
    expect(timeStep(new Date(60_000), 60)).toBe(1)
  })

  const step = 1_000
  test.each([
    [-2, null, null],
    [-1, step - 1, null],
    [0, step, step],
    [1, step + 1, null],
    [2, null, null],
  ])('the code of step %i from now is step %s in the window, %s without one', (distance, within, strict) => {
    for (const now of [new Date(step * period * 1000), new Date((step + 1) * period * 1000 - 1)]) {
      const code = totpAt(SHA1, step + distance)
      expect(matchTotp(SHA1, code, now, { window: 1, after: null })).toBe(within)
      expect(matchTotp(SHA1, code, now, { window: 0, after: null })).toBe(strict)
    }
  })

  test('the first step has none before it', () => {
    expect(matchTotp(SHA1, totpAt(SHA1, 0), new Date(0), { window: 1, after: null })).toBe(0)
  })

  test.each([2, 10, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('S18: a window of %s is refused', (window) => {
    expect(() => matchTotp(SHA1, '123456', at(59), { window, after: null })).toThrow(RangeError)
  })

  test('an unreadable time matches nothing', () => {
    expect(matchTotp(SHA1, totpAt(SHA1, 1), new Date(Number.NaN), { window: 1, after: null })).toBeNull()
  })
})

describe('S3: a time step is accepted once', () => {
  test('S3: neither the last accepted step nor an earlier one is accepted again', () => {
    const step = 1_000
    const now = new Date(step * 30_000)
    const match = (of: number, after: number | null) => matchTotp(SHA1, totpAt(SHA1, of), now, { window: 1, after })
    expect(match(step, step - 1)).toBe(step)
    expect(match(step, step)).toBeNull()
    expect(match(step, step + 1)).toBeNull()
    expect(match(step - 1, step)).toBeNull()
    expect(match(step + 1, step)).toBe(step + 1)
    expect(match(step - 1, step - 2)).toBe(step - 1)
  })

  test('S3: digits shared by two steps are accepted once, not once for each', () => {
    // The RFC's key gives 911617 at both of these steps.
    const step = 910_737
    expect(totpAt(SHA1, step)).toBe('911617')
    expect(totpAt(SHA1, step + 1)).toBe('911617')
    const now = new Date(step * 30_000)
    const first = matchTotp(SHA1, '911617', now, { window: 1, after: null })
    expect(first).toBe(step + 1)
    expect(matchTotp(SHA1, '911617', now, { window: 1, after: first })).toBeNull()
    expect(matchTotp(SHA1, '911617', now, { window: 1, after: step })).toBe(step + 1)
  })

  test('S3: whatever is typed when, accepted steps only grow and stay in the window', () => {
    fc.assert(
      fc.property(
        anyParams,
        anyTime,
        fc.array(fc.record({ wait: fc.nat(40), drift: fc.integer({ min: -3, max: 3 }) }), { maxLength: 12 }),
        (params, start, tries) => {
          let seconds = start
          let after: number | null = null
          for (const { wait, drift } of tries) {
            seconds += wait
            const current = timeStep(at(seconds), params.period)
            const code = totpAt(params, current + drift)
            const matched = matchTotp(params, code, at(seconds), { window: 1, after })
            if (matched === null) continue
            expect(matched).toBeGreaterThan(after ?? -1)
            expect(Math.abs(matched - current)).toBeLessThanOrEqual(1)
            expect(totpAt(params, matched)).toBe(code)
            after = matched
          }
        },
      ),
    )
  })
})

describe('properties', () => {
  test('a code has exactly its digits and is accepted at its own time', () => {
    fc.assert(
      fc.property(anyParams, anyTime, (params, seconds) => {
        const step = timeStep(at(seconds), params.period)
        const code = totpAt(params, step)
        expect(code).toMatch(/^[0-9]+$/)
        expect(code.length).toBe(params.digits)
        expect(matchTotp(params, code, at(seconds), { window: 0, after: step - 1 })).toBe(step)
      }),
    )
  })

  test('no other text is accepted without a window', () => {
    fc.assert(
      fc.property(
        anyParams,
        anyTime,
        fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{6,8}$/)),
        (params, seconds, text) => {
          const right = totpAt(params, timeStep(at(seconds), params.period))
          fc.pre(!text.normalize('NFKC').replace(/\D/g, '').includes(right))
          expect(matchTotp(params, text, at(seconds), { window: 0, after: null })).toBeNull()
        },
      ),
    )
  })

  test('a view into a larger buffer is the same key as a copy of it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 80 }), fc.nat(4), (bytes, start) => {
        const view = bytes.subarray(start)
        expect(totpAt({ ...SHA1, key: view }, 1)).toBe(totpAt({ ...SHA1, key: view.slice() }, 1))
      }),
    )
  })
})

describe('keys', () => {
  test('a new one has 160 bits (N8)', () => {
    expect(newTotpKey(systemRandom).length).toBe(20)
    expect(toBase32(newTotpKey(systemRandom)).length).toBe(32)
    expect(newTotpKey(systemRandom)).not.toEqual(newTotpKey(systemRandom))
  })

  test('zero bytes in it count', () => {
    const zeros = new Uint8Array(20)
    // Recomputed with oathtool --hotp of forty hexadecimal zeros.
    expect(totpAt({ ...SHA1, key: zeros }, 0)).toBe('328482')
    const trailing = Uint8Array.from([...SHA1.key, 0])
    const leading = Uint8Array.from([0, ...SHA1.key])
    const inside = Uint8Array.from([...SHA1.key.slice(0, 10), 0, ...SHA1.key.slice(10)])
    const codes = [leading, inside].map((key) => totpAt({ ...SHA1, key }, 1))
    expect(new Set([...codes, totpAt(SHA1, 1)]).size).toBe(3)
    // HMAC pads keys with zeros (RFC 2104), so a trailing one alone makes no difference; its spelling does.
    expect(totpAt({ ...SHA1, key: trailing }, 1)).toBe(totpAt(SHA1, 1))
    expect(toBase32(trailing)).not.toBe(toBase32(SHA1.key))
  })

  test('S16: a key of less than 128 bits, as of a damaged row, makes no code', () => {
    expect(() => totpAt({ ...SHA1, key: new Uint8Array(0) }, 1)).toThrow(RangeError)
    expect(() => totpAt({ ...SHA1, key: SHA1.key.subarray(0, 15) }, 1)).toThrow(RangeError)
    expect(totpAt({ ...SHA1, key: SHA1.key.subarray(0, 16) }, 1)).toMatch(/^\d{6}$/)
  })

  test.each([5, 9, 0, 6.5, Number.NaN])('%s digits are refused', (digits) => {
    expect(() => totpAt({ ...SHA1, digits }, 1)).toThrow(RangeError)
  })

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('step %s is refused', (step) => {
    expect(() => totpAt(SHA1, step)).toThrow(RangeError)
  })

  test('the algorithms are three, by these names', () => {
    expect(['SHA1', 'SHA256', 'SHA512'].every(isTotpAlgorithm)).toBe(true)
    expect(['MD5', 'sha1', 'SHA-1', '', 'toString'].some(isTotpAlgorithm)).toBe(false)
  })
})

describe('key URI', () => {
  test('it follows the Key URI format, spaces as %20', () => {
    expect(keyUri({ issuer: 'Acme & Söhne', account: 'jane doe+x@example.com', key: SHA1.key })).toBe(
      'otpauth://totp/Acme%20%26%20S%C3%B6hne:jane%20doe%2Bx%40example.com' +
        '?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%26%20S%C3%B6hne&algorithm=SHA1&digits=6&period=30',
    )
  })

  test('the defaults are SHA-1, six digits and 30 seconds (N8), other parameters are said', () => {
    expect(TOTP_DEFAULTS).toEqual({ algorithm: 'SHA1', digits: 6, period: 30 })
    expect(keyUri({ issuer: 'A', account: 'b', ...SHA512, digits: 8, period: 15 })).toMatch(
      /&issuer=A&algorithm=SHA512&digits=8&period=15$/,
    )
  })

  test('a colon, which the format reserves, becomes a dash', () => {
    const uri = keyUri({ issuer: 'Acme: Europe', account: 'a:b', key: SHA1.key })
    expect(uri).toMatch(/^otpauth:\/\/totp\/Acme%20-%20Europe:a%20-%20b\?/)
    expect(uri).toContain('&issuer=Acme%20-%20Europe&')
  })

  test('an app reads back what went in, and shows the same code', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !text.includes(':') && text.trim() === text)
    fc.assert(
      fc.property(anyParams, name, name, (params, issuer, account) => {
        const read = URI.parse(keyUri({ issuer, account, ...params }))
        expect(read).toMatchObject({ issuer, label: account, algorithm: params.algorithm, digits: params.digits })
        expect(read.secret.bytes).toEqual(params.key)
        expect('period' in read && read.period).toBe(params.period)
        expect('period' in read && read.generate({ timestamp: 59_000 })).toBe(
          totpAt(params, timeStep(at(59), params.period)),
        )
      }),
    )
  })
})

describe('oathtool', () => {
  const oathtool = (...args: string[]) => {
    const { error, stdout } = spawnSync('oathtool', args, { encoding: 'utf8' })
    if (error)
      throw new Error('This test needs oathtool: install the Debian package of that name, or run npm test as root.')
    return stdout.trim()
  }

  test('50 random keys, times and parameters give the same codes (ASVS 11.2.1)', () => {
    const random = fc.sample(fc.tuple(anyParams, anyTime), 50)
    for (const [params, seconds] of random) {
      const code = oathtool(
        `--totp=${params.algorithm}`,
        `--digits=${params.digits}`,
        `--time-step-size=${params.period}s`,
        `--now=@${seconds}`,
        '--base32',
        toBase32(params.key),
      )
      expect(totpAt(params, timeStep(at(seconds), params.period))).toBe(code)
    }
  })
})
