import { expect, test } from 'vitest'
import { areAllDone, firstSteps } from './rules'
import type { FirstStepsFacts } from './types'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 12, minute))
const WORKS = { toFolder: false, sentAt: at(0), failedAt: null }
const ALL: FirstStepsFacts = {
  ownFactors: 1,
  mail: WORKS,
  people: 2,
  invited: 0,
  told: true,
  required: true,
  reported: true,
}
const NONE: FirstStepsFacts = {
  ownFactors: 0,
  mail: { toFolder: true, sentAt: null, failedAt: null },
  people: 1,
  invited: 0,
  told: false,
  required: false,
  reported: false,
}
const stateOf = (facts: FirstStepsFacts, wanted: string) => firstSteps(facts).find(({ step }) => step === wanted)?.state

test('X9: the first steps stand in one order; a new company has none of them done, and all of them are done together', () => {
  expect(firstSteps(NONE)).toEqual([
    { step: 'own_2fa', state: 'missing' },
    { step: 'mail', state: 'to_folder' },
    { step: 'people', state: 'missing' },
    { step: 'tell', state: 'missing' },
    { step: 'require', state: 'missing' },
    { step: 'report', state: 'missing' },
  ])
  expect(areAllDone(firstSteps(NONE))).toBe(false)
  expect(areAllDone(firstSteps(ALL))).toBe(true)
})

test.each([
  ['own_2fa', { ownFactors: 0 }],
  ['mail', { mail: { ...WORKS, sentAt: null } }],
  ['people', { people: 1 }],
  ['tell', { told: false }],
  ['require', { required: false }],
  ['report', { reported: false }],
] as const)('X9: %s alone keeps the list', (step, missing) => {
  const steps = firstSteps({ ...ALL, ...missing })
  expect(areAllDone(steps)).toBe(false)
  expect(steps.filter(({ state }) => state !== 'done').map((each) => each.step)).toEqual([step])
})

test('X9: somebody who is invited is somebody besides oneself', () => {
  expect(stateOf({ ...NONE, invited: 1 }, 'people')).toBe('done')
})

test.each([
  [{ toFolder: true, sentAt: at(5), failedAt: null }, 'to_folder'],
  [{ toFolder: false, sentAt: null, failedAt: null }, 'none_sent'],
  [{ toFolder: false, sentAt: null, failedAt: at(1) }, 'last_failed'],
  [{ toFolder: false, sentAt: at(1), failedAt: at(2) }, 'last_failed'],
  [{ toFolder: false, sentAt: at(2), failedAt: at(1) }, 'done'],
  [{ toFolder: false, sentAt: at(2), failedAt: at(2) }, 'done'],
] as const)('X9: mail of which %j is known is %s', (mail, state) => {
  expect(stateOf({ ...ALL, mail }, 'mail')).toBe(state)
})
