import { describe, expect, test } from 'vitest'
import { NO_FLOOR } from '../../identity/policy/floor/rules'
import { policyOf } from '../../identity/policy/rules'
import type { Floor, FloorAbove, RuleBelow } from '../../identity/policy/types'
import { POLICY_ROW } from '../../testing/policy'
import { decideFloors, effectsOf, leftWithoutKind, type WantedFloor } from './rules'

const NOW = new Date('2026-11-20T09:00:00Z')
const BEFORE = new Date('2026-09-01T00:00:00Z')
const FREE: WantedFloor = {
  required: false,
  deadline: '',
  kinds: ['totp', 'email'],
  trustDays: null,
  idleMinutes: null,
  sessionHours: null,
}
const NONE = { team: NO_FLOOR, end: NO_FLOOR }
const BY = { zone: 'UTC', hasFactor: true, deliverable: ['totp', 'email'] } as const

const decide = (
  floor: Partial<Floor>,
  wanted: Partial<WantedFloor>,
  by: Partial<Parameters<typeof decideFloors>[2]> = {},
) =>
  decideFloors(
    { ...NONE, team: { ...NO_FLOOR, ...floor } },
    { team: { ...FREE, ...wanted }, end: FREE },
    { ...BY, ...by },
    NOW,
  )

describe('decideFloors', () => {
  test('T5: a form that says nothing changes nothing', () => {
    expect(decide({}, {})).toEqual({ outcome: 'unchanged' })
  })

  test('P4, P8: a requirement counts from now on, and no flip gives time anew', () => {
    expect(decide({}, { required: true })).toEqual({
      outcome: 'change',
      floors: { team: { ...NO_FLOOR, required: true, requiredSince: NOW, firstRequiredAt: NOW } },
    })
    const on = { required: true, requiredSince: BEFORE, firstRequiredAt: BEFORE }
    expect(decide(on, { required: true })).toEqual({ outcome: 'unchanged' })
    expect(decide(on, {})).toMatchObject({
      floors: { team: { required: false, requiredSince: null, firstRequiredAt: BEFORE } },
    })
    expect(decide({ firstRequiredAt: BEFORE }, { required: true })).toMatchObject({
      floors: { team: { requiredSince: NOW, firstRequiredAt: BEFORE } },
    })
  })

  test.each<[Partial<Floor>, string, boolean]>([
    [{}, '2027-02-17', true],
    [{}, '2027-02-18', false],
    [{}, '2026-11-19', false],
    [{}, 'tomorrow', false],
    [{ firstRequiredAt: BEFORE }, '2026-11-29', true],
    [{ firstRequiredAt: BEFORE }, '2026-11-30', false],
  ])('P8: of %j the day %s', (floor, deadline, allowed) => {
    expect(decide(floor, { required: true, deadline }).outcome).toBe(allowed ? 'change' : 'refused')
  })

  test.each<[Partial<WantedFloor>, string | null]>([
    [{ trustDays: 6 }, 'trust_out_of_range'],
    [{ trustDays: 91 }, 'trust_out_of_range'],
    [{ trustDays: Number.NaN }, 'trust_out_of_range'],
    [{ trustDays: 0 }, null],
    [{ trustDays: 7 }, null],
    [{ idleMinutes: 14 }, 'limits_out_of_range'],
    [{ idleMinutes: 61 }, 'limits_out_of_range'],
    [{ sessionHours: 13 }, 'limits_out_of_range'],
    [{ sessionHours: 0 }, 'limits_out_of_range'],
    [{ sessionHours: 12, idleMinutes: 15 }, null],
    [{ kinds: [] }, 'no_kind'],
    [{ kinds: ['sms'] }, 'no_kind'],
  ])('T5: %j', (wanted, code) => {
    expect(decide({}, wanted)).toMatchObject(code === null ? { outcome: 'change' } : { outcome: 'refused', code })
  })

  test('P7: a kind that has no box stays as it was', () => {
    expect(decide({}, { kinds: ['totp'] })).toMatchObject({ floors: { team: { kinds: ['totp', 'sms', 'passkey'] } } })
    expect(decide({ kinds: ['totp', 'passkey'] }, {})).toMatchObject({
      floors: { team: { kinds: ['totp', 'email', 'passkey'] } },
    })
    expect(decide({ kinds: ['totp', 'sms', 'passkey'] }, {})).toMatchObject({ floors: { team: { kinds: null } } })
  })

  test.each<[number | null, number | null, string]>([
    [null, 14, '2026-11-06'],
    [14, null, '2026-11-06'],
    [14, 30, '2026-11-06'],
    [0, null, '2026-11-20'],
  ])('D3: from %j to %j days, trust of before %s has ended for good', (from, to, day) => {
    const mark = new Date(`${day}T09:00:00Z`)
    expect(decide({ trustDays: from }, { trustDays: to })).toMatchObject({
      floors: { team: { trustDays: to, trustFloor: mark } },
    })
  })

  test('P3: whoever has no second factor requires none of others', () => {
    expect(decide({}, { required: true }, { hasFactor: false })).toEqual({
      outcome: 'refused',
      code: 'must_enrol_first',
    })
    expect(
      decide(
        { required: true, requiredSince: BEFORE, firstRequiredAt: BEFORE },
        { required: true, trustDays: 7 },
        { hasFactor: false },
      ).outcome,
    ).toBe('change')
  })
})

const PARTNER = { id: 'p', name: 'Partner' }
function below(own: Partial<RuleBelow['own']>, more: Partial<RuleBelow> = {}): RuleBelow {
  const tenant = { id: 'c', slug: 'c', name: 'Customer', kind: 'customer', stage: 'production' } as const
  return { tenant, userType: 'team', own: { ...policyOf(POLICY_ROW).team, ...own }, floors: [], nearer: 0, ...more }
}
const floorOfAnother = (kinds: Floor['kinds']): FloorAbove => ({
  partner: { id: 'q', name: 'Other' },
  version: 1,
  floor: { ...NO_FLOOR, kinds },
})

describe('leftWithoutKind', () => {
  test.each<[string, RuleBelow, Floor['kinds'], boolean]>([
    ['one in common', below({ kinds: ['email', 'totp'] }), ['totp'], false],
    ['none in common', below({ kinds: ['email'] }), ['totp'], true],
    ['one that cannot be delivered', below({ kinds: ['email', 'passkey'] }), ['totp', 'passkey'], true],
    ['no floor', below({ kinds: ['passkey'] }), null, false],
    [
      'under a floor of another',
      below({ kinds: ['email', 'totp'] }, { floors: [floorOfAnother(['email'])] }),
      ['totp'],
      true,
    ],
  ])('T5, P7: %s', (_, rule, kinds, without) => {
    const found = leftWithoutKind([rule], PARTNER, { ...NONE, team: { ...NO_FLOOR, kinds } }, ['totp', 'email'])
    expect(found?.tenant.name ?? null).toBe(without ? 'Customer' : null)
  })
})

describe('effectsOf', () => {
  const alike = (factorKinds: string, people: number) =>
    ({ tenantId: 'c', userType: 'team', factorKinds, ownTwoFactor: false, people }) as const
  const floor = { ...NO_FLOOR, required: true, requiredSince: NOW, firstRequiredAt: NOW, kinds: ['totp'] as const }

  test('P2: who must set up 2FA then, by what they have', () => {
    const people = [alike('', 3), alike('totp', 4), alike('email', 5)]
    expect(effectsOf([below({})], PARTNER, { ...NONE, team: floor }, people, NOW)).toMatchObject([
      { settings: ['required', 'kinds'], mustSetUp: { now: 0, after: 8 } },
    ])
  })

  test('P2: whoever asks for more already is not among them', () => {
    const rule = below({ required: true, requiredSince: BEFORE, kinds: ['totp'], trustDays: 7 })
    expect(effectsOf([rule], PARTNER, { ...NONE, team: { ...floor, trustDays: 14 } }, [alike('', 3)], NOW)).toEqual([])
  })

  test('T5: the floor that is there is left out of what then counts', () => {
    const rule = below({}, { floors: [{ partner: PARTNER, version: 1, floor }] })
    expect(effectsOf([rule], PARTNER, NONE, [alike('', 3)], NOW)).toMatchObject([{ mustSetUp: { now: 3, after: 0 } }])
  })
})
