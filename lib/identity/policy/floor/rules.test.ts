import { describe, expect, test } from 'vitest'
import { isUnreadableRow } from '../../../core/kernel/unreadable'
import { POLICY_ROW, policyRowWith } from '../../../testing/policy'
import { policyOf } from '../rules'
import type { Floor, FloorAbove, TypePolicy } from '../types'
import { belowFloor, boundPolicy, boundWith, floorsOf, floorThatHolds, NO_FLOOR, underFloors } from './rules'

const OWN: TypePolicy = policyOf(POLICY_ROW).team
const MARCH = new Date('2026-03-01T00:00:00Z')
const APRIL = new Date('2026-04-01T00:00:00Z')
const MAY = new Date('2026-05-01T00:00:00Z')
const REQUIRED = { required: true, requiredSince: APRIL, firstRequiredAt: APRIL }

let partners = 0
function above(floor: Partial<Floor>, name = `Partner ${++partners}`): FloorAbove {
  return { partner: { id: name, name }, version: 1, floor: { ...NO_FLOOR, ...floor } }
}

describe('the strictest over the levels', () => {
  test.each<[string, Partial<TypePolicy>, Partial<Floor>[], Partial<TypePolicy>]>([
    ['nobody asks for anything', {}, [{}], {}],
    ['a floor requires what the tenant does not', {}, [REQUIRED], REQUIRED],
    [
      'the tenant required it earlier',
      { required: true, requiredSince: MARCH },
      [REQUIRED],
      { requiredSince: MARCH, firstRequiredAt: APRIL },
    ],
    ['a floor required it earlier', { required: true, requiredSince: MAY }, [REQUIRED], REQUIRED],
    [
      'a floor that was taken back keeps no one',
      {},
      [{ firstRequiredAt: MARCH }],
      { required: false, firstRequiredAt: MARCH },
    ],
    [
      'the day of a floor counts where the tenant asks nothing',
      {},
      [{ ...REQUIRED, deadline: MAY }],
      { ...REQUIRED, deadline: MAY },
    ],
    ['a day of the tenant alone gives no time', { ...REQUIRED, deadline: MAY }, [REQUIRED], { deadline: null }],
    [
      'the earlier of two days',
      { ...REQUIRED, deadline: APRIL },
      [{ ...REQUIRED, deadline: MAY }],
      { deadline: APRIL },
    ],
    [
      'a day of a tenant under no requirement of it',
      { deadline: APRIL },
      [{ ...REQUIRED, deadline: MAY }],
      { ...REQUIRED, deadline: MAY },
    ],
    ['the shorter trust, the floor’s', {}, [{ trustDays: 14 }], { trustDays: 14 }],
    ['the shorter trust, the tenant’s', { trustDays: 7 }, [{ trustDays: 14 }], { trustDays: 7 }],
    ['never is the shortest', {}, [{ trustDays: 0 }], { trustDays: 0 }],
    ['of several, the shortest', {}, [{ trustDays: 20 }, { trustDays: 9 }, { trustDays: 14 }], { trustDays: 9 }],
    ['trust that has ended', { trustFloor: MARCH }, [{ trustFloor: APRIL }], { trustFloor: APRIL }],
    ['sessions', {}, [{ idleMinutes: 20 }, { sessionHours: 4 }], { idleMinutes: 20, sessionHours: 4 }],
    ['kinds in common', { kinds: ['totp', 'email'] }, [{ kinds: ['totp', 'passkey'] }], { kinds: ['totp'] }],
    [
      'kinds over several',
      { kinds: ['totp', 'email', 'sms'] },
      [{ kinds: ['totp', 'sms'] }, { kinds: ['sms'] }],
      { kinds: ['sms'] },
    ],
    ['kinds that have none in common', { kinds: ['email'] }, [{ kinds: ['totp'] }], { kinds: ['totp'] }],
    [
      'of two floors without one in common the higher',
      { kinds: ['email'] },
      [{ kinds: ['email'] }, { kinds: ['totp'] }],
      { kinds: ['totp'] },
    ],
  ])('T5: %s', (_, own, floors, counts) => {
    const mine = { ...OWN, ...own }
    expect(
      underFloors(
        mine,
        'team',
        floors.map((floor) => above(floor)),
      ),
    ).toEqual({ ...mine, ...counts })
  })

  test('T5: a floor takes nothing from what only the tenant sets', () => {
    const own = { ...OWN, sessionsVoidedAt: MARCH, deviceVerification: true, issuedRecoveryCodes: true }
    expect(underFloors(own, 'end', [above(REQUIRED)])).toMatchObject({
      sessionsVoidedAt: MARCH,
      deviceVerification: true,
      issuedRecoveryCodes: true,
    })
  })

  test('T5: without the floor the tenant has what it had set', () => {
    const own = policyOf(policyRowWith({ end: { trustDays: 60 } }))
    const bound = boundPolicy(own, { team: [], end: [above({ ...REQUIRED, trustDays: 7 })] })
    expect(bound.end).toMatchObject({ required: true, trustDays: 7 })
    expect(boundPolicy(bound.own, { team: [], end: [] })).toMatchObject({ team: own.team, end: own.end })
  })

  test('P10: a floor that moves is another version', () => {
    const own = policyOf(POLICY_ROW)
    const of = (version: number) => boundPolicy(own, { team: [{ ...above({}), version }], end: [] }).version
    expect(boundPolicy(own, { team: [], end: [] }).version).toBe(own.version)
    expect(of(2)).toBe(of(1) + 1)
  })
})

describe('a setting below a floor', () => {
  const floors = {
    team: [
      above({ trustDays: 14 }, 'Near'),
      above({ ...REQUIRED, deadline: APRIL, idleMinutes: 30, sessionHours: 8 }, 'Far'),
    ],
    end: [above({ kinds: ['totp', 'passkey'] }, 'Near')],
  }

  test.each<[Parameters<typeof belowFloor>[0], [string, string] | null]>([
    [{ team: { required: false } }, ['required', 'Far']],
    [{ team: { required: true } }, null],
    [{ end: { required: false } }, null],
    [{ team: { trustDays: 15 } }, ['trustDays', 'Near']],
    [{ team: { trustDays: 14 } }, null],
    [{ team: { idleMinutes: 31 } }, ['idleMinutes', 'Far']],
    [{ team: { sessionHours: 9 } }, ['sessionHours', 'Far']],
    [{ team: { sessionHours: 8, idleMinutes: 30 } }, null],
    [{ team: { deadline: MAY } }, ['deadline', 'Far']],
    [{ team: { deadline: APRIL } }, null],
    [{ team: { deadline: null } }, null],
    [{ end: { kinds: ['totp', 'email'] } }, ['kinds', 'Near']],
    [{ end: { kinds: ['totp'] } }, null],
    [{ team: { sessionsVoidedAt: MAY } }, null],
  ])('T5: %j', (change, refused) => {
    const below = belowFloor(change, floors)
    expect(below === null ? null : [below.setting, below.partner.name]).toEqual(refused)
  })

  test('T5, P8: where a floor names no day, no tenant below names one', () => {
    const asked = { team: [above(REQUIRED)], end: [] }
    expect(belowFloor({ team: { deadline: MAY } }, asked)?.setting).toBe('deadline')
    expect(belowFloor({ end: { deadline: MAY } }, asked)).toBeNull()
  })

  test('T5: what is asked for is said of whoever asks the most', () => {
    expect(floorThatHolds(floors.team, 'required')?.partner.name).toBe('Far')
    expect(floorThatHolds(floors.end, 'required')).toBeNull()
    const [one, other] = [above({ trustDays: 20 }, 'One'), above({ trustDays: 0 }, 'Other')]
    expect(floorThatHolds([one, other], 'trustDays')?.partner.name).toBe('Other')
    expect(
      floorThatHolds([above({ ...REQUIRED, deadline: MAY }, 'One'), above(REQUIRED, 'Other')], 'deadline')?.partner
        .name,
    ).toBe('Other')
  })

  test('T5: the log tells what counts after a change', () => {
    const own = policyOf(POLICY_ROW)
    const bound = boundPolicy(own, { team: [above({ trustDays: 14 })], end: [] })
    expect(boundWith(bound, { team: { trustDays: 7 } }).team.trustDays).toBe(7)
    expect(boundWith(bound, { team: { idleMinutes: 20 } }).team).toMatchObject({ trustDays: 14, idleMinutes: 20 })
  })
})

describe('rows', () => {
  const row = { ...POLICY_ROW.rules[0], x_distance: 1, f_tenantId: 'p', f_name: 'Partner', f_version: 3, f_required: 1 }

  test('S8: the nearest first, none where there is none, and both databases’ values alike', () => {
    expect(floorsOf('team', [{ ...row, f_tenantId: null }])).toEqual([])
    const rows = [{ ...row, x_distance: 2, f_name: 'Far', f_kinds: 'totp', f_trustDays: 7n }, row]
    expect(
      floorsOf('team', rows).map(({ partner, floor }) => [partner.name, floor.required, floor.kinds, floor.trustDays]),
    ).toEqual([
      ['Partner', true, null, null],
      ['Far', true, ['totp'], 7],
    ])
  })

  test('N41: a floor that says nothing stops whom it covers', () => {
    const broken = [{ ...row, f_idleMinutes: 'soon' }]
    try {
      floorsOf('team', broken)
      expect.unreachable()
    } catch (error) {
      if (!isUnreadableRow(error)) throw error
      expect(error.places).toEqual([
        { table: 'policy_floor', id: 'p team', column: 'idleMinutes', problem: 'no_number' },
      ])
    }
    const otherwise = floorsOf('team', broken, () => ({ ...NO_FLOOR, required: true }))
    expect(otherwise[0]?.floor.required).toBe(true)
  })
})
