import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { STRICTEST } from '../../identity/policy/rules'
import { ROLES, type Role } from '../../identity/user/types'
import { may, mayGive, readPlace, relationOfRow, stretchesOf, takesIssuedCodes, writePlace } from './rules'
import { PEOPLE_ACTIONS, type PeopleQuery, RELATIONS } from './types'

const cells = ROLES.flatMap((actor) =>
  PEOPLE_ACTIONS.flatMap((action) =>
    RELATIONS.flatMap((relation) => ROLES.map((target) => ({ actor, action, relation, target }))),
  ),
)
const allowed = cells.filter((cell) => may(cell.actor, cell.action, cell.relation, cell.target))

describe('the permission matrix', () => {
  test('R3 R5 U6: has 768 cells, and 110 of them are open', () => {
    expect(cells).toHaveLength(4 * 12 * 4 * 4)
    expect(allowed).toHaveLength(110)
  })

  test('R3: nobody below admin may do anything, and nobody does anything to a stranger, or changes a higher role', () => {
    const rank = (role: Role) => ['end_user', 'agent', 'admin', 'owner'].indexOf(role)
    for (const { actor, action, relation, target } of allowed) {
      expect(['owner', 'admin']).toContain(actor)
      expect(['self', 'home', 'guest']).toContain(relation)
      if (action === 'see' || action === 'see_security') continue
      expect(relation).not.toBe('self')
      expect(rank(target)).toBeLessThanOrEqual(rank(actor))
    }
  })

  test('U6: a row of the list is oneself, a guest or somebody at home', () => {
    expect(relationOfRow('me', { userId: 'me', guest: false })).toBe('self')
    expect(relationOfRow('me', { userId: 'me', guest: true })).toBe('self')
    expect(relationOfRow('me', { userId: 'other', guest: true })).toBe('guest')
    expect(relationOfRow('me', { userId: 'other', guest: false })).toBe('home')
  })

  test('U6: of a guest nothing but the membership is touched', () => {
    const acts = new Set(allowed.filter(({ relation }) => relation === 'guest').map(({ action }) => action))
    expect(acts).toEqual(new Set(['see', 'end_membership']))
  })

  test('is what the documents say', () => {
    const page = readFileSync(fileURLToPath(new URL('../../../docs/permissions.md', import.meta.url)), 'utf8')
    const rows = PEOPLE_ACTIONS.map((action) => {
      const marks = (['owner', 'admin'] as const).map((actor) =>
        RELATIONS.map((relation) => {
          const roles = ROLES.filter((target) => may(actor, action, relation, target))
          return roles.length === ROLES.length ? 'all' : roles.length === 0 ? '–' : roles.join(', ')
        }),
      )
      return `| \`${action}\` | ${marks.map((each) => each.slice(0, 3).join(' | ')).join(' | ')} |`
    })
    for (const row of rows) expect(page).toContain(row)
  })

  test('R3: a role is given up to one’s own', () => {
    const given = ROLES.flatMap((actor) =>
      ROLES.filter((role) => mayGive(actor, role)).map((role) => `${actor}: ${role}`),
    )
    expect(given).toEqual([
      'owner: owner',
      'owner: admin',
      'owner: agent',
      'owner: end_user',
      'admin: admin',
      'admin: agent',
      'admin: end_user',
    ])
  })

  test('R4: codes for end users only where the tenant says so', () => {
    expect([takesIssuedCodes('team', false), takesIssuedCodes('end', false), takesIssuedCodes('end', true)]).toEqual([
      true,
      false,
      true,
    ])
  })
})

describe('the list as stretches', () => {
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

  test('M4: without a wish it is one stretch along the names', () => {
    expect(stretchesOf(query, policy(false, false), [])).toMatchObject([{ key: 'nameKey', prefix: '', enrolled: null }])
  })

  test('M4: a search goes along names, then surnames, then addresses, and shows nobody twice', () => {
    expect(stretchesOf({ ...query, search: ' ÖZ' }, policy(false, false), [])).toMatchObject([
      { key: 'nameKey', prefix: 'oz', notBy: [] },
      { key: 'surnameKey', prefix: 'oz', notBy: ['nameKey'] },
      { key: 'emailKey', prefix: 'oz', notBy: ['nameKey', 'surnameKey'] },
    ])
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
    const found = stretchesOf({ ...query, status: 'setup_required' }, policy(team, end), ['', 'totp'])
    expect(found).toMatchObject(expected)
    expect(found).toHaveLength(expected.length)
  })

  test('P7: factors of a kind that is not allowed are looked for among those who must set one up', () => {
    const kinds = ['', 'totp', 'sms', 'totp,sms']
    const found = (status: 'setup_required' | 'enrolled') =>
      stretchesOf({ ...query, status }, policy(true, true), kinds).map((each) => each.factorKinds)
    expect(found('setup_required')).toEqual([null, 'sms', 'sms', null])
    expect(found('enrolled')).toEqual(['totp', 'sms', 'totp,sms'])
    expect(stretchesOf({ ...query, status: 'enrolled' }, policy(true, true), ['', 'totp'])).toMatchObject([
      { enrolled: true, factorKinds: null },
    ])
  })

  test('M4: sorted by role there is a stretch for each, the highest first', () => {
    const roles = stretchesOf({ ...query, sort: 'role' }, policy(true, true), []).map((each) => each.role)
    expect(roles).toEqual(['owner', 'admin', 'agent', 'end_user'])
  })

  test('a place is read as it was written, and nothing else is one', () => {
    fc.assert(
      fc.property(
        fc.nat(99),
        fc.string({ maxLength: 100 }).filter((text) => !/\p{Cc}/u.test(text)),
        fc.uuid(),
        (stretch, key, id) => {
          expect(readPlace(writePlace({ stretch, key, id }))).toEqual({ stretch, key, id })
        },
      ),
    )
    for (const text of ['', '1', 'x.y.z', '1..z', '100.a.b', `1.a.${'x'.repeat(400)}`, '1.a.\u0000'])
      expect(readPlace(text)).toBeNull()
  })
})
