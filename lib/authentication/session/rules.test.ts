import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, earlier, hours, later, minutes, seconds } from '../../core/kernel/time'
import { METHODS, type Method, type SessionRecord } from '../../identity/actor/types'
import type { TypePolicy } from '../../identity/policy/types'
import type { MembershipView, Person, Role } from '../../identity/user/types'
import { aPersonView, aTypePolicy } from '../../testing/rows'
import {
  freshAt,
  hasSecondFactor,
  isSteppedUp,
  isVoidedIn,
  judgeSession,
  landingPath,
  limitSeconds,
  limitsFor,
  mayRenewCodes,
  STEP_UP_FRESH,
  TOUCH_INTERVAL,
  writeRoles,
} from './rules'

const NOW = new Date('2026-11-20T09:00:00.000Z')
const OPENED = earlier(NOW, minutes(30))

const POLICY = aTypePolicy({ sessionHours: 24 })

function member(role: Role, policy: Partial<TypePolicy> = {}, more: Partial<MembershipView> = {}): MembershipView {
  const tenant = {
    id: 'home',
    slug: 'acme',
    name: 'Acme',
    kind: 'customer',
    stage: 'production',
    timeZone: null,
  } as const
  return {
    role,
    userType: role === 'end_user' ? 'end' : 'team',
    suspended: false,
    exemptUntil: null,
    tenant,
    policy: { ...POLICY, ...policy },
    ...more,
  }
}

const person = aPersonView

function session(more: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: 'session-1',
    tokenHash: 'hash',
    userId: 'person-1',
    methods: ['pwd'],
    deviceId: null,
    openedAs: 'home=owner host=owner',
    createdAt: OPENED,
    lastSeenAt: OPENED,
    expiresAt: later(OPENED, hours(12)),
    idleSeconds: 3600,
    steppedUpAt: null,
    ...more,
  }
}

function elsewhere(role: Role, policy: Partial<TypePolicy> = {}): MembershipView {
  const tenant = {
    id: 'host',
    slug: 'host',
    name: 'Host',
    kind: 'customer',
    stage: 'production',
    timeZone: null,
  } as const
  return { ...member(role, policy), tenant }
}

const AGENT = person([member('agent')])
const required = (since: Date | null) => person([member('agent', { required: true, requiredSince: since })])

describe('judgeSession', () => {
  test.each([
    [-1, 'assured'],
    [0, 'ended'],
    [1, 'ended'],
  ])('SE2: %i ms from its absolute end it is %s, however busy', (past, state) => {
    const expiresAt = earlier(NOW, past)
    expect(judgeSession(session({ expiresAt, lastSeenAt: NOW }), AGENT, NOW)).toBe(state)
  })

  test.each([
    [-1, 'assured'],
    [0, 'ended'],
    [1, 'ended'],
  ])('SE2: %i ms from its idle end it is %s, however long it may last', (past, state) => {
    const lastSeenAt = earlier(NOW, seconds(3600) + past)
    expect(judgeSession(session({ createdAt: lastSeenAt, lastSeenAt }), AGENT, NOW)).toBe(state)
  })

  test.each([
    [-1, 'assured'],
    [0, 'assured'],
    [1, 'not_assured'],
  ])('P4: opened %i ms after the requirement it is %s', (after, state) => {
    expect(judgeSession(session({ createdAt: OPENED }), required(earlier(OPENED, after)), NOW)).toBe(state)
  })

  test.each([
    ['as agent, now agent', 'home=agent', member('agent'), 'assured'],
    ['as owner, now agent', 'home=owner', member('agent'), 'assured'],
    ['as agent, now admin', 'home=agent', member('admin'), 'not_assured'],
    ['as end user, now admin', 'home=end_user', member('admin'), 'not_assured'],
    ['as agent, now end user', 'home=agent', member('end_user'), 'not_assured'],
    ['before roles were kept', '', member('agent'), 'not_assured'],
    ['in another tenant', 'host=agent', member('agent'), 'not_assured'],
  ])('R13 S27 P4: opened %s, a requirement younger than it leaves it %s', (_how, openedAs, membership, state) => {
    const policy = { ...membership.policy, required: true, requiredSince: NOW }
    const asked = person([{ ...membership, policy }])
    expect(judgeSession(session({ openedAs }), asked, NOW)).toBe(state)
    expect(judgeSession(session({ openedAs, methods: ['pwd', 'otp'] }), asked, NOW)).toBe('assured')
  })

  test('R13 S27: a membership given later brings its requirement at once', () => {
    const host = elsewhere('agent', { required: true, requiredSince: NOW })
    const guest = person([member('agent'), host])
    expect(judgeSession(session({ openedAs: 'home=agent' }), guest, NOW)).toBe('not_assured')
    expect(judgeSession(session({ openedAs: writeRoles(guest) }), guest, NOW)).toBe('assured')
  })

  test('S8, P4: a requirement of unknown date is met by no session without a factor', () => {
    expect(judgeSession(session({ createdAt: earlier(NOW, hours(23)) }), required(null), NOW)).toBe('not_assured')
  })

  test.each([
    [['pwd'], 'not_assured'],
    [['pwd', 'mail'], 'not_assured'],
    [[], 'not_assured'],
    [['pwd', 'otp'], 'assured'],
    [['pwd', 'recovery'], 'assured'],
    [['otp'], 'assured'],
  ] as [Method[], string][])(
    'S20: where it is required, a session of %j is %s: mail is no second factor',
    (methods, state) => {
      expect(judgeSession(session({ methods }), required(earlier(OPENED, 1)), NOW)).toBe(state)
      expect(judgeSession(session({ methods }), AGENT, NOW)).toBe('assured')
    },
  )

  test.each([
    [-1, 'ended'],
    [0, 'ended'],
    [1, 'assured'],
  ])('P4: opened %i ms after the moment that ended all sessions it is %s, even with a factor', (after, state) => {
    const voided = person([member('agent', { sessionsVoidedAt: earlier(OPENED, after) })])
    expect(judgeSession(session({ methods: ['pwd', 'otp'] }), voided, NOW)).toBe(state)
  })

  test('S8, U8: suspended, suspended at home, without a home or not a person: the session has ended', () => {
    const refused: Person[] = [
      person([member('agent')], { suspended: true }),
      person([member('agent', {}, { suspended: true })]),
      person([elsewhere('agent')]),
      person([]),
      person([member('agent')], { kind: 'service' }),
    ]
    for (const each of refused) expect(judgeSession(session({ methods: ['pwd', 'otp'] }), each, NOW)).toBe('ended')
    const guest = person([member('agent'), elsewhere('end_user')])
    expect(judgeSession(session(), guest, NOW)).toBe('assured')
  })

  test('U6: what a host asks counts as much as what the home asks', () => {
    const asked = earlier(OPENED, 1)
    const guest = (policy: Partial<TypePolicy>) => person([member('agent'), elsewhere('end_user', policy)])
    expect(judgeSession(session(), guest({ required: true, requiredSince: asked }), NOW)).toBe('not_assured')
  })

  test('U6, SE4: a host that signs everybody out ends no session at home, but shuts its own console to it', () => {
    const host = elsewhere('agent', { sessionsVoidedAt: OPENED })
    expect(judgeSession(session(), person([member('agent'), host]), NOW)).toBe('assured')
    expect(isVoidedIn(host, session({ createdAt: OPENED }))).toBe(true)
    expect(isVoidedIn(host, session({ createdAt: later(OPENED, 1) }))).toBe(false)
    expect(isVoidedIn(member('agent'), session())).toBe(false)
  })

  test.each([
    [-1, 'assured'],
    [0, 'ended'],
  ])('SE2: of an end user who became an agent, %i ms from an hour of rest it is %s', (past, state) => {
    const own = { expiresAt: later(OPENED, days(30)), idleSeconds: days(30) / 1000 }
    const lastSeenAt = earlier(NOW, hours(1) + past)
    const began = session({ ...own, createdAt: earlier(NOW, hours(2)), lastSeenAt })
    expect(judgeSession(began, AGENT, NOW)).toBe(state)
    expect(judgeSession(began, person([member('end_user')]), NOW)).toBe('assured')
    expect(judgeSession(began, person([member('end_user'), elsewhere('agent')]), NOW)).toBe(state)
  })

  test.each([
    [-1, 'assured'],
    [0, 'ended'],
  ])('SE2: and %i ms from the end of a team member’s day it is %s, however busy', (past, state) => {
    const own = { expiresAt: later(NOW, days(20)), idleSeconds: days(30) / 1000 }
    const began = session({ ...own, createdAt: earlier(NOW, hours(24) + past), lastSeenAt: NOW })
    expect(judgeSession(began, AGENT, NOW)).toBe(state)
  })

  test('SE2, P4: a requirement that came later shortens no session that may go on', () => {
    const own = { expiresAt: later(NOW, days(10)), idleSeconds: days(30) / 1000 }
    const times = { createdAt: earlier(NOW, days(20)), lastSeenAt: earlier(NOW, days(9)) }
    const began = session({ ...own, ...times, openedAs: 'home=end_user' })
    const asked = person([member('end_user', { required: true, requiredSince: earlier(NOW, days(1)) })])
    expect(judgeSession(began, asked, NOW)).toBe('assured')
  })

  test('U4: 2FA turned on for oneself asks at sign-in and ends no session that runs', () => {
    expect(judgeSession(session(), person([member('agent')], { twoFactorOn: true }), NOW)).toBe('assured')
  })

  test.each([
    ['put off in it, a millisecond before the day is over', ['pwd', 'put_off'], 1, 'assured'],
    ['put off in it, and the day is over', ['pwd', 'put_off'], 0, 'not_assured'],
    ['put off in it, and no day is named any more', ['pwd', 'put_off'], null, 'not_assured'],
    ['opened otherwise without a factor', ['pwd', 'mail'], 1, 'not_assured'],
    ['opened by a factor', ['pwd', 'otp'], 0, 'assured'],
  ] as [string, Method[], number | null, string][])('P8: a session, %s, is %s', (_how, methods, left, state) => {
    const deadline = left === null ? null : later(NOW, left)
    const who = person([member('agent', { required: true, requiredSince: earlier(OPENED, 1), deadline })])
    expect(judgeSession(session({ methods }), who, NOW)).toBe(state)
  })

  test('U6: one more membership never makes a session worth more', () => {
    const worth = { ended: 0, not_assured: 1, assured: 2 }
    const date = fc.option(
      fc.integer({ min: -90, max: 5 }).map((n) => later(OPENED, minutes(n))),
      { nil: null },
    )
    const policy = fc
      .record({ required: fc.boolean(), requiredSince: date, sessionsVoidedAt: date })
      .map((each) => ({ ...each, requiredSince: each.required ? each.requiredSince : null }))
    const methods = fc.subarray([...METHODS])
    fc.assert(
      fc.property(policy, policy, methods, (home, host, proved) => {
        const alone = judgeSession(session({ methods: proved }), person([member('agent', home)]), NOW)
        const both = judgeSession(
          session({ methods: proved }),
          person([member('agent', home), elsewhere('agent', host)]),
          NOW,
        )
        expect(worth[both]).toBeLessThanOrEqual(worth[alone])
      }),
    )
  })
})

describe('limitsFor (SE2)', () => {
  const limits = (who: Person, methods: Method[]) => {
    const { expiresAt, idleSeconds } = limitsFor(who, methods, NOW)
    return { hours: (expiresAt.getTime() - NOW.getTime()) / hours(1), idleSeconds }
  }
  const team = { idleMinutes: 60, sessionHours: 12 }

  test.each([
    ['an end user without a factor', person([member('end_user')]), ['pwd'], 720, 2_592_000],
    ['an end user who verified the device', person([member('end_user')]), ['pwd', 'mail'], 720, 2_592_000],
    ['an end user with a factor', person([member('end_user')]), ['pwd', 'otp'], 24, 3600],
    ['an end user with a recovery code', person([member('end_user')]), ['pwd', 'recovery'], 24, 3600],
    ['an end user it is required of', person([member('end_user', { required: true })]), ['pwd'], 24, 3600],
    ['an end user who turned it on', person([member('end_user')], { twoFactorOn: true }), ['pwd'], 24, 3600],
    ['an agent without a factor', person([member('agent', team)]), ['pwd'], 12, 3600],
    ['an owner with a factor', person([member('owner', team)]), ['pwd', 'otp'], 12, 3600],
    [
      'an end user who is an agent elsewhere',
      person([member('end_user'), elsewhere('agent', team)]),
      ['pwd'],
      12,
      3600,
    ],
    ['a person without any membership', person([]), ['pwd'], 1, 900],
  ] as [string, Person, Method[], number, number][])(
    'SE2, S8: %s is signed in for so long',
    (_who, who, methods, hoursLong, idleSeconds) => {
      expect(limits(who, methods)).toEqual({ hours: hoursLong, idleSeconds })
    },
  )

  test('U6: of several memberships the shortest limits count', () => {
    const both = person([
      member('agent', { idleMinutes: 60, sessionHours: 4 }),
      elsewhere('agent', { idleMinutes: 15, sessionHours: 12 }),
    ])
    expect(limits(both, ['pwd', 'otp'])).toEqual({ hours: 4, idleSeconds: 900 })
  })
})

describe('step-up', () => {
  test('the freshness time is 15 minutes, and a last use is written once a minute (N22)', () => {
    expect([STEP_UP_FRESH, TOUCH_INTERVAL]).toEqual([minutes(15), minutes(1)])
  })

  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('a proof %i ms past its freshness counts: %s', (past, counts) => {
    const proved = session({ steppedUpAt: earlier(NOW, minutes(15) + past) })
    expect(isSteppedUp(proved, NOW)).toBe(counts)
    expect(mayRenewCodes(proved, NOW)).toBe(counts)
  })

  test('a session that never proved it is not stepped up', () => {
    expect(isSteppedUp(session({ methods: ['pwd', 'otp'], createdAt: NOW }), NOW)).toBe(false)
  })

  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('R2: a sign-in by recovery code %i ms past the freshness time may make new codes: %s', (past, may) => {
    const by = session({ methods: ['pwd', 'recovery'], createdAt: earlier(NOW, minutes(15) + past) })
    expect(mayRenewCodes(by, NOW)).toBe(may)
    expect(isSteppedUp(by, NOW)).toBe(false)
  })

  test('R2: a fresh sign-in without a recovery code may not', () => {
    for (const methods of [['pwd'], ['pwd', 'mail'], ['pwd', 'otp'], ['setup']] as Method[][]) {
      expect(mayRenewCodes(session({ methods, createdAt: NOW }), NOW)).toBe(false)
    }
  })

  test('a fresh sign-in counts as step-up when it proved a factor, or password and mail where there is none', () => {
    fc.assert(
      fc.property(
        fc.subarray([...METHODS]),
        fc.subarray(['otp', 'email', 'sms'] as Method[]),
        fc.boolean(),
        (methods, strongest, mail) => {
          const byFactor = methods.some((method) => strongest.includes(method))
          const byMail = strongest.length === 0 && mail && methods.includes('pwd') && methods.includes('mail')
          expect(freshAt(methods, { strongest, mailCounts: mail }, NOW)).toEqual(byFactor || byMail ? NOW : null)
        },
      ),
      { numRuns: 500 },
    )
  })

  test.each([
    [['pwd'], false],
    [['pwd'], true],
    [['mail'], false],
    [['pwd', 'mail'], true],
    [['pwd', 'recovery'], false],
    [['pwd', 'recovery'], true],
    [['setup'], false],
    [[], false],
  ] as [Method[], boolean][])(
    'a recovery code, a password or mail alone is no step-up: %j, has a factor: %s',
    (methods, hasFactor) => {
      expect(freshAt(methods, { strongest: hasFactor ? ['otp'] : [], mailCounts: true }, NOW)).toBeNull()
    },
  )
})

test('D1: what meets the requirement is a factor, a recovery code or a trusted device, never a link, mail, password or setup', () => {
  const second = METHODS.filter((method) => hasSecondFactor([method]))
  expect(second).toEqual(['otp', 'email', 'sms', 'passkey', 'recovery', 'device'])
  expect(hasSecondFactor([])).toBe(false)
  expect(hasSecondFactor(['pwd', 'link', 'mail'])).toBe(false)
})

describe('landingPath (SE3)', () => {
  test.each([
    ['end_user', '/account'],
    ['agent', '/account'],
    ['admin', '/admin/acme'],
    ['owner', '/admin/acme'],
  ] as [Role, string][])('SE3: a person with the role %s lands on %s, or on the page they asked for', (role, path) => {
    const who = person([member(role)])
    expect(landingPath(who, null)).toBe(path)
    expect(landingPath(who, '/account/security')).toBe('/account/security')
  })

  test('SE3: what counts is the home tenant, and without one it is the account page', () => {
    expect(landingPath(person([elsewhere('owner'), member('end_user')]), null)).toBe('/account')
    expect(landingPath(person([elsewhere('owner')]), null)).toBe('/account')
  })
})

test.each([
  [-5000, 1],
  [0, 1],
  [999, 1],
  [1000, 1],
  [1999, 1],
  [2000, 2],
  [hours(12), 43_200],
])('a cookie for an end in %i ms lives %i s', (ahead, seconds_) => {
  expect(limitSeconds(later(NOW, ahead), NOW)).toBe(seconds_)
})

test('NIST AAL1: an end user’s session without a factor lasts 30 days at most', () => {
  const { expiresAt } = limitsFor(person([member('end_user')]), ['pwd'], NOW)
  expect(expiresAt).toEqual(later(NOW, days(30)))
})

describe('a session that a clock dated which was ahead', () => {
  test.each([
    [hours(1), 'assured', true],
    [hours(1) + 1, 'ended', false],
    [hours(2), 'ended', false],
  ])('SE2 SE4: by %i ms: %s, and its step-up counts: %s', (ahead, state, fresh) => {
    const at = later(NOW, ahead)
    const dated = session({ createdAt: at, lastSeenAt: at, expiresAt: later(at, hours(12)), steppedUpAt: at })
    expect(judgeSession(dated, person([member('owner')]), NOW)).toBe(state)
    expect(isSteppedUp(dated, NOW)).toBe(fresh)
  })
})
