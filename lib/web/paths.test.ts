import { expect, test } from 'vitest'
import { actPath, signInFor, signInLinkFor, stepUpFor, typedBox } from './paths'

const PATH = '/admin/acme/people/users/p1'

test('what was typed and chosen comes back from a step-up, boxes that were unticked as well', () => {
  const typed = {
    email: 'ann+b@example.com',
    days: '3',
    role: 'agent',
    withCode: typedBox(true),
    devices: typedBox(false),
  }
  const url = new URL(actPath('acme', 'p1', 'address', { ...typed, reason: 'Ümzug & mehr' }), 'https://x.invalid')
  expect(url.pathname).toBe(`${PATH}/address`)
  expect(Object.fromEntries(url.searchParams)).toEqual({
    ...typed,
    withCode: 'on',
    devices: 'off',
    reason: 'Ümzug & mehr',
  })
  expect(actPath('acme', 'p1', 'suspend')).toBe(`${PATH}/suspend`)
  expect(actPath('acme', 'p1', 'suspend', { reason: '' })).toBe(`${PATH}/suspend`)
})

test('of what is too long for an address the reason goes first', () => {
  const typed = { days: '3', reason: '引'.repeat(200) }
  expect(actPath('acme', 'p1', 'exempt', typed)).toBe(`${PATH}/exempt?days=3`)
  expect(actPath('acme', 'p1', 'exempt', { email: 'x'.repeat(700), reason: '' })).toBe(`${PATH}/exempt`)
})

test('a step-up and a sign-in lead back to a path, whatever stands in it', () => {
  const path = '/admin/acme/security/advanced?team=1&end=0'
  const back = 'return=%2Fadmin%2Facme%2Fsecurity%2Fadvanced%3Fteam%3D1%26end%3D0'
  expect(stepUpFor(path)).toBe(`/reauthenticate?${back}`)
  expect(stepUpFor(path, 'again')).toBe(`/reauthenticate?again&${back}`)
  expect(stepUpFor(path, { factor: 'f1' })).toBe(`/reauthenticate?factor=f1&${back}`)
  expect(signInFor(path)).toBe(`/sign-in?${back}`)
  expect(signInFor(path, 'again')).toBe(`/sign-in?notice=again&${back}`)
  expect(signInFor(null, 'again')).toBe('/sign-in?notice=again')
  expect(signInFor(null)).toBe('/sign-in')
  expect(signInLinkFor(path)).toBe(`/sign-in/link?${back}`)
  expect(signInLinkFor(null)).toBe('/sign-in/link')
})
