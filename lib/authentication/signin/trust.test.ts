import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { changeDeviceRules } from '../../administration/policy/service'
import { forgetDevicesOfPerson, forgetDevicesOfTenant } from '../../administration/sessions/service'
import { hashToken } from '../../core/crypto/token'
import { type Db, transact } from '../../core/db'
import { days, minutes, seconds } from '../../core/kernel/time'
import { endTrust } from '../../credentials/device/service'
import { personById } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import { aKnownDevice, anEnrolled, attemptOf, savedCodes, signedIn, stepOf } from '../../testing/signin'
import {
  aClaimant,
  aFurtherTenant,
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  aVisitor,
  lastMail,
  PASSWORD,
  quickWorld,
  REQUEST,
  sessionOf,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { changePassword } from '../account/password/service'
import { endOwnSession, forgetOwnDevice, forgetOwnDevices, reportNotMe, viewRegister } from '../devices/service'
import { findLiveSession } from '../session/service'
import { answerIfLost, proveFactor, proveRecoveryCode } from './prove/service'
import { startWithPassword } from './start/service'
import { viewSignIn } from './view/service'

eachDatabase('trusted devices', (open) => {
  let world: TestWorld
  let db: Db
  let acme: Awaited<ReturnType<typeof aTenant>>

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    acme = await aTenant(world)
  })
  beforeEach(async () => {
    world.clock.move(minutes(2))
    const rule = { trustDays: 30, trustFloor: null }
    await setRules(db, acme.id, { team: rule, end: rule })
  })

  const start = (email: string, deviceToken: string | null, request = REQUEST) =>
    startWithPassword(world, aVisitor({ deviceToken, request }), { email, password: PASSWORD })
  /** What the password alone leads to in the browser of this cookie. */
  const asks = async (email: string, deviceToken: string | null, request = REQUEST) => {
    const started = await start(email, deviceToken, request)
    if (!started.ok) return started.code
    return started.value.kind === 'attempt' ? started.value.step : 'in'
  }
  /** Signs in with the box above the passcode ticked, or not. */
  const signIn = async (
    person: Awaited<ReturnType<typeof anEnrolled>>,
    trust: boolean,
    cookie: string | null = null,
  ) => {
    world.clock.move(seconds(60))
    const { claimant } = await anAttempt(world, person.email, cookie)
    return signedIn(await proveFactor(world, claimant, totpCode(world, person.key), trust))
  }
  const trusted = async () => {
    const person = await anEnrolled(world, acme.slug)
    const { deviceToken, sessionToken } = await signIn(person, true)
    return { person, cookie: deviceToken ?? '', sessionToken }
  }
  const owner = async () =>
    (await aSession(world, acme.ownerId, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  const rules = async (team: number, end = 30) => {
    const { version } = await db.policy.findUniqueOrThrow({ where: { tenantId: acme.id } })
    const changed = await changeDeviceRules(world, await owner(), {
      trustDays: { team, end },
      endDeviceVerification: false,
      version,
    })
    if (!changed.ok) throw new Error(changed.code)
  }

  test('D1 M7: the ticked box skips the second factor in this browser, and the session says on what it rests', async () => {
    const person = await anEnrolled(world, acme.slug)
    const { claimant } = await anAttempt(world, person.email)
    expect((await viewSignIn(world, claimant))?.trustDays).toBe(30)
    const first = signedIn(await proveFactor(world, claimant, totpCode(world, person.key), true))
    const again = await start(person.email, first.deviceToken)
    if (!again.ok || again.value.kind !== 'signed-in') throw new Error('asked')
    const session = await findLiveSession(world, hashToken('session', again.value.signedIn.sessionToken))
    expect(session?.session).toMatchObject({ methods: ['pwd', 'device'], steppedUpAt: null })
    const kinds = await auditKinds(world, person.id)
    expect(kinds.filter((kind) => kind === 'device_trusted')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'sign_in_succeeded')).toHaveLength(2)
  })

  test('S21: trust never satisfies step-up, and the session of a trusted device is not fresh', async () => {
    const { person, cookie } = await trusted()
    const again = await start(person.email, cookie)
    if (!again.ok || again.value.kind !== 'signed-in') throw new Error('asked')
    expect((await sessionOf(world, again.value.signedIn.sessionToken)).assured.session.steppedUpAt).toBeNull()
  })

  test('D1: an unticked box trusts nothing, and trust is the person’s choice each time', async () => {
    const person = await anEnrolled(world, acme.slug)
    const { deviceToken } = await signIn(person, false)
    expect(await asks(person.email, deviceToken)).toBe('verify-factor')
    const trusted = await signIn(person, true, deviceToken)
    expect(await asks(person.email, deviceToken)).toBe('verify-factor')
    expect(await asks(person.email, trusted.deviceToken)).toBe('in')
  })

  test.each([
    [-1, 'in'],
    [0, 'verify-factor'],
    [1, 'verify-factor'],
  ])('D1: %i ms after thirty days the password leads to: %s', async (offset, step) => {
    const { person, cookie } = await trusted()
    world.clock.move(days(30) + offset)
    expect(await asks(person.email, cookie)).toBe(step)
  })

  test('D1: skipping does not make the trust any longer', async () => {
    const { person, cookie } = await trusted()
    world.clock.move(days(29))
    expect(await asks(person.email, cookie)).toBe('in')
    world.clock.move(days(1))
    expect(await asks(person.email, cookie)).toBe('verify-factor')
  })

  test('D3: 30 days become 7, at once, for a device trusted 8 days ago and not for one trusted 6 days ago', async () => {
    const [old, young] = [await trusted(), await trusted()]
    await db.device.updateMany({
      where: { userId: young.person.id },
      data: { trustGrantedAt: new Date(world.clock.now().getTime() + days(2)) },
    })
    world.clock.move(days(8))
    const rows = () =>
      db.device.findMany({ where: { userId: { in: [old.person.id, young.person.id] } }, orderBy: { id: 'asc' } })
    const before = await rows()
    expect([await asks(old.person.email, old.cookie), await asks(young.person.email, young.cookie)]).toEqual([
      'in',
      'in',
    ])
    const seen = await rows()
    await rules(7)
    expect(await rows()).toEqual(seen)
    expect(seen.map((row) => row.trustGrantedAt)).toEqual(before.map((row) => row.trustGrantedAt))
    expect([await asks(old.person.email, old.cookie), await asks(young.person.email, young.cookie)]).toEqual([
      'verify-factor',
      'in',
    ])
    await rules(30)
    expect([await asks(old.person.email, old.cookie), await asks(young.person.email, young.cookie)]).toEqual([
      'verify-factor',
      'in',
    ])
  })

  test('D1 D3: never asks everybody and offers no box; then 30 days revive nothing, and a new trust is good', async () => {
    const { person, cookie } = await trusted()
    await rules(0)
    expect(await asks(person.email, cookie)).toBe('verify-factor')
    world.clock.move(seconds(60))
    const { claimant } = await anAttempt(world, person.email, cookie)
    expect((await viewSignIn(world, claimant))?.trustDays).toBe(0)
    // A box that was on the page before, or that somebody wrote into the form.
    signedIn(await proveFactor(world, claimant, totpCode(world, person.key), true))
    expect(await asks(person.email, cookie)).toBe('verify-factor')
    await rules(30)
    expect(await asks(person.email, cookie)).toBe('verify-factor')
    const again = await signIn(person, true, cookie)
    expect(await asks(person.email, again.deviceToken)).toBe('in')
  })

  test('D1: each user type has its own period', async () => {
    const { person, cookie } = await trusted()
    await rules(30, 0)
    expect(await asks(person.email, cookie)).toBe('in')
    await rules(0, 30)
    expect(await asks(person.email, cookie)).toBe('verify-factor')
  })

  test('U6 D1: a guest is under the shortest period of all companies they belong to', async () => {
    const { person, cookie } = await trusted()
    const host = await aFurtherTenant(world)
    await setRules(db, host.id, { team: { trustDays: 7 } })
    await db.membership.create({
      data: {
        id: crypto.randomUUID(),
        tenantId: host.id,
        userId: person.id,
        role: 'agent',
        userType: 'team',
        nameKey: 'g',
        surnameKey: 'g',
        emailKey: 'g',
        createdAt: world.clock.now(),
      },
    })
    world.clock.move(days(7) - 1)
    expect(await asks(person.email, cookie)).toBe('in')
    world.clock.move(1)
    expect(await asks(person.email, cookie)).toBe('verify-factor')
  })

  describe('D2 S21: a cookie', () => {
    test('of somebody else, edited, or none at all is no trust', async () => {
      const { person, cookie } = await trusted()
      const colleague = await anEnrolled(world, acme.slug)
      const edited = cookie.replace(/.\.(?=\d+$)/, (end) => (end === 'A.' ? 'B.' : 'A.'))
      expect(await asks(colleague.email, cookie)).toBe('verify-factor')
      expect(await asks(person.email, edited)).toBe('verify-factor')
      expect(await asks(person.email, null)).toBe('verify-factor')
      expect(await asks(person.email, cookie)).toBe('in')
    })

    test('that a colleague trusts as well is trusted for each of them alone', async () => {
      const { person, cookie } = await trusted()
      const colleague = await anEnrolled(world, acme.slug)
      const theirs = await signIn(colleague, false, cookie)
      expect(theirs.deviceToken?.startsWith(`${cookie}~`)).toBe(true)
      expect(await asks(person.email, theirs.deviceToken)).toBe('in')
      expect(await asks(colleague.email, theirs.deviceToken)).toBe('verify-factor')
    })

    test('moved to another browser or system is no trust; a newer version of the same one keeps it', async () => {
      const chrome = (version: number, system: string) => ({
        ...REQUEST,
        userAgent: `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
      })
      const linux = 'X11; Linux x86_64'
      const person = await anEnrolled(world, acme.slug)
      world.clock.move(seconds(60))
      const started = await start(person.email, null, chrome(140, linux))
      if (!started.ok || started.value.kind !== 'attempt') throw new Error('no attempt')
      const claimant = aClaimant(started.value.attemptToken)
      const done = signedIn(
        await proveFactor(world, { ...claimant, request: chrome(140, linux) }, totpCode(world, person.key), true),
      )
      const cookie = done.deviceToken
      const firefox = {
        ...REQUEST,
        userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0',
      }
      expect(await asks(person.email, cookie, firefox)).toBe('verify-factor')
      expect(await asks(person.email, cookie, chrome(140, 'Windows NT 10.0; Win64; x64'))).toBe('verify-factor')
      expect(await asks(person.email, cookie, { ...REQUEST, userAgent: 'curl/8.0' })).toBe('verify-factor')
      expect(await asks(person.email, cookie, chrome(141, linux))).toBe('in')
    })
  })

  describe('D4: trust ends', () => {
    const ends: [string, (person: Awaited<ReturnType<typeof anEnrolled>>) => Promise<unknown>][] = [
      [
        'at a password change',
        async (person) => {
          const { assured } = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
          const changed = await changePassword(world, assured, {
            current: PASSWORD,
            next: 'a wholly different sentence',
          })
          if (!changed.ok) throw new Error(changed.code)
          const stored = await db.password.findUniqueOrThrow({ where: { userId: person.id } })
          const again = await world.hasher.hash(PASSWORD)
          if (!again.ok) throw new Error('busy')
          await db.password.update({
            where: { userId: person.id },
            data: { hash: again.value.hash, pepperKeyId: stored.pepperKeyId },
          })
        },
      ],
      [
        'when oneself forgets all devices',
        async (person) => forgetOwnDevices(world, (await aSession(world, person.id, { steppedUp: true })).steppedUp),
      ],
      [
        'when an admin forgets those of a person',
        async (person) => forgetDevicesOfPerson(world, await owner(), person.email),
      ],
      ['when an admin forgets those of everybody', async () => forgetDevicesOfTenant(world, await owner())],
      ['when a factor changes', (person) => transact({ db }, ({ db }) => endTrust(db, person.id))],
    ]
    test.each(ends)('%s, at once, and does not come back by waiting', async (_name, end) => {
      const { person, cookie } = await trusted()
      expect(await asks(person.email, cookie)).toBe('in')
      world.clock.move(minutes(1))
      await end(person)
      expect(await asks(person.email, cookie)).toBe('verify-factor')
      world.clock.move(days(1))
      expect(await asks(person.email, cookie)).toBe('verify-factor')
      const again = await signIn(person, true, cookie)
      expect(await asks(person.email, again.deviceToken)).toBe('in')
    })

    test('T6: of this company alone, and not of one it is a guest’s host of', async () => {
      const { person, cookie } = await trusted()
      const other = await aFurtherTenant(world)
      const stranger = await anEnrolled(world, other.slug)
      const theirs = (await signIn(stranger, true)).deviceToken
      world.clock.move(minutes(1))
      await forgetDevicesOfTenant(world, await owner())
      expect(await asks(stranger.email, theirs)).toBe('in')
      expect(await asks(person.email, cookie)).toBe('verify-factor')
      expect(await forgetDevicesOfPerson(world, await owner(), stranger.email)).toEqual({
        ok: false,
        code: 'nobody_here',
      })
      expect(await asks(stranger.email, theirs)).toBe('in')
    })

    test('P10: of everybody by one write that touches no device', async () => {
      await trusted()
      const before = await db.device.findMany({ orderBy: { id: 'asc' } })
      await forgetDevicesOfTenant(world, await owner())
      expect(await db.device.findMany({ orderBy: { id: 'asc' } })).toEqual(before)
    })
  })

  test('R3: a recovery code never grants trust, whatever was ticked before it', async () => {
    const person = await anEnrolled(world, acme.slug)
    const codes = await savedCodes(world, person.id)
    const { claimant } = await anAttempt(world, person.email)
    await db.signInAttempt.updateMany({ where: { userId: person.id }, data: { trustWantedAt: world.clock.now() } })
    stepOf(await proveRecoveryCode(world, claimant, codes[0] ?? ''))
    const done = signedIn(await answerIfLost(world, claimant, 'at_hand'))
    expect(await asks(person.email, done.deviceToken)).toBe('verify-factor')
    expect(await db.device.count({ where: { userId: person.id, trustGrantedAt: { not: null } } })).toBe(0)
  })

  test('D1: a wrong passcode with the box ticked wants nothing yet', async () => {
    const person = await anEnrolled(world, acme.slug)
    const { claimant } = await anAttempt(world, person.email)
    await proveFactor(world, claimant, '000000', true)
    expect((await attemptOf(world, person.id)).trustWantedAt).toBeNull()
    const done = signedIn(await proveFactor(world, claimant, totpCode(world, person.key)))
    expect(await asks(person.email, done.deviceToken)).toBe('verify-factor')
  })

  test.each([64])('S4 S21: of %i sign-ins with one ticked box at once one trusts', async (size) => {
    const person = await anEnrolled(world, acme.slug)
    const { claimant } = await anAttempt(world, person.email)
    const code = totpCode(world, person.key)
    await Promise.all(Array.from({ length: size }, () => proveFactor(world, claimant, code, true)))
    expect(await db.device.count({ where: { userId: person.id } })).toBe(1)
    expect((await auditKinds(world, person.id)).filter((kind) => kind === 'device_trusted')).toHaveLength(1)
  })

  test('D10: a sign-in in a new browser is told by mail, in a known one it is not', async () => {
    const person = await anEnrolled(world, acme.slug)
    const mails = () => db.outboxMessage.count({ where: { recipient: person.email, template: 'new_device' } })
    const { deviceToken } = await signIn(person, false)
    expect(await mails()).toBe(1)
    expect(await lastMail(world, person.email)).toMatchObject({
      template: 'new_device',
      values: { address: REQUEST.address, userAgent: REQUEST.userAgent },
    })
    await signIn(person, false, deviceToken)
    expect(await mails()).toBe(1)
    await signIn(person, false)
    expect(await mails()).toBe(2)
  })

  test('N23: ten browsers a person; an unverified one goes first, then the one seen longest ago', async () => {
    const { person, cookie } = await trusted()
    const cookies: string[] = []
    for (let count = 0; count < 10; count += 1) {
      world.clock.move(minutes(1))
      cookies.push(await aKnownDevice(world, person.id, true))
    }
    expect(await db.device.count({ where: { userId: person.id } })).toBe(10)
    expect(await asks(person.email, cookie)).toBe('verify-factor')
    for (const each of cookies) expect(await asks(person.email, each)).toBe('in')
    await db.device.updateMany({
      where: { userId: person.id, seriesHash: hashToken('device', cookies[5]?.split('.')[0] ?? '') },
      data: { verifiedAt: null },
    })
    world.clock.move(minutes(1))
    await aKnownDevice(world, person.id)
    expect(await db.device.count({ where: { userId: person.id } })).toBe(10)
    expect(await asks(person.email, cookies[5] ?? null)).toBe('verify-factor')
    expect(await asks(person.email, cookies[0] ?? null)).toBe('in')
  })

  describe('the register', () => {
    const two = async () => {
      const { person, cookie, sessionToken } = await trusted()
      const other = await signIn(person, true)
      const mine = await sessionOf(world, sessionToken, cookie)
      return { person, cookie, other, mine }
    }

    test('D9: names browsers and sessions of this person alone, the one in use and until when each is trusted', async () => {
      const { mine, person } = await two()
      await trusted()
      const { devices, sessions, trustDays } = await viewRegister(world, mine.assured)
      expect(trustDays).toBe(30)
      expect(devices.map((each) => [each.userId, each.known, each.current])).toEqual([
        [person.id, true, false],
        [person.id, true, true],
      ])
      const verified = await db.device.findFirstOrThrow({
        where: { userId: person.id },
        orderBy: { lastSeenAt: 'desc' },
      })
      expect(devices[0]?.trustedUntil).toEqual(new Date((verified.verifiedAt?.getTime() ?? 0) + days(30)))
      expect(sessions.map((each) => each.current)).toEqual([false, true])
    })

    test('D9 SE1: an ended session is over at its next request; one of somebody else cannot be ended, nor twice', async () => {
      const { mine, other } = await two()
      const stranger = await trusted()
      const strangers = await db.session.findFirstOrThrow({ where: { userId: stranger.person.id } })
      expect(await endOwnSession(world, mine.steppedUp, strangers.id)).toMatchObject({ code: 'not_found' })
      const ended = await findLiveSession(world, hashToken('session', other.sessionToken))
      expect(await endOwnSession(world, mine.steppedUp, ended?.session.id ?? '')).toMatchObject({ ok: true })
      expect(await findLiveSession(world, hashToken('session', other.sessionToken))).toBeNull()
      expect(await endOwnSession(world, mine.steppedUp, ended?.session.id ?? '')).toMatchObject({ code: 'not_found' })
      expect((await db.session.findUniqueOrThrow({ where: { id: strangers.id } })).endedAt).toBeNull()
    })

    test('D9: a forgotten browser is unknown and its sessions end, but not the one that asks', async () => {
      const { mine, other, person } = await two()
      const { devices } = await viewRegister(world, mine.assured)
      const away = devices.find((each) => !each.current)
      const stranger = await trusted()
      const strangers = await db.device.findFirstOrThrow({ where: { userId: stranger.person.id } })
      expect(await forgetOwnDevice(world, mine.steppedUp, strangers.id)).toMatchObject({ code: 'not_found' })
      expect(await forgetOwnDevice(world, mine.steppedUp, away?.id ?? '')).toMatchObject({ ok: true })
      expect(await findLiveSession(world, hashToken('session', other.sessionToken))).toBeNull()
      expect(await asks(person.email, other.deviceToken)).toBe('verify-factor')
      expect(await asks(stranger.person.email, stranger.cookie)).toBe('in')
      expect((await viewRegister(world, mine.assured)).devices).toHaveLength(1)
      const here = (await viewRegister(world, mine.assured)).devices[0]
      expect(await forgetOwnDevice(world, mine.steppedUp, here?.id ?? '')).toMatchObject({ ok: true })
      expect(await viewRegister(world, mine.assured)).toMatchObject({ devices: [], sessions: [{ current: true }] })
    })

    test('D9: “this was not me” ends it, forgets its browser, stops open sign-ins and demands a new password', async () => {
      const { mine, other, person } = await two()
      const pending = await anAttempt(world, person.email)
      const { sessions } = await viewRegister(world, mine.assured)
      const away = await findLiveSession(world, hashToken('session', other.sessionToken))
      expect(sessions.map((each) => each.id)).toContain(away?.session.id)
      expect(await reportNotMe(world, mine.steppedUp, { session: mine.assured.session.id })).toMatchObject({
        code: 'not_found',
      })
      expect(await reportNotMe(world, mine.steppedUp, { session: away?.session.id ?? '' })).toMatchObject({ ok: true })
      expect(await findLiveSession(world, hashToken('session', other.sessionToken))).toBeNull()
      expect((await personById(db, person.id))?.person.passwordDemandedAt).toEqual(world.clock.now())
      expect(await lastMail(world, person.email)).toMatchObject({ template: 'not_me_reported' })
      expect((await proveFactor(world, pending.claimant, totpCode(world, person.key, 1))).ok).toBe(false)
      // The old password leads to the second factor everywhere, trusted or not.
      expect(await asks(person.email, mine.assured.deviceToken)).toBe('verify-factor')
      expect(await auditKinds(world, person.id)).toContain('not_me_reported')
    })

    test('D9 S2: nobody can say so of a session or browser that is not theirs', async () => {
      const { mine } = await two()
      const stranger = await trusted()
      const device = await db.device.findFirstOrThrow({ where: { userId: stranger.person.id } })
      const session = await db.session.findFirstOrThrow({ where: { userId: stranger.person.id } })
      for (const what of [{ device: device.id }, { session: session.id }, { device: 'none' }]) {
        expect(await reportNotMe(world, mine.steppedUp, what)).toMatchObject({ code: 'not_found' })
      }
      expect((await personById(db, stranger.person.id))?.person.passwordDemandedAt).toBeNull()
      expect(await asks(stranger.person.email, stranger.cookie)).toBe('in')
    })
  })

  test('D9 D5: while a new password is demanded, somebody without 2FA proves the mailbox on every browser', async () => {
    const person = await aPerson(world, acme.slug)
    const cookie = await aKnownDevice(world, person.id)
    expect(await asks(person.email, cookie)).toBe('in')
    await db.user.update({ where: { id: person.id }, data: { passwordDemandedAt: world.clock.now() } })
    expect(await asks(person.email, cookie)).toBe('verify-device')
  })
})
