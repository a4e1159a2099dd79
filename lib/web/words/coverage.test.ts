import { expect, test } from 'vitest'
import { securityState } from './coverage'

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
