import { describe, expect, test } from 'vitest'
import { ROLES, type Role } from '../../../identity/user/types'
import { may } from '../../people/rules'
import { readHeadings } from '../columns/rules'
import { readRow } from '../row/rules'
import { rowOutcomeOf } from '../rules'
import type { Said } from '../types'
import { changeOf, outcomeOfThere, refusedChange, type There } from './rules'

const ANN: There = {
  userId: 'ann',
  name: 'Ann',
  role: 'agent',
  locale: 'en',
  guest: false,
  suspended: false,
  service: false,
}
const SAYS: Said = { name: null, role: null, locale: null, secrets: false }
const OWNER = { id: 'olga', role: 'owner' as const }

describe('X8: what a file says of people who are there', () => {
  test('an empty cell and a column that is not there change nothing', () => {
    expect(changeOf(SAYS, ANN).to).toEqual({})
    expect(changeOf({ ...SAYS, name: 'Ann', role: 'agent', locale: 'en' }, ANN).to).toEqual({})
    expect(changeOf({ ...SAYS, name: 'Anna', role: 'admin', locale: 'de' }, ANN)).toEqual({
      from: { name: 'Ann', role: 'agent', locale: 'en' },
      to: { name: 'Anna', role: 'admin', locale: 'de' },
      secrets: false,
    })
  })

  test('the role that was chosen for rows without one is of new people alone', () => {
    const read = readHeadings(['Email', 'Name', 'Role'])
    const row = read.ok && readRow(2, ['ann@example.com', 'Ann', ''], read.value, 'end_user')
    expect(row).toMatchObject({ person: { role: 'end_user' }, said: { role: null } })
  })

  test.each([
    [['Email', 'Name'], ['ann@example.com', 'Anna'], 'no_role'],
    [['Email', 'Role'], ['ann@example.com', 'admin'], 'required'],
    [['Email', 'Name', 'Role', 'Hash'], ['ann@example.com', 'Anna', 'agent', 'plain'], 'hash_not_accepted'],
    [['Email', 'Name', 'Role', 'TOTP'], ['ann@example.com', 'Anna', 'agent', 'no key'], 'key_not_accepted'],
  ])('%j: what is asked of new people keeps nobody who is there from being changed', (headings, cells, problem) => {
    const read = readHeadings(headings)
    const row = read.ok ? readRow(2, cells, read.value, null) : null
    if (row === null) throw new Error('not read')
    const facts = {
      tenantId: 'acme',
      taken: null,
      held: false,
      invited: null,
      invite: false,
      suspended: false,
      secrets: true,
      mayGive: () => true,
      changer: OWNER,
    }
    expect(rowOutcomeOf(row, facts)).toMatchObject({ outcome: 'refused', problem })
    const there = { ...facts, taken: ['acme'], there: ANN }
    expect(rowOutcomeOf(row, there).outcome).toBe('differs')
    expect(rowOutcomeOf(row, { ...there, update: true }).outcome).toBe('changed')
    expect(rowOutcomeOf(row, { ...there, there: null, update: true })).toMatchObject({ problem: 'unreadable' })
  })

  test.each([
    ['oneself', { userId: 'olga' }, 'yourself'],
    ['a guest', { guest: true }, 'guest'],
    ['somebody suspended', { suspended: true }, 'suspended_here'],
    ['an owner', { role: 'owner' as const }, 'owner'],
  ])('U6: %s is not changed', (_, there, problem) => {
    const change = changeOf({ ...SAYS, name: 'Anna', role: 'admin' }, { ...ANN, ...there })
    expect(refusedChange(change, { ...ANN, ...there }, OWNER)).toMatchObject({ problem })
  })

  test('R3 S29: exactly what the person’s page allows, and never to or from owner', () => {
    for (const actor of ROLES) {
      for (const from of ROLES) {
        const there = { ...ANN, role: from }
        const named = refusedChange(changeOf({ ...SAYS, name: 'Anna' }, there), there, { id: 'x', role: actor })
        expect([actor, from, named === null]).toEqual([actor, from, may(actor, 'change_profile', 'home', from)])
        for (const to of ROLES.filter((role) => role !== from)) {
          const refused = refusedChange(changeOf({ ...SAYS, role: to }, there), there, { id: 'x', role: actor })
          const open = may(actor, 'change_role', 'home', from) && ![from, to].includes('owner')
          expect([actor, from, to, refused === null]).toEqual([actor, from, to, open])
        }
      }
    }
    expect(refusedChange(changeOf({ ...SAYS, name: 'Anna' }, ANN), ANN, null)).toMatchObject({
      problem: 'not_permitted',
    })
  })

  test('where nobody asked, nobody is refused, and whoever could not be changed is told with the reason', () => {
    const of = (role: Role, update: boolean, name = 'Anna') => {
      const there = { ...ANN, role }
      const { outcome, problem } = outcomeOfThere(
        { ...SAYS, name },
        { there, update, changer: { id: 'x', role: 'admin' } },
      )
      return [outcome, problem]
    }
    expect([of('agent', false), of('agent', true)]).toEqual([
      ['differs', null],
      ['changed', null],
    ])
    expect([of('owner', false), of('owner', true)]).toEqual([
      ['unchangeable', 'higher_role'],
      ['refused', 'higher_role'],
    ])
    for (const role of ['agent', 'owner'] as const) {
      expect([of(role, false, ANN.name), of(role, true, ANN.name)]).toEqual([
        ['unchanged', null],
        ['unchanged', null],
      ])
    }
  })
})
