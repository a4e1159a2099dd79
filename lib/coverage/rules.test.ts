import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_FLOOR, underFloors } from '../identity/policy/floor/rules'
import { STRICTEST } from '../identity/policy/rules'
import { FACTOR_KINDS, type FactorKind, type Floor } from '../identity/policy/types'
import {
  addTo,
  asSeenBy,
  coverageOf,
  decisionOf,
  factsOfOne,
  noCounts,
  outcomeOf,
  readinessOf,
  traceOf,
  traceSeenBy,
  withPolicy,
} from './rules'
import { lastDayLeft, typesWithTime } from './time/rules'
import type { CoverageFacts, CoverageMembership } from './types'

const NOW = new Date('2026-11-20T09:00:00.000Z')
const LATER = new Date(NOW.getTime() + 1)
const SINCE = new Date('2026-11-01T00:00:00.000Z')
const ALL: readonly FactorKind[] = ['totp', 'email']

function aMembership(id: string, more: Partial<CoverageMembership['policy']> & { exemptUntil?: Date } = {}) {
  const { exemptUntil = null, ...policy } = more
  return {
    tenant: { id, name: id, kind: 'customer' as const, stage: 'production' as const },
    userType: 'team' as const,
    policy: { ...STRICTEST, required: false, kinds: ['totp', 'email', 'passkey'], ...policy },
    exemptUntil,
  } satisfies CoverageMembership
}

const REQUIRED = { required: true, requiredSince: SINCE }

function facts(more: Partial<CoverageFacts> = {}): CoverageFacts {
  return {
    service: null,
    barred: false,
    tenantId: 'home',
    twoFactorOn: false,
    factorKinds: [],
    mailbox: true,
    hadFactor: false,
    wasReset: false,
    hasCode: true,
    memberships: [aMembership('home')],
    ...more,
  }
}

const home = (more: Parameters<typeof aMembership>[1]) => [aMembership('home', more)]

describe('what the next sign-in does', () => {
  test.each<[string, CoverageFacts, { path: string; state: string | null; rule: string; tenant?: string | null }]>([
    ['not covered', facts(), { path: 'let_in', state: 'not_required', rule: 'not_required', tenant: 'home' }],
    [
      'not covered, with a factor',
      facts({ factorKinds: ['totp'] }),
      { path: 'let_in', state: 'enrolled', rule: 'not_required' },
    ],
    [
      'required by the home tenant',
      facts({ memberships: home(REQUIRED) }),
      { path: 'enrol', state: 'setup_required', rule: 'required', tenant: 'home' },
    ],
    [
      'required, with a factor',
      facts({ memberships: home(REQUIRED), factorKinds: ['email'] }),
      { path: 'asked', state: 'enrolled', rule: 'required', tenant: 'home' },
    ],
    [
      'P7: required, with a factor of a kind that is not allowed',
      facts({ memberships: home({ ...REQUIRED, kinds: ['totp'] }), factorKinds: ['email', 'sms'] }),
      { path: 'replace', state: 'setup_required', rule: 'required' },
    ],
    [
      'P7: not required, with such a factor',
      facts({ memberships: home({ kinds: ['totp'] }), factorKinds: ['email'] }),
      { path: 'let_in', state: 'enrolled', rule: 'not_required' },
    ],
    [
      'U4: of their own choice',
      facts({ twoFactorOn: true }),
      { path: 'enrol', state: 'setup_required', rule: 'own_choice', tenant: null },
    ],
    [
      'U6: required by a tenant they are a guest of',
      facts({ memberships: [aMembership('home'), aMembership('host', REQUIRED)] }),
      { path: 'enrol', state: 'setup_required', rule: 'required', tenant: 'host' },
    ],
    [
      'U6: required by both, the home tenant is named',
      facts({ memberships: [aMembership('host', REQUIRED), aMembership('home', REQUIRED)] }),
      { path: 'enrol', state: 'setup_required', rule: 'required', tenant: 'home' },
    ],
    [
      'U6: a kind that only one of two tenants allows',
      facts({
        memberships: [aMembership('home', REQUIRED), aMembership('host', { kinds: ['totp'] })],
        factorKinds: ['email'],
      }),
      { path: 'replace', state: 'setup_required', rule: 'required' },
    ],
    [
      'U9: exempt for a millisecond more',
      facts({ memberships: home({ ...REQUIRED, exemptUntil: LATER }) }),
      { path: 'let_in', state: 'exempt', rule: 'exempted', tenant: 'home' },
    ],
    [
      'U9: exempt until now',
      facts({ memberships: home({ ...REQUIRED, exemptUntil: NOW }) }),
      { path: 'enrol', state: 'setup_required', rule: 'required' },
    ],
    [
      'U9: exempt, with a factor',
      facts({ memberships: home({ ...REQUIRED, exemptUntil: LATER }), factorKinds: ['totp'] }),
      { path: 'asked', state: 'enrolled', rule: 'required' },
    ],
    [
      'U9 U6: exempt at home, and required elsewhere',
      facts({ memberships: [aMembership('home', { ...REQUIRED, exemptUntil: LATER }), aMembership('host', REQUIRED)] }),
      { path: 'enrol', state: 'setup_required', rule: 'required', tenant: 'home' },
    ],
    [
      'U9 U7: exempt from what became a partner in production',
      facts({
        memberships: home({ ...REQUIRED, exemptUntil: LATER }).map((each) => ({
          ...each,
          tenant: { ...each.tenant, kind: 'partner' as const },
        })),
      }),
      { path: 'enrol', state: 'setup_required', rule: 'required' },
    ],
    [
      'U8: a service account with a factor',
      facts({ service: { until: null }, memberships: home(REQUIRED), factorKinds: ['totp'] }),
      { path: 'barred', state: 'service', rule: 'service_account', tenant: null },
    ],
    [
      'suspended',
      facts({ barred: true, memberships: home(REQUIRED) }),
      { path: 'barred', state: null, rule: 'suspended' },
    ],
    [
      'suspended, with a factor',
      facts({ barred: true, factorKinds: ['sms'] }),
      { path: 'barred', state: 'enrolled', rule: 'suspended' },
    ],
    [
      'S8: without any membership',
      facts({ memberships: [] }),
      { path: 'enrol', state: 'setup_required', rule: 'required', tenant: null },
    ],
  ])('%s', (_name, given, { tenant, ...expected }) => {
    const coverage = coverageOf(given, NOW)
    expect(coverage).toMatchObject(expected)
    if (tenant !== undefined) expect(coverage.tenant?.id ?? null).toBe(tenant)
  })

  test('M9: it says since when and until when', () => {
    expect(coverageOf(facts({ memberships: home(REQUIRED) }), NOW).since).toEqual(SINCE)
    expect(coverageOf(facts({ memberships: home({ ...REQUIRED, exemptUntil: LATER }) }), NOW)).toMatchObject({
      since: null,
      until: LATER,
    })
  })
})

describe('P2: the outcome', () => {
  const must = coverageOf(facts({ memberships: home({ ...REQUIRED, kinds: ['email'] }) }), NOW)
  const way = { mailbox: true, factorKinds: [], hadFactor: false, wasReset: false, hasCode: false } as const
  const byMail = { ...way, mailbox: false } as const
  const asked = { ...must, path: 'asked', state: 'enrolled', kinds: ['totp', 'email'] } as const
  const letIn = { ...must, path: 'let_in', state: 'not_required', inForce: false } as const
  test.each<[string, Parameters<typeof outcomeOf>, string]>([
    ['a kind that can be had', [must, way, ALL], 'must_enrol'],
    ['S20 R11: only the mailbox, which proves nothing now', [must, byMail, ALL], 'locked_out'],
    ['only a kind without a gateway', [{ ...must, kinds: ['sms'] }, way, ALL], 'locked_out'],
    ['tenants that allow nothing in common', [{ ...must, kinds: [] }, way, ALL], 'locked_out'],
    ['a factor at hand', [asked, { ...way, factorKinds: ['totp'] }, ALL], 'fine'],
    ['a factor to replace', [{ ...must, path: 'replace' }, { ...way, factorKinds: ['sms'] }, ALL], 'must_enrol'],
    ['not covered', [letIn, way, ALL], 'fine'],
    ['exempt', [{ ...letIn, state: 'exempt' }, way, ALL], 'exempt'],
    ['a service account', [{ ...must, path: 'barred', state: 'service' }, byMail, ALL], 'service'],
    ['suspended', [{ ...must, path: 'barred', state: null }, byMail, ALL], 'barred'],
    ['S20: the only factor is the mailbox', [asked, { ...byMail, factorKinds: ['email'] }, ALL], 'locked_out'],
    ['S20: and a code is left', [asked, { ...byMail, factorKinds: ['email'], hasCode: true }, ALL], 'fine'],
    ['S20: beside an app', [asked, { ...byMail, factorKinds: ['email', 'totp'] }, ALL], 'fine'],
    [
      'S20: an app that is not allowed counts where nothing else does',
      [{ ...must, path: 'replace', kinds: ['totp'] }, { ...byMail, factorKinds: ['sms'] }, ALL],
      'must_enrol',
    ],
    [
      'E9 S20: reset, and nothing but mail',
      [{ ...must, kinds: ['totp'] }, { ...byMail, wasReset: true }, ALL],
      'locked_out',
    ],
    ['E9: reset, and nothing required', [letIn, { ...byMail, wasReset: true }, ALL], 'locked_out'],
    ['E9: reset, and mail counts', [letIn, { ...way, wasReset: true }, ALL], 'fine'],
    ['S6 S20: had a factor once', [{ ...must, kinds: ['totp'] }, { ...byMail, hadFactor: true }, ALL], 'locked_out'],
    ['S6 S20: had one once, and is not covered', [letIn, { ...byMail, hadFactor: true }, ALL], 'fine'],
  ])('%s', (_name, given, outcome) => {
    expect(outcomeOf(...given)).toBe(outcome)
  })

  test('another policy of one tenant leaves what others ask', () => {
    const wanted = { required: false, kinds: ALL }
    const given = facts({ memberships: [aMembership('home', REQUIRED), aMembership('host', REQUIRED)] })
    const changed = withPolicy(given, 'home', { team: wanted, end: wanted })
    expect(coverageOf(changed, NOW)).toMatchObject({ rule: 'required', tenant: { id: 'host' } })
    const { policy } = aMembership('home', REQUIRED)
    expect(changed.memberships[0]?.policy).toEqual({ ...policy, ...wanted })
  })
})

describe('until the day that was named (P8)', () => {
  const DAY = { ...REQUIRED, deadline: LATER }
  const path = (given: CoverageFacts, now = NOW) => coverageOf(given, now).path

  test('it can be put off until that moment, is to be set up all the same, and the day is said', () => {
    const given = facts({ memberships: home(DAY) })
    expect(coverageOf(given, NOW)).toMatchObject({
      path: 'put_off',
      state: 'setup_required',
      rule: 'deadline',
      tenant: { id: 'home' },
      since: SINCE,
      deadline: LATER,
    })
    expect(coverageOf(given, LATER)).toMatchObject({ path: 'enrol', rule: 'required', deadline: LATER })
    expect(outcomeOf(coverageOf(given, NOW), given, ALL)).toBe('may_put_off')
    expect(outcomeOf(coverageOf(given, LATER), given, ALL)).toBe('must_enrol')
  })

  test.each<[string, Partial<CoverageFacts>, string]>([
    ['a factor is asked for', { memberships: home(DAY), factorKinds: ['totp'] }, 'asked'],
    ['a factor that is not allowed is replaced', { memberships: home(DAY), factorKinds: ['sms'] }, 'replace'],
    ['whoever chose 2FA sets it up', { memberships: home(DAY), twoFactorOn: true }, 'enrol'],
    ['a day without the requirement asks for nothing', { memberships: home({ deadline: LATER }) }, 'let_in'],
    [
      'U6: one of two tenants that ask gives no time',
      { memberships: [...home(DAY), aMembership('host', REQUIRED)] },
      'enrol',
    ],
    [
      'U6: a tenant that does not ask is not waited for',
      { memberships: [...home(DAY), aMembership('host', { deadline: NOW })] },
      'put_off',
    ],
    [
      'U9: an exemption of the other tenant is time, too',
      { memberships: [...home(DAY), aMembership('host', { ...REQUIRED, exemptUntil: LATER })] },
      'put_off',
    ],
    ['U9: whoever is exempt is let in', { memberships: home({ ...DAY, exemptUntil: LATER }) }, 'let_in'],
    [
      'U7: a partner in production gives no time',
      {
        memberships: home(DAY).map((each) => ({
          ...each,
          tenant: { ...each.tenant, kind: 'partner' as const },
        })),
      },
      'enrol',
    ],
  ])('%s', (_name, given, expected) => {
    expect(path(facts(given))).toBe(expected)
  })

  test('more time of one person counts where a day is named, and only where it is later', () => {
    const FAR = new Date('2026-12-24T00:00:00.000Z')
    const given = (policy: Parameters<typeof home>[0], moreTimeUntil: Date) =>
      facts({ memberships: home(policy).map((each) => ({ ...each, moreTimeUntil })) })
    const over = given({ ...REQUIRED, deadline: NOW }, FAR)
    expect(coverageOf(over, NOW)).toMatchObject({ path: 'put_off', deadline: FAR })
    expect(traceOf(over, NOW)).toContainEqual(
      expect.objectContaining({ setting: 'more_time', until: FAR, decides: true }),
    )
    expect(path(over, FAR)).toBe('enrol')
    expect(path(given(REQUIRED, FAR))).toBe('enrol')
    expect(path(given({ deadline: NOW }, FAR))).toBe('let_in')
    const shorter = given({ ...REQUIRED, deadline: FAR }, LATER)
    expect(coverageOf(shorter, NOW)).toMatchObject({ path: 'put_off', deadline: FAR })
    expect(traceOf(shorter, NOW).some(({ setting }) => setting === 'more_time')).toBe(false)
  })

  test('P2: who is reset and could prove nothing is locked out before the day, too', () => {
    const given = facts({ memberships: home(DAY), hadFactor: true, wasReset: true, mailbox: false, hasCode: false })
    expect(outcomeOf(coverageOf(given, NOW), given, ALL)).toBe('locked_out')
  })

  test('M9: the trace names the day, and that it decides until then', () => {
    const given = facts({ memberships: home(DAY) })
    const step = (now: Date) => traceOf(given, now).find(({ setting }) => setting === 'deadline')
    expect(step(NOW)).toMatchObject({ tenant: { id: 'home' }, until: LATER, decides: true })
    expect(step(LATER)).toMatchObject({ decides: false })
    expect(traceOf(given, NOW).find(({ setting }) => setting === 'required')?.decides).toBe(true)
  })

  test('T6: another tenant does not learn the day', () => {
    const given = facts({ memberships: [aMembership('home'), aMembership('host', DAY)] })
    const seen = asSeenBy(coverageOf(given, NOW), 'home')
    expect(seen).toMatchObject({ path: 'put_off', rule: 'deadline', tenant: { id: '', name: null }, deadline: null })
  })

  test('M9: the log says that it was put off', () => {
    const coverage = coverageOf(facts({ memberships: home(DAY) }), NOW)
    expect(decisionOf(coverage, ['pwd', 'put_off'], 'home')).toEqual({
      decision: 'put_off',
      rule: 'deadline',
      level: 'tenant',
    })
  })

  test('a tenant has time for the types that must use 2FA and whose day is to come', () => {
    const tenant = { id: 'home', name: 'home', kind: 'customer', stage: 'production' } as const
    const asked = { team: { required: true, deadline: LATER }, end: { required: false, deadline: LATER } }
    expect(typesWithTime(tenant, asked, NOW)).toEqual(['team'])
    expect(typesWithTime(tenant, asked, LATER)).toEqual([])
    expect(typesWithTime({ ...tenant, kind: 'partner' }, asked, NOW)).toEqual([])
  })

  test('P8: the last day left is that before the deadline where the company is, and none when it is over', () => {
    const tenant = { id: 'home', name: 'home', kind: 'customer', stage: 'production' } as const
    const [now, end] = [new Date('2026-12-01T09:00:00Z'), new Date('2026-12-24T15:00:00Z')]
    expect(lastDayLeft({ tenant, zone: 'Asia/Tokyo' }, end, now)).toBe('2026-12-24')
    expect(lastDayLeft({ tenant, zone: 'UTC' }, new Date('2026-12-24T00:00:00Z'), now)).toBe('2026-12-23')
    expect(lastDayLeft({ tenant, zone: 'UTC' }, end, end)).toBeNull()
    expect(lastDayLeft({ tenant, zone: 'UTC' }, null, now)).toBeNull()
    expect(lastDayLeft({ tenant: { ...tenant, kind: 'partner' }, zone: 'UTC' }, end, now)).toBeNull()
  })
})

describe('floors of partners above (T5)', () => {
  const PARTNER = { id: 'partner', name: 'Partner' }
  const under = (floor: Partial<Floor>, more: Parameters<typeof aMembership>[1] = {}): CoverageMembership => {
    const membership = aMembership('home', more)
    const floors = [{ partner: PARTNER, version: 1, floor: { ...NO_FLOOR, ...floor } }]
    const policy = underFloors(membership.policy, membership.userType, floors)
    return { ...membership, own: membership.policy, floors, policy }
  }

  test('T5, M9: a requirement of the partner alone is named as the partner’s, from its own time on', () => {
    const given = facts({ memberships: [under(REQUIRED)] })
    const coverage = coverageOf(given, NOW)
    expect(coverage).toMatchObject({
      path: 'enrol',
      rule: 'required',
      tenant: { id: 'home' },
      partner: PARTNER,
      since: SINCE,
    })
    expect(decisionOf(coverage, [], 'home').level).toBe('partner')
    expect(decisionOf(coverage, [], 'elsewhere').level).toBe('other')
    expect(traceOf(given, NOW).filter(({ setting }) => /required/.test(setting))).toMatchObject([
      { setting: 'not_required', tenant: { id: 'home' }, decides: false },
      { setting: 'required', tenant: { id: 'home' }, partner: PARTNER, since: SINCE, decides: true },
    ])
  })

  test('T5, M9: what the tenant requires itself is its own, whatever is above', () => {
    const coverage = coverageOf(facts({ memberships: [under(REQUIRED, { required: true, requiredSince: NOW })] }), NOW)
    expect(coverage).toMatchObject({ rule: 'required', tenant: { id: 'home' }, partner: null, since: NOW })
  })

  test('T5, P8: its day lets people put it off', () => {
    const given = facts({ memberships: [under({ ...REQUIRED, deadline: LATER })] })
    expect(coverageOf(given, NOW)).toMatchObject({
      path: 'put_off',
      rule: 'deadline',
      partner: PARTNER,
      deadline: LATER,
    })
    expect(traceOf(given, NOW).filter(({ setting }) => setting === 'deadline')).toMatchObject([
      { partner: PARTNER, until: LATER, decides: true },
    ])
  })

  test('T5, P7: a kind that the floor forbids is replaced, and the floor says so', () => {
    const given = facts({ factorKinds: ['email'], memberships: [under({ ...REQUIRED, kinds: ['totp'] })] })
    expect(coverageOf(given, NOW)).toMatchObject({ path: 'replace', kinds: ['totp'] })
    expect(traceOf(given, NOW).filter(({ setting }) => setting === 'kinds')).toMatchObject([
      { tenant: { id: 'home' }, decides: false },
      { partner: PARTNER, kinds: ['totp'], decides: true },
    ])
  })

  test('T6: another tenant is told neither the tenant nor who is above it', () => {
    const given = facts({ memberships: [under(REQUIRED), aMembership('host')] })
    expect(asSeenBy(coverageOf(given, NOW), 'host')).toMatchObject({
      tenant: { name: null },
      partner: null,
      since: null,
    })
    expect(asSeenBy(coverageOf(given, NOW), 'home')).toMatchObject({ partner: PARTNER })
    expect(traceSeenBy(given, 'host', NOW).some((step) => 'partner' in step)).toBe(false)
  })
})

describe('M9: what is told to whom', () => {
  const guest = facts({
    factorKinds: ['email'],
    twoFactorOn: true,
    memberships: [
      aMembership('home', { ...REQUIRED, kinds: ['totp', 'email'] }),
      aMembership('host', { kinds: ['totp'] }),
    ],
  })

  test('P7: each tenant that refuses a kind of theirs decides where a factor must be replaced', () => {
    const kinds = traceOf(guest, NOW).flatMap((step) =>
      step.setting === 'kinds' ? [[step.tenant.id, step.decides] as const] : [],
    )
    expect(kinds).toEqual([
      ['home', false],
      ['host', true],
    ])
  })

  test('T6 U6: a host learns its own settings and no name of another tenant, nor what a guest has and chose', () => {
    const seen = traceSeenBy(guest, 'host', NOW)
    expect(seen.map(({ setting }) => setting)).toEqual(['not_required', 'kinds'])
    expect(asSeenBy(coverageOf(guest, NOW), 'host')).toMatchObject({
      rule: 'required',
      tenant: { name: null },
      since: null,
    })
    expect(asSeenBy(coverageOf(guest, NOW), 'home').tenant?.name).toBe('home')
    expect(traceSeenBy(guest, 'home', NOW).map(({ setting }) => setting)).toEqual([
      'required',
      'own_choice',
      'kinds',
      'factors',
    ])
  })
})

test('M6: that nobody is one lost phone away is said only where somebody has a factor', () => {
  const without = { factorKinds: [], people: 7 }
  expect(readinessOf(0, [])).toBe('nobody_enrolled')
  expect(readinessOf(0, [without])).toBe('nobody_enrolled')
  expect(readinessOf(0, [without, { factorKinds: ['totp'], people: 0 }])).toBe('nobody_enrolled')
  expect(readinessOf(0, [without, { factorKinds: ['email'], people: 1 }])).toBe('nobody_at_risk')
  expect(readinessOf(1, [without, { factorKinds: ['totp'], people: 1 }])).toBe('some_at_risk')
})

test('P9: each person is in one outcome and at most one state, whatever is so', () => {
  const kinds = fc.subarray([...FACTOR_KINDS])
  fc.assert(
    fc.property(kinds, kinds, fc.boolean(), fc.boolean(), (factorKinds, allowed, required, ownTwoFactor) => {
      const membership = aMembership('home', { required, kinds: allowed })
      const given = factsOfOne(membership, { factorKinds, ownTwoFactor })
      const coverage = coverageOf(given, NOW)
      const counts = noCounts()
      addTo(counts, coverage, outcomeOf(coverage, given, ALL), 3)
      const sum = (of: Record<string, number>) => Object.values(of).reduce((total, each) => total + each, 0)
      expect([counts.people, sum(counts.states), sum(counts.outcomes)]).toEqual([3, 3, 3])
      // Who must set up is who is sent to enrol (M3).
      expect(coverage.state === 'setup_required').toBe(coverage.path === 'enrol' || coverage.path === 'replace')
    }),
  )
})
