import { expect, test } from 'vitest'
import { noCounts } from '../../coverage/rules'
import { LOCALES } from '../../i18n/locales'
import { translator } from '../../i18n/translate'
import { FLOOR_SETTINGS, NO_FLOOR } from '../../identity/policy/floor/rules'
import type { Floor } from '../../identity/policy/types'
import { foretold, securityState, stepText, whyText } from './coverage'
import { floorText } from './floors'

const VIEW = {
  kinds: [],
  mailWithheld: null,
  codesLeft: 10,
  codesKept: true,
  turnedOn: false,
  steppedUp: false,
  minimumPassword: 15,
  wasReset: false,
}
const FACTOR = {
  id: '1',
  kind: 'totp' as const,
  name: 'Phone',
  target: null,
  createdAt: new Date(0),
  lastUsedAt: null,
  first: true,
  removable: true,
  allowed: true,
}

test.each([
  [1, true, true, 'enrolled', 'positive'],
  [1, true, false, 'enrolled', 'positive'],
  [2, true, true, 'enrolled', 'positive'],
  // The requirement has ended, and nobody asks for the factor (P5).
  [1, false, false, 'notAsked', 'neutral'],
  [0, true, true, 'setupRequired', 'attention'],
  [0, false, false, 'off', 'neutral'],
] as const)('%i factors, in force %s, required %s: %s', (count, inForce, required, word, badge) => {
  const state = securityState({ ...VIEW, factors: Array(count).fill(FACTOR), inForce, required })
  expect(state).toEqual({ word, badge, sentence: word })
})

test('P2 P9: where only invited people must set up, the preview says so beside nobody', () => {
  const counts = { ...noCounts(), invited: 60, invitedOutcome: 'must_enrol' as const }
  const rows = foretold(counts, translator('en'))
  expect(rows.map(({ outcome, text, invited }) => [outcome, text, invited])).toEqual([
    ['fine', '0 people', null],
    ['must_enrol', '0 people', 'and 60 invited people, when they accept'],
  ])
  const one = foretold({ ...counts, invited: 1, invitedOutcome: 'may_put_off' }, translator('en'))
  expect(one.at(-1)).toMatchObject({
    outcome: 'may_put_off',
    people: 0,
    invited: 'and 1 invited person, when they accept',
  })
  for (const locale of LOCALES) {
    expect(foretold(counts, translator(locale))[1]?.invited).toContain('60')
    const nothing = foretold({ ...counts, invitedOutcome: null }, translator(locale))
    expect(nothing.map(({ invited }) => invited)).toEqual([null, null])
  }
})

test('T5, M9: what a partner above asks is said of the partner, in every language', () => {
  const [tenant, partner] = [
    { id: 'home', name: 'Contoso' },
    { id: 'above', name: 'Northwind' },
  ]
  const at = { tenant, partner, userType: 'end', decides: true } as const
  for (const locale of LOCALES) {
    const words = { t: translator(locale), time: (date: Date) => date.toISOString() }
    const since = new Date(0)
    const coverage = {
      path: 'enrol',
      state: 'setup_required',
      rule: 'required',
      tenant,
      partner,
      since,
      until: null,
      deadline: null,
      inForce: true,
      kinds: [],
    } as const
    expect(whyText(coverage, words)[1]).toContain('Northwind')
    for (const step of [
      { setting: 'required', since, ...at },
      { setting: 'kinds', kinds: ['totp'], ...at },
      { setting: 'deadline', until: since, ...at },
    ] as const) {
      expect(stepText(step, words)).toMatch(/Northwind.*Contoso|Contoso.*Northwind/)
      expect(stepText({ ...step, partner: undefined }, words)).not.toContain('Northwind')
    }
  }
})

test('T5: beside a setting stands who asks for what, and nothing where nobody does', () => {
  const above = (floor: Partial<Floor>) => [
    { partner: { id: 'above', name: 'Northwind' }, version: 1, floor: { ...NO_FLOOR, ...floor } },
  ]
  const asked = above({ required: true, kinds: ['totp', 'passkey'], trustDays: 14, idleMinutes: 20, sessionHours: 8 })
  for (const locale of LOCALES) {
    const words = { t: translator(locale), time: (date: Date) => date.toISOString() }
    for (const setting of FLOOR_SETTINGS) {
      expect(floorText(asked, setting, words)).toContain('Northwind')
      expect(floorText(above({}), setting, words)).toBeNull()
    }
    expect(floorText(asked, 'trustDays', words)).toContain('14')
    expect(floorText(above({ trustDays: 0 }), 'trustDays', words)).not.toContain('0')
    expect(floorText(above({ required: true, deadline: new Date(0) }), 'deadline', words)).toContain('1969-12-31')
  }
})
