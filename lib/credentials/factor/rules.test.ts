import { describe, expect, test } from 'vitest'
import type { FactorKind } from '../../identity/policy/types'
import { aFactorRow } from '../../testing/rows'
import { isConfirmed, mayRemove, numbered, usableFactors } from './rules'
import { keyBinding } from './totp/rules'
import type { FactorRow } from './types'

const AT = new Date('2026-11-20T09:00:00.000Z')

const aFactor = (more: Partial<FactorRow> = {}) => aFactorRow(AT, more)

describe('a factor', () => {
  test.each([
    ['confirmed', AT, null, true],
    ['unconfirmed', null, null, false],
    ['revoked', AT, AT, false],
    ['revoked before it was confirmed', null, AT, false],
  ])('S7: %s counts: %s, %s, %s', (_name, confirmedAt, revokedAt, counts) => {
    const factor = aFactor({ confirmedAt, revokedAt })
    expect(isConfirmed(factor)).toBe(counts)
    expect(usableFactors([factor], ['totp'])).toEqual(counts ? [factor] : [])
  })

  test.each([
    [[], false],
    [['totp'], true],
    [['email', 'passkey', 'sms'], false],
    [['passkey', 'totp'], true],
  ] as [FactorKind[], boolean][])('S7 P7: where %j are allowed an app counts: %s', (kinds, counts) => {
    expect(usableFactors([aFactor()], kinds)).toHaveLength(counts ? 1 : 0)
  })

  test('S7: of many only those that count are given, in their order', () => {
    const factors = [
      aFactor({ id: '1' }),
      aFactor({ id: '2', confirmedAt: null }),
      aFactor({ id: '3', kind: 'sms' }),
      aFactor({ id: '4' }),
      aFactor({ id: '5', revokedAt: AT }),
    ]
    expect(usableFactors(factors, ['totp']).map((factor) => factor.id)).toEqual(['1', '4'])
  })

  test('S16: a key is sealed to tenant, person and factor', () => {
    expect(keyBinding('acme', 'ann', 'app')).toEqual(['totp-key', 'acme', 'ann', 'app'])
  })
})

describe('the label of an app', () => {
  const [live, gone] = [{ revokedAt: null }, { revokedAt: AT }]
  test.each([
    ['the first', [], 'ann'],
    ['beside one that counts', [live], 'ann (2)'],
    ['after one that is gone', [gone], 'ann'],
    ['beside the second, after the first is gone', [gone, live], 'ann (3)'],
    ['after all are gone', [gone, gone], 'ann'],
  ])('E2 E3: %s', (_name, before, label) => {
    expect(numbered('ann', before)).toBe(label)
  })
})

describe('removing a factor', () => {
  const app = { id: 'app', kind: 'totp' } as const
  const two = [app, { id: 'other', kind: 'totp' } as const]
  const one = [app]
  const mixed = [app, { id: 'mail', kind: 'email' } as const]

  test.each([
    ['one of two', 'app', two, false, { allowed: true, last: false }],
    ['one of two while required', 'app', two, true, { allowed: true, last: false }],
    ['the last', 'app', one, false, { allowed: true, last: true }],
    ['the last while required', 'app', one, true, { allowed: false, reason: 'required' }],
    ['one that is not there', 'none', two, false, { allowed: false, reason: 'not_found' }],
    ['one that is not there beside the last', 'none', one, true, { allowed: false, reason: 'not_found' }],
    ['one of none', 'app', [], false, { allowed: false, reason: 'not_found' }],
    ['the last of an allowed kind while required', 'app', mixed, true, { allowed: false, reason: 'required' }],
    ['one of a kind that is no longer allowed', 'mail', mixed, true, { allowed: true, last: false }],
  ])('E7: %s', (_name, id, confirmed, required, decision) => {
    expect(mayRemove(id, confirmed, { required, kinds: ['totp'] })).toEqual(decision)
  })
})
