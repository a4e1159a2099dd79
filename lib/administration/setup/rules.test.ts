import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mustRequire } from '../../identity/policy/rules'
import { requirementSchema } from '../policy/schema'
import { SETUP_LINK_TTL, slugOf } from './rules'

test.each([
  ['Acme', 'acme'],
  ['Acme & Söhne GmbH', 'acme-sohne-gmbh'],
  ['  -- Acme -- ', 'acme'],
  ['Ａｃｍｅ', 'acme'],
  ['株式会社', 'tenant'],
  ['!!!', 'tenant'],
  ['', 'tenant'],
  ['../../etc', 'etc'],
  ['a'.repeat(60), 'a'.repeat(40)],
  [`${'a'.repeat(39)} b`, 'a'.repeat(39)],
])('a company named %j is found at %s', (name, slug) => {
  expect(slugOf(name)).toBe(slug)
})

test('whatever the name, the slug is one that pages and forms accept', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (name) => {
      const slug = slugOf(name)
      expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(slug.length).toBeLessThanOrEqual(40)
      expect(slugOf(slug)).toBe(slug)
      expect(requirementSchema.safeParse({ tenant: slug, version: '1' }).success).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['partner', 'production', true],
  ['partner', 'trial', false],
  ['customer', 'production', false],
  ['customer', 'trial', false],
] as const)('U7: a %s in %s begins with 2FA required of everybody: %s', (kind, stage, required) => {
  expect(mustRequire({ kind, stage })).toBe(required)
})

test('the setup link lives 24 hours (N24)', () => {
  expect(SETUP_LINK_TTL).toBe(86_400_000)
})
