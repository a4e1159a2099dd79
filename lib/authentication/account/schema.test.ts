import { expect, test } from 'vitest'
import { changePasswordSchema, factorSchema, renameSchema, stepUpSchema } from './schema'

const ID = '01890a5d-ac96-774b-bcce-b302099a8057'

test('S2: no form of the account names a person', () => {
  const sent = { factor: ID, userId: ID, person: ID }
  expect(factorSchema.parse(sent)).toEqual({ factor: ID })
  expect(renameSchema.parse({ ...sent, name: ' Phone ' })).toEqual({ factor: ID, name: 'Phone' })
  expect(stepUpSchema.parse({ method: 'factor', factor: ID, passcode: ' 123456 ', returnTo: '/', userId: ID })).toEqual(
    {
      method: 'factor',
      factor: ID,
      passcode: '123456',
      returnTo: '/',
    },
  )
})

test('ASVS 6.2.8: a password is taken as it was typed, spaces included', () => {
  expect(changePasswordSchema.parse({ current: ' a ', next: ' b ' })).toEqual({ current: ' a ', next: ' b ' })
  const typed = { method: 'password', password: ' a ', returnTo: '/' }
  expect(stepUpSchema.parse(typed)).toEqual(typed)
})

test.each([
  [factorSchema, { factor: 'not-an-id' }],
  [factorSchema, {}],
  [renameSchema, { factor: ID, name: '   ' }],
  [renameSchema, { factor: ID, name: 'x'.repeat(41) }],
  [changePasswordSchema, { current: '', next: 'b' }],
  [changePasswordSchema, { current: 'a' }],
  [changePasswordSchema, { current: 'a', next: 'x'.repeat(1025) }],
  [stepUpSchema, { method: 'recovery', passcode: 'x', returnTo: '/' }],
  [stepUpSchema, { method: 'factor', factor: ID, passcode: '', returnTo: '/' }],
  [stepUpSchema, { method: 'mail', passcode: '1'.repeat(401), returnTo: '/' }],
  [stepUpSchema, { method: 'password', passcode: '1', returnTo: '/' }],
])('what no page of ours sends is refused (%#)', (schema, sent) => {
  expect(schema.safeParse(sent).success).toBe(false)
})
