import { describe, expect, test } from 'vitest'
import { days, earlier, hours, later, minutes } from '../../../core/kernel/time'
import {
  dueReminder,
  MAX_INVITATION_LINKS,
  nextReminderAt,
  reminderExpiry,
  reminderPlan,
  wasMailedLately,
} from './rules'

const SENT = new Date('2026-11-02T09:00:00.000Z')
const lived = (life: number) => ({ sentAt: SENT, expiresAt: later(SENT, life) })
const stepsOf = (life: number) => reminderPlan(lived(life)).map(({ step, at }) => [step, at.getTime() - SENT.getTime()])

describe('when somebody is reminded of an invitation', () => {
  test.each([
    ['a day', days(1), []],
    ['a moment less than two days', days(2) - 1, []],
    ['two days', days(2), [['last_day', days(1)]]],
    ['three days', days(3), [['last_day', days(2)]]],
    ['a moment less than four days', days(4) - 2, [['last_day', days(3) - 2]]],
    [
      'four days',
      days(4),
      [
        ['half_way', days(2)],
        ['last_day', days(3)],
      ],
    ],
    [
      'seven days',
      days(7),
      [
        ['half_way', hours(84)],
        ['last_day', days(6)],
      ],
    ],
    [
      'thirty days',
      days(30),
      [
        ['half_way', days(15)],
        ['last_day', days(29)],
      ],
    ],
  ])('R10: of a link that is valid for %s', (_, life, expected) => {
    expect(stepsOf(life)).toEqual(expected)
  })

  test('R10: nobody of what was never sent', () => {
    expect(reminderPlan({ sentAt: null, expiresAt: null })).toEqual([])
    expect(nextReminderAt({ sentAt: null, expiresAt: null }, SENT)).toBeNull()
  })

  test('R10: the next one after a moment, and none behind the last', () => {
    const life = lived(days(7))
    const [half, last] = [later(SENT, hours(84)), later(SENT, days(6))]
    expect(nextReminderAt(life, SENT)).toEqual(half)
    expect(nextReminderAt(life, earlier(half, 1))).toEqual(half)
    expect(nextReminderAt(life, half)).toEqual(last)
    expect(nextReminderAt(life, last)).toBeNull()
  })
})

describe('what is due when a worker looks', () => {
  const life = lived(days(7))
  const [half, last] = [later(SENT, hours(84)), later(SENT, days(6))]
  test.each([
    ['before the first', half, earlier(half, 1), null],
    ['at its moment', half, half, 'half_way'],
    ['a day late', half, later(half, days(1)), 'half_way'],
    ['so late that the next one is due as well', half, last, 'last_day'],
    ['at the last one', last, last, 'last_day'],
    ['late for the last one', last, earlier(life.expiresAt, 1), 'last_day'],
    ['at its end', half, life.expiresAt, null],
    ['where the first is done', later(half, 1), later(half, hours(1)), null],
    ['of one from before there were reminders', SENT, later(half, days(1)), 'half_way'],
    ['where none is to come', null, last, null],
  ] as const)('R10: %s', (_, remindAt, now, expected) => {
    expect(dueReminder({ ...life, remindAt }, now)).toBe(expected)
  })
})

test.each([
  ['just sent', SENT, null, minutes(1), true],
  ['sent almost a day ago', SENT, null, days(1) - minutes(15) - 1, true],
  ['sent a day ago, less what a worker may be late', SENT, null, days(1) - minutes(15), false],
  ['sent long ago and reminded of just now', SENT, later(SENT, days(3)), days(3) + 1, true],
  ['sent long ago and reminded of a day ago', SENT, later(SENT, days(3)), days(4), false],
  ['never sent', null, null, 0, false],
])('R10 P8: mailed about lately, where it was %s: %#', (_, sentAt, remindedAt, after, lately) => {
  expect(wasMailedLately({ sentAt, remindedAt }, later(SENT, after))).toBe(lately)
})

test('R10: a reminder that waits is dropped after a day, and with its link at the latest', () => {
  expect(reminderExpiry(later(SENT, days(3)), null, SENT)).toEqual(later(SENT, days(1)))
  expect(reminderExpiry(later(SENT, hours(2)), null, SENT)).toEqual(later(SENT, hours(2)))
  expect(reminderExpiry(later(SENT, days(3)), later(SENT, hours(1)), SENT)).toEqual(later(SENT, hours(1)))
})

test('R10: that of the mail and those of two reminders', () => {
  expect(MAX_INVITATION_LINKS).toBe(3)
})
