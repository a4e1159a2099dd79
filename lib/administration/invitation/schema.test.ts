import { expect, test } from 'vitest'
import { ownDaysField, readInvitationQuery } from './schema'

test.each([
  ['ann@b\u00fccher.example', 'ann@xn--bcher-kva.example'],
  ['Ann@B\u00dcCHER.example', 'ann@xn--bcher-kva.example'],
  ['ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example'],
  [' ANN', 'ann'],
  ['ann@b\u00fc', 'ann@b\u00fc'],
  ['', ''],
])('R10: an invitation is looked for by an address as people write it: %j', (q, search) => {
  expect(readInvitationQuery({ q })).toEqual({ search, from: 'first' })
})

test.each([
  ['company', null],
  ['deadline', 0],
  ['1', 1],
  ['30', 30],
])('R10: one invitation is valid as typed: %s', (typed, days) => {
  expect(ownDaysField.parse(typed)).toBe(days)
})

test.each(['', '0', '31', 'Company', 'x', undefined])('R10: %j is no time for which one is valid', (typed) => {
  expect(ownDaysField.safeParse(typed).error?.issues.map(({ message }) => message)).toEqual(['days_out_of_range'])
})
