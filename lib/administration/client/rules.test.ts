import { describe, expect, test } from 'vitest'
import type { Progress } from '../../coverage/types'
import { aTypePolicy } from '../../testing/rows'
import { clientState, isTooDeep, readClientCursor, requiredOfAll, writeClientCursor } from './rules'

const NOBODY: Progress = {
  enrolled: 0,
  mustSetUp: 0,
  invited: 0,
  of: 0,
  exempt: 0,
  service: 0,
  notRequired: 0,
  suspended: 0,
}
const ALL = { team: true, end: true }
const NONE = { team: false, end: false }

describe('how a tenant stands', () => {
  test.each([
    ['suspended', { suspended: true, required: ALL }, { ...NOBODY, enrolled: 1, of: 1 }],
    ['empty', { required: ALL }, { ...NOBODY, invited: 1, of: 1 }],
    ['off', { required: NONE }, { ...NOBODY, notRequired: 3 }],
    ['outstanding', { required: ALL }, { ...NOBODY, enrolled: 4, mustSetUp: 1, of: 5 }],
    ['outstanding', { required: ALL }, { ...NOBODY, enrolled: 4, invited: 1, of: 5 }],
    ['partly', { required: { team: true, end: false } }, { ...NOBODY, enrolled: 4, of: 4 }],
    ['done', { required: ALL }, { ...NOBODY, enrolled: 4, of: 4 }],
  ] as const)('T4 P9: %s', (state, of, progress) => {
    expect(clientState(of, progress)).toBe(state)
  })
})

test.each([
  [0, false],
  [6, false],
  [7, true],
  [8, true],
])('below somebody with %i above, a form makes none: %s', (above, tooDeep) => {
  expect(isTooDeep(above)).toBe(tooDeep)
})

describe('a cursor', () => {
  test('comes back as it was written', () => {
    const cursor = { value: 10_001, key: 'zürich. nord', id: '0197-a' }
    expect(readClientCursor(writeClientCursor(cursor))).toEqual(cursor)
  })

  test.each(['', 'x', '1.2', '-1.a.b', '1.a b.c', `1.${'a'.repeat(61)}.c`, '1.a.b\u0000'])('%j is none', (text) => {
    expect(readClientCursor(text)).toBeNull()
  })
})

test('U7 P4: what is required already goes on counting, and the rest from now on', () => {
  const now = new Date('2026-11-30T00:00:00Z')
  const before = new Date('2026-01-01T00:00:00Z')
  const team = aTypePolicy({ required: true, requiredSince: before, firstRequiredAt: before })
  const end = aTypePolicy({ firstRequiredAt: before })
  const changes = requiredOfAll({ tenantId: 't', version: 1, team, end }, now)
  expect(changes).toEqual({ team: {}, end: { required: true, requiredSince: now, firstRequiredAt: before } })
})
