import { expect, test } from 'vitest'
import { setupSchema } from './schema'

const SENT = {
  token: 't',
  tenantName: 'Acme',
  kind: 'customer',
  name: 'Olga',
  email: 'olga@example.com',
  password: 'x',
}

test('names and address are trimmed, the password is taken as it was typed (ASVS 6.2.8)', () => {
  const typed = {
    token: 't',
    tenantName: ' Acme ',
    kind: 'customer',
    name: ' Olga ',
    email: ' olga@example.com ',
    password: ' x ',
  }
  expect(setupSchema.parse(typed)).toEqual({ ...SENT, password: ' x ' })
})

test('what the form does not ask for cannot be sent along: no role, no stage (ASVS 15.3.3)', () => {
  expect(setupSchema.parse({ ...SENT, role: 'owner', stage: 'trial', id: '1' })).toEqual(SENT)
})

test('T1: whether other companies are looked after is chosen, and nothing else than that', () => {
  expect(setupSchema.parse({ ...SENT, kind: 'partner' }).kind).toBe('partner')
  const { kind: _, ...without } = SENT
  expect(setupSchema.parse(without).kind).toBe('customer')
  expect(setupSchema.safeParse({ ...SENT, kind: 'owner' }).success).toBe(false)
})

test.each([
  { token: 't'.repeat(101) },
  { tenantName: '  ' },
  { tenantName: 'x'.repeat(101) },
  { name: '' },
  { name: 'x'.repeat(101) },
  { email: '' },
  { email: `${'x'.repeat(250)}@e.de` },
  { password: '' },
  { password: 'x'.repeat(1025) },
])('too little or too much is refused: %#', (wrong) => {
  expect(setupSchema.safeParse({ ...SENT, ...wrong }).success).toBe(false)
})
