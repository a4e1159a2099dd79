import { expect, test } from 'vitest'
import { actPath, actsAmong, boxWish } from './people'

const PATH = '/admin/acme/people/users/p1'

test('what was typed and chosen comes back from a step-up, boxes that were unticked as well', () => {
  const wish = {
    email: 'ann+b@example.com',
    days: '3',
    role: 'agent',
    withCode: boxWish(true),
    devices: boxWish(false),
  }
  const url = new URL(actPath('acme', 'p1', 'address', { ...wish, reason: 'Ümzug & mehr' }), 'https://x.invalid')
  expect(url.pathname).toBe(`${PATH}/address`)
  expect(Object.fromEntries(url.searchParams)).toEqual({
    ...wish,
    withCode: 'on',
    devices: 'off',
    reason: 'Ümzug & mehr',
  })
  expect(actPath('acme', 'p1', 'suspend')).toBe(`${PATH}/suspend`)
  expect(actPath('acme', 'p1', 'suspend', { reason: '' })).toBe(`${PATH}/suspend`)
})

test('of what is too long for an address the reason goes first', () => {
  const wish = { days: '3', reason: '引'.repeat(200) }
  expect(actPath('acme', 'p1', 'exempt', wish)).toBe(`${PATH}/exempt?days=3`)
  expect(actPath('acme', 'p1', 'exempt', { email: 'x'.repeat(700), reason: '' })).toBe(`${PATH}/exempt`)
})

test('U6: of a guest the end of the membership is offered', () => {
  const facts = { status: 'setup_required', exemptions: true } as const
  expect(actsAmong(['see', 'end_membership'], facts)).toEqual(['membership'])
})
