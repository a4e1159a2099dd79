import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ROLES, type Role } from '../../identity/user/types'
import { may, mayGive, relationOfRow, takesIssuedCodes } from './rules'
import { PEOPLE_ACTIONS, RELATIONS } from './types'

const cells = ROLES.flatMap((actor) =>
  PEOPLE_ACTIONS.flatMap((action) =>
    RELATIONS.flatMap((relation) => ROLES.map((target) => ({ actor, action, relation, target }))),
  ),
)
const allowed = cells.filter((cell) => may(cell.actor, cell.action, cell.relation, cell.target))

describe('the permission matrix', () => {
  test('R3 R5 U6: has 1024 cells, and 137 of them are open', () => {
    expect(cells).toHaveLength(4 * 16 * 4 * 4)
    expect(allowed).toHaveLength(137)
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
