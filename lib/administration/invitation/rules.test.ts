import { describe, expect, test } from 'vitest'
import { days, hours, later } from '../../core/kernel/time'
import { endInRole, INVITATION_DAYS, invitationUntil, refusedValidity, UNTIL_DEADLINE } from './rules'
import { daysField } from './schema'

const NOW = new Date('2026-11-30T09:00:00.000Z')
const on = (count: number) => later(NOW, days(count))
const terms = (usualDays: number, team: Date | null = null, end: Date | null = null) => ({
  usualDays,
  deadline: { team, end },
})

describe('how long an invitation is valid (R10, N25)', () => {
  test.each([
    ['its own days', 'end_user', 3, terms(7), on(3)],
    ['thirty at most', 'end_user', 30, terms(7), on(30)],
    ['as the company says, where it says nothing', 'agent', null, terms(10), on(10)],
    ['seven at most for an admin', 'admin', null, terms(30), on(7)],
    ['seven at most for an owner', 'owner', 30, terms(7), on(7)],
    ['until the day of end users', 'end_user', UNTIL_DEADLINE, terms(7, on(2), on(12)), on(12)],
    ['until the day of the team', 'agent', UNTIL_DEADLINE, terms(7, on(2), on(12)), on(2)],
    ['until the day, seven days at most for an admin', 'admin', UNTIL_DEADLINE, terms(7, on(12)), on(7)],
    ['until the day, thirty days at most', 'agent', UNTIL_DEADLINE, terms(7, on(80)), on(30)],
    ['a day at least', 'agent', UNTIL_DEADLINE, terms(7, later(NOW, hours(1))), on(1)],
    ['no day named', 'agent', UNTIL_DEADLINE, terms(7), on(INVITATION_DAYS)],
    ['the company says until the day', 'end_user', null, terms(UNTIL_DEADLINE, null, on(5)), on(5)],
  ] as const)('R10 N25: %s', (_name, role, validDays, company, expected) => {
    expect(invitationUntil({ role, validDays }, company, NOW)).toEqual(expected)
  })

  test.each([
    ['end_user', 30, null],
    ['end_user', 31, 'days_out_of_range'],
    ['agent', 8, null],
    ['admin', 7, null],
    ['admin', 8, 'days_out_of_range'],
    ['owner', 8, 'days_out_of_range'],
    ['agent', UNTIL_DEADLINE, null],
    ['end_user', UNTIL_DEADLINE, 'no_day_named'],
    ['owner', null, null],
  ] as const)('R10 N25: %s for %s days: %s', (role, validDays, expected) => {
    expect(refusedValidity({ role, validDays }, { deadline: { team: on(9), end: null } })).toBe(expected)
  })

  test.each([
    ['agent', 30, 30],
    ['admin', 30, 7],
    ['owner', 3, 3],
  ] as const)('R10 N25: a link in hand that gives %s from now on', (role, until, expected) => {
    expect(endInRole({ sentAt: NOW, expiresAt: on(until) }, role)).toEqual(on(expected))
  })

  test('R10: one that nobody was mailed has no end to move', () => {
    expect(endInRole({ sentAt: null, expiresAt: null }, 'owner')).toBeNull()
  })

  test.each([
    ['deadline', UNTIL_DEADLINE],
    ['1', 1],
    ['30', 30],
  ])('R10: a form says %s', (typed, expected) => {
    expect(daysField.parse(typed)).toBe(expected)
  })

  test.each(['', '0', '31', '-1', '7.5', 'week', '007'])('R10: a form that says %j is refused', (typed) => {
    expect(daysField.safeParse(typed).error?.issues[0]?.message).toBe('days_out_of_range')
  })
})
