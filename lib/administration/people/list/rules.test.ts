import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { STRICTEST } from '../../../identity/policy/rules'
import { readCursor, segmentsOf, writeCursor } from './rules'
import type { PeopleQuery } from './types'

describe('the list as segments', () => {
  const query: PeopleQuery = {
    suspended: false,
    search: '',
    userType: null,
    role: null,
    status: null,
    atRisk: false,
    sort: 'name',
    from: 'first',
  }
  const policy = (team: boolean, end: boolean) => ({
    team: { ...STRICTEST, required: team },
    end: { ...STRICTEST, required: end },
  })

  test('M4: without a filter it is one segment along the names', () => {
    expect(segmentsOf(query, policy(false, false), [])).toMatchObject([{ key: 'nameKey', prefix: '', enrolled: null }])
  })

  test('M4: a search goes along names, then surnames, then addresses, and shows nobody twice', () => {
    expect(segmentsOf({ ...query, search: ' ÖZ' }, policy(false, false), [])).toMatchObject([
      { key: 'nameKey', prefix: 'oz', notBy: [] },
      { key: 'surnameKey', prefix: 'oz', notBy: ['nameKey'] },
      { key: 'emailKey', prefix: 'oz', notBy: ['nameKey', 'surnameKey'] },
    ])
  })

  test('M4: marks do not matter, and an address is looked for as people write it or as mail servers do', () => {
    const prefixes = (search: string) =>
      segmentsOf({ ...query, search }, policy(false, false), []).map(({ prefix }) => prefix)
    expect(prefixes('Łuk')).toEqual(['luk', 'luk', 'luk'])
    for (const typed of ['ann@bücher.example', 'ann@bucher.example', 'ann@xn--bcher-kva.example'])
      expect(prefixes(typed)).toEqual(Array(3).fill('ann@bucher.example'))
  })

  const alone = { needsFullRead: false, status: 'setup_required' }
  const apart = { needsFullRead: true, status: 'setup_required' }
  test.each([
    [true, true, [{ userType: null, enrolled: false, ownTwoFactor: null, ...alone }, apart]],
    [
      true,
      false,
      [
        { userType: 'team', enrolled: false, ownTwoFactor: null, ...alone },
        { userType: 'end', enrolled: false, ownTwoFactor: true, ...alone },
        apart,
      ],
    ],
    [false, false, [{ userType: null, enrolled: false, ownTwoFactor: true, ...alone }, apart]],
  ])('M4: setup required where team is %s and end is %s', (team, end, expected) => {
    const found = segmentsOf({ ...query, status: 'setup_required' }, policy(team, end), ['', 'totp'])
    expect(found).toMatchObject(expected)
    expect(found).toHaveLength(expected.length)
  })

  test('P7: factors of a kind that is not allowed are looked for among those who must set one up', () => {
    const kinds = ['', 'totp', 'sms', 'totp,sms']
    const found = (status: 'setup_required' | 'enrolled') =>
      segmentsOf({ ...query, status }, policy(true, true), kinds).map((each) => each.factorKinds)
    expect(found('setup_required')).toEqual([null, 'sms', 'sms', null])
    expect(found('enrolled')).toEqual(['totp', 'sms', 'totp,sms'])
    expect(segmentsOf({ ...query, status: 'enrolled' }, policy(true, true), ['', 'totp'])).toMatchObject([
      { enrolled: true, factorKinds: null },
    ])
  })

  test('M4: sorted by role there is a segment for each, the highest first', () => {
    const roles = segmentsOf({ ...query, sort: 'role' }, policy(true, true), []).map((each) => each.role)
    expect(roles).toEqual(['owner', 'admin', 'agent', 'end_user'])
  })

  test('a cursor is read as it was written, and nothing else is one', () => {
    fc.assert(
      fc.property(
        fc.nat(99),
        fc.string({ maxLength: 100 }).filter((text) => !/\p{Cc}/u.test(text)),
        fc.uuid(),
        (segment, key, id) => {
          expect(readCursor(writeCursor({ segment, key, id }))).toEqual({ segment, key, id })
        },
      ),
    )
    for (const text of ['', '1', 'x.y.z', '1..z', '100.a.b', `1.a.${'x'.repeat(400)}`, '1.a.\u0000'])
      expect(readCursor(text)).toBeNull()
  })
})
