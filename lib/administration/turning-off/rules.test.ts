import { expect, test } from 'vitest'
import { decideTurningOff, type TurningOffFacts } from './rules'

const FACTS: TurningOffFacts = {
  tenant: { kind: 'customer', stage: 'production', name: 'Acme Café' },
  typedName: 'Acme Café',
  anybodyHasFactor: true,
  actorHasFactor: true,
  required: true,
  isOff: false,
}

test.each<[string, Partial<TurningOffFacts>, ReturnType<typeof decideTurningOff>]>([
  ['with a factor and the name', {}, 'turn_off'],
  ['a name with other spaces, and an accent of its own', { typedName: '  Acme   Cafe\u0301 ' }, 'turn_off'],
  ['another name', { typedName: 'Acme' }, { refused: 'name_differs' }],
  ['another case', { typedName: 'acme café' }, { refused: 'name_differs' }],
  ['no factor of one’s own where somebody has one', { actorHasFactor: false }, { refused: 'must_enrol_first' }],
  ['no factor at all', { actorHasFactor: false, anybodyHasFactor: false }, 'turn_off'],
  [
    'U7: a partner in production, whatever is typed',
    { tenant: { kind: 'partner', stage: 'production', name: 'Acme Café' }, typedName: '' },
    { refused: 'partner_in_production' },
  ],
  ['a partner on trial', { tenant: { kind: 'partner', stage: 'trial', name: 'Acme Café' } }, 'turn_off'],
  ['off, and nobody uses it', { isOff: true, required: false, anybodyHasFactor: false }, 'unchanged'],
  ['off, and required again', { isOff: true, anybodyHasFactor: false }, 'turn_off'],
  ['off, and a guest has a factor', { isOff: true, required: false }, 'turn_off'],
])('P6: %s', (_name, facts, outcome) => {
  expect(decideTurningOff({ ...FACTS, ...facts })).toEqual(outcome)
})
