import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hours, later, minutes } from '../../core/kernel/time'
import * as rules from './rules'
import {
  boundedEnd,
  clientPrefix,
  FACTOR_LIFETIME,
  FACTOR_ROUND,
  factorBlockedUntil,
  factorWait,
  MAILS_PER_DAY,
  MAILS_PER_QUARTER,
  PASSWORD_PER_ADDRESS,
  PASSWORD_PER_CLIENT,
  STEP_UP_PER_SESSION,
} from './rules'

describe('the limits', () => {
  test('S18: the numbers are those that SECURITY.md lists and no setting reaches them', () => {
    expect(PASSWORD_PER_ADDRESS).toEqual({ failures: 10, window: minutes(15) })
    expect(PASSWORD_PER_CLIENT).toEqual({ failures: 50, window: minutes(15) })
    expect(STEP_UP_PER_SESSION).toEqual({ failures: 3, window: minutes(10) })
    expect(MAILS_PER_QUARTER).toEqual({ failures: 9, window: minutes(15) })
    expect(MAILS_PER_DAY).toEqual({ failures: 30, window: hours(24) })
    expect(FACTOR_ROUND).toBe(5)
    // NIST SP 800-63B-4 3.2.2.
    expect(FACTOR_LIFETIME).toBeLessThanOrEqual(100)
  })
})

test('S30: SECURITY.md says of every limit who can use it up, whom it stops, and what still opens', () => {
  const text = readFileSync('SECURITY.md', 'utf8')
  const list = text.slice(text.indexOf('### Who can use up what'), text.indexOf('### All of them'))
  const entries = list.split('\n- ').map((entry) => entry.replace(/\s+/g, ' '))
  const told = entries.filter((entry) => /: used up by .+; stops .+\. \*Opens then\*: .+\./.test(entry))
  const limits = Object.keys(rules).filter((name) => /^[A-Z_]+$/.test(name))
  expect(limits.length).toBeGreaterThan(20)
  expect(limits.filter((name) => !told.some((entry) => entry.includes(`\`${name}\``)))).toEqual([])
})

describe('a wait that a clock wrote which was ahead', () => {
  const now = new Date('2026-11-20T09:00:00.000Z')
  test.each([
    [minutes(15), minutes(15), minutes(15)],
    [hours(24), hours(24), hours(24)],
    // Instances may differ by an hour.
    [minutes(75), minutes(15), minutes(75)],
    [minutes(75) + 1, minutes(15), minutes(15)],
    [hours(2) + minutes(15), minutes(15), minutes(15)],
    [-1, minutes(15), -1],
  ])('S5: one of %i ms, where %i is the longest, is one of %i', (ahead, longest, wait) => {
    expect(boundedEnd(later(now, ahead), longest, now)).toEqual(later(now, wait))
  })

  test('S5: bounding never ends a wait, shortens none that the rule could impose, and bounds each', () => {
    const anyWait = fc.integer({ min: -hours(30), max: hours(60) })
    fc.assert(
      fc.property(anyWait, fc.integer({ min: 1, max: hours(24) }), (ahead, longest) => {
        const end = later(now, ahead)
        const bounded = boundedEnd(end, longest, now)
        expect(bounded <= end).toBe(true)
        expect(bounded <= later(now, longest + hours(1))).toBe(true)
        if (ahead <= longest + hours(1)) expect(bounded).toEqual(end)
        else expect(bounded >= later(now, longest)).toBe(true)
      }),
    )
  })
})

describe('the wait after a round of failures', () => {
  test.each([
    [1, minutes(15)],
    [5, minutes(15)],
    [9, minutes(15)],
    [10, minutes(30)],
    [14, minutes(30)],
    [15, hours(1)],
    [20, hours(2)],
    [25, hours(4)],
    [30, hours(8)],
    [35, hours(16)],
    [40, hours(24)],
    [45, hours(24)],
    [100, hours(24)],
    [10_000, hours(24)],
  ])('S5: after %i consecutive failures a person waits %i ms', (failures, wait) => {
    expect(factorWait(failures)).toBe(wait)
  })

  test('S5: it never gets shorter with more failures, and never longer than a day', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (a, b) => {
        const [fewer, more] = a < b ? [a, b] : [b, a]
        expect(factorWait(more)).toBeGreaterThanOrEqual(factorWait(fewer))
        expect(factorWait(more)).toBeLessThanOrEqual(hours(24))
      }),
    )
  })

  test('S5: it counts from the failure', () => {
    const now = new Date('2026-11-20T09:00:00.000Z')
    expect(factorBlockedUntil(5, now)).toEqual(new Date('2026-11-20T09:15:00.000Z'))
  })
})

const byte = fc.nat(255)
const group = fc.nat(0xffff)
const hex = (value: number) => value.toString(16)
const longForm = (groups: readonly number[]) => groups.map(hex).join(':')
/** As URL writes it (RFC 5952). */
const shortForm = (groups: readonly number[]) => new URL(`http://[${longForm(groups)}]/`).hostname.slice(1, -1)
const padded = (groups: readonly number[]) => groups.map((each) => hex(each).padStart(4, '0')).join(':')

describe('the part of a client address that its holder cannot change at will', () => {
  test.each([
    ['192.0.2.7', '192.0.2.0/24'],
    ['::ffff:192.0.2.7', '192.0.2.0/24'],
    ['::FFFF:192.0.2.7', '192.0.2.0/24'],
    ['::ffff:c000:207', '192.0.2.0/24'],
    ['2001:db8:1:23ff::1', '2001:0db8:0001:23/56'],
    ['2001:0DB8:0001:2300:0:0:0:1', '2001:0db8:0001:23/56'],
    ['::1', '0000:0000:0000:00/56'],
    ['::', '0000:0000:0000:00/56'],
    ['fe80::1%eth0', 'fe80:0000:0000:00/56'],
    ['1::', '0001:0000:0000:00/56'],
    ['64:ff9b::192.0.2.7', '0064:ff9b:0000:00/56'],
    ['::ffff:192.0.2.7%eth0', '192.0.2.0/24'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.0/24'],
    ['::192.0.2.7', '192.0.2.0/24'],
    ['2001:db8:1:23ff::1%25eth0', '2001:0db8:0001:23/56'],
  ])('S5: %s counts as %s', (address, prefix) => {
    expect(clientPrefix(address)).toBe(prefix)
  })

  test('S5: without an address all share one counter, which is no address', () => {
    expect(clientPrefix(null)).toBe('unknown')
  })

  test.each(['', 'unix:', 'localhost', '192.0.2', '192.0.2.7.1', '2001:db8::1::', '2001:db8:1:2:3:4:5:6:7', '%eth0'])(
    'S5: what is no address counts as none: %j',
    (text) => {
      expect(clientPrefix(text)).toBe('unknown')
    },
  )

  test('S5: an IPv4 address counts as its /24, in every spelling of the mapped form', () => {
    fc.assert(
      fc.property(byte, byte, byte, byte, (a, b, c, d) => {
        const plain = `${a}.${b}.${c}.${d}`
        const mapped = [0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d]
        const expected = `${a}.${b}.${c}.0/24`
        expect(clientPrefix(plain)).toBe(expected)
        for (const text of [`::ffff:${plain}`, shortForm(mapped), longForm(mapped), padded(mapped).toUpperCase()]) {
          expect(clientPrefix(text)).toBe(expected)
        }
      }),
    )
  })

  test('S5: two IPv4 addresses share a counter exactly when their first three bytes are equal', () => {
    const address = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), byte)
    fc.assert(
      fc.property(address, address, (one, other) => {
        const same = one.slice(0, 3).join() === other.slice(0, 3).join()
        expect(clientPrefix(one.join('.')) === clientPrefix(other.join('.'))).toBe(same)
      }),
    )
  })

  test('S5: an IPv6 address counts as its first 56 bits, however it is written', () => {
    const any = fc.tuple(group, group, group, group, group, group, group, group)
    fc.assert(
      fc.property(any, any, (groups, rest) => {
        fc.pre(groups.slice(0, 5).some((each) => each !== 0))
        const short = shortForm(groups)
        expect(isIPv6(short)).toBe(true)
        const expected = `${padded(groups).slice(0, 17)}/56`
        for (const text of [short, longForm(groups), padded(groups), short.toUpperCase(), `${short}%eth0`]) {
          expect(clientPrefix(text)).toBe(expected)
        }
        const [, , , fourth = 0] = groups
        const neighbour = [...groups.slice(0, 3), (fourth & 0xff00) | (rest[3] & 0xff), ...rest.slice(4)]
        expect(clientPrefix(shortForm(neighbour))).toBe(expected)
        const stranger = [...groups.slice(0, 3), fourth ^ 0x0100, ...groups.slice(4)]
        expect(clientPrefix(shortForm(stranger))).not.toBe(expected)
      }),
    )
  })
})
