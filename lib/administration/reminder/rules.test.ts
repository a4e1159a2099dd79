import { describe, expect, test } from 'vitest'
import { days, earlier, later } from '../../core/kernel/time'
import { policyOf, remindedUntil } from '../../identity/policy/rules'
import { policyRowWith } from '../../testing/policy'
import {
  askAgainAt,
  MILESTONES,
  milestoneAt,
  plannedReminders,
  readReminderPosition,
  slotOf,
  typesOf,
  writeReminderPosition,
} from './rules'

const NOW = new Date('2026-11-20T09:00:00.000Z')
const DAY = new Date('2026-12-31T00:00:00.000Z')
const CUSTOMER = { kind: 'customer', stage: 'production' } as const
const PARTNER = { kind: 'partner', stage: 'production' } as const
const policy = policyOf(
  policyRowWith({ team: { required: true, requiredSince: NOW, deadline: DAY }, end: { deadline: DAY } }),
)

test('P8: 14, 7 and 1 days before the end of the day', () => {
  expect(MILESTONES).toEqual([14, 7, 1])
})

test.each(MILESTONES)('P8: the reminder of %i days is due for a day from its moment on', (milestone) => {
  const at = earlier(DAY, days(milestone))
  expect(milestoneAt(DAY, later(at, -1))).toBeNull()
  expect(milestoneAt(DAY, at)).toBe(milestone)
  expect(milestoneAt(DAY, later(at, days(1) - 1))).toBe(milestone)
  expect(milestoneAt(DAY, later(at, days(1)))).toBeNull()
})

test('P8: nothing is due after the day, or far before it', () => {
  for (const offset of [0, 1, days(3)]) expect(milestoneAt(DAY, later(DAY, offset))).toBeNull()
  expect(milestoneAt(DAY, earlier(DAY, days(15)))).toBeNull()
})

test('P8: the same day has the same slot however often it is named, another one has its own', () => {
  expect(slotOf('team', DAY, 7)).toBe(`team ${DAY.toISOString()} 7`)
  const slots = [
    slotOf('team', DAY, 7),
    slotOf('team', DAY, 1),
    slotOf('end', DAY, 7),
    slotOf('team', later(DAY, days(1)), 7),
  ]
  expect(new Set(slots).size).toBe(4)
})

describe('whom reminders are for', () => {
  test('P8 U7: of types that must use 2FA and were given a day; no partner in production', () => {
    expect(remindedUntil(CUSTOMER, policy.team)).toEqual(DAY)
    expect(remindedUntil(CUSTOMER, policy.end)).toBeNull()
    expect(remindedUntil(PARTNER, policy.team)).toBeNull()
  })

  test('those that are still to come, the next one first', () => {
    const planned = (now: Date) =>
      plannedReminders(CUSTOMER, policy, now).map(({ userType, milestone }) => [userType, milestone])
    expect(planned(NOW)).toEqual([
      ['team', 14],
      ['team', 7],
      ['team', 1],
    ])
    expect(planned(earlier(DAY, days(7)))).toEqual([['team', 1]])
    expect(planned(DAY)).toEqual([])
    expect(plannedReminders(PARTNER, policy, NOW)).toEqual([])
  })

  test('a round goes to the types of which it is required when it goes out', () => {
    expect(typesOf(null, policy)).toEqual(['team'])
    expect(typesOf('team', policy)).toEqual(['team'])
    expect(typesOf('end', policy)).toEqual([])
  })
})

test.each([
  [-1, false],
  [0, true],
  [1, true],
])('P8: %i ms after a day it may be asked for again: %j', (past, may) => {
  expect(askAgainAt(earlier(NOW, days(1) + past), NOW) === null).toBe(may)
  expect(askAgainAt(null, NOW)).toBeNull()
})

test('a place is read as it was written', () => {
  for (const place of [
    { section: 'members', after: 'id-1' },
    { section: 'invited', after: '' },
    { section: 'invited', after: 'a b@example.com' },
    null,
  ] as const) {
    expect(readReminderPosition(writeReminderPosition(place))).toEqual(place)
  }
  expect(readReminderPosition(null)).toEqual({ section: 'members', after: '' })
  expect(() => readReminderPosition('nowhere')).toThrow()
})
