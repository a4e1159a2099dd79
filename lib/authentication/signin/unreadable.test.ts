import { beforeEach, describe, expect, test, vi } from 'vitest'
import { listPeople } from '../../administration/people/list/service'
import { makeReports, requestReport } from '../../administration/report/service'
import { checkRows } from '../../cli/doctor-rows'
import { hashToken } from '../../core/crypto/token'
import { onPassedOver, type UnreadablePlace, UnreadableRow } from '../../core/kernel/unreadable'
import { startWorker } from '../../job/worker'
import { databaseKinds, freshDatabase } from '../../testing/databases'
import { aMessagedFactor, PHONE, savedCodes } from '../../testing/signin'
import {
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  aVisitor,
  PASSWORD,
  quickWorld,
  REQUEST,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { endSession, findLiveSession } from '../session/service'
import { proveFactor, proveRecoveryCode } from './prove/service'
import { startWithPassword } from './start/service'

const PEOPLE = {
  search: '',
  suspended: false,
  atRisk: false,
  userType: null,
  role: null,
  status: null,
  sort: 'name',
  from: 'first',
} as const

describe.each(databaseKinds)('N41: a row that cannot be read (%s)', (kind) => {
  let world: TestWorld
  let broken: { id: string; email: string }
  let other: { id: string; email: string }
  let ownerId: string
  let passedOver: UnreadablePlace[]

  beforeEach(async () => {
    const { db, drop } = await freshDatabase(kind)
    world = quickWorld(db)
    ownerId = (await aTenant(world)).ownerId
    broken = await aPerson(world, 'acme', 'end_user')
    other = await aPerson(world, 'acme', 'agent')
    passedOver = []
    onPassedOver((error) => passedOver.push(...error.places))
    return async () => {
      onPassedOver(undefined)
      await drop()
    }
  })

  const run = (statement: string) => world.db.$executeRawUnsafe(statement)
  const typed = (email: string, password = PASSWORD) => startWithPassword(world, aVisitor(), { email, password })
  const counters = async () => {
    const rows = await world.db.throttle.findMany({ orderBy: { key: 'asc' } })
    return rows.filter(({ failures }) => failures > 0)
  }
  const noDate = kind === 'sqlite' ? "'garbage'" : "'infinity'"

  async function aNewWord(type: string, word: string): Promise<void> {
    if (kind === 'postgresql') await run(`ALTER TYPE "${type}" ADD VALUE '${word}'`)
  }

  /** Everybody else goes on: signing in, the list, a report, the worker. */
  async function othersGoOn(listed: boolean): Promise<void> {
    expect(await typed(other.email)).toMatchObject({ ok: true })
    const { freshAdmin } = await aSession(world, ownerId, { methods: ['pwd', 'otp'], steppedUp: true })
    const { rows } = await listPeople(world, freshAdmin, PEOPLE)
    const names = rows.map(({ userId }) => userId)
    expect(names).toEqual(expect.arrayContaining([ownerId, other.id]))
    expect(names.includes(broken.id)).toBe(listed)
    const asked = await requestReport(world, freshAdmin, 'all')
    const id = asked.ok ? asked.value.id : ''
    while (await makeReports(world, () => false));
    const report = await world.db.report.findUniqueOrThrow({ where: { id } })
    expect(report.finishedAt).not.toBeNull()
    expect(report.rows).toBeGreaterThanOrEqual(2)
    const errors: unknown[] = []
    const sent: string[] = []
    const mailer = { send: async ({ to }: { to: string }) => void sent.push(to) }
    const worker = startWorker(world, { mailer, sms: mailer }, { onError: (error) => errors.push(error) })
    await vi.waitFor(() => expect(sent.length).toBeGreaterThan(0), { timeout: 5_000 })
    await worker.stop()
    expect(errors).toEqual([])
  }

  test.each([
    ['an unknown role', 'membership', 'role', 'unknown_value', false],
    ['a mark of suspension that is no date', 'app_user', 'suspendedAt', 'no_date', true],
    ['an exemption until no date', 'membership', 'exemptUntil', 'no_date', false],
    ['a policy row that is gone', 'policy_rule', null, 'missing', true],
  ] as const)(
    '%s stops that person with the right password, uncounted, and nobody else',
    async (_, table, column, problem, listed) => {
      await aTotpFactor(world, broken.id)
      const of = { membership: `"userId" = '${broken.id}'`, app_user: `"id" = '${broken.id}'` }
      if (column === null) await run(`DELETE FROM "policy_rule" WHERE "userType" = 'end'`)
      else if (column === 'role') {
        await aNewWord('role', 'boss')
        await run(`UPDATE "membership" SET "role" = 'boss' WHERE ${of.membership}`)
      } else await run(`UPDATE "${table}" SET "${column}" = ${noDate} WHERE ${of[table as 'membership']}`)
      const error = await typed(broken.email).then(
        () => null,
        (error) => error,
      )
      expect(error).toBeInstanceOf(UnreadableRow)
      expect(error.places).toEqual([{ table, id: expect.any(String), column, problem }])
      expect(await counters()).toEqual([])
      // S13: without the password nobody learns that there is such a person.
      expect(await typed(broken.email, 'another password')).toMatchObject({ ok: false, code: 'wrong_credentials' })
      await othersGoOn(listed)
      expect(passedOver.map((place) => place.table)).toContain(table)
    },
  )

  test('a factor of an unknown kind, and one whose end is no date, let nobody in by the password alone', async () => {
    await aTotpFactor(world, broken.id)
    await run(`UPDATE "app_user" SET "twoFactorOn" = true WHERE "id" = '${broken.id}'`)
    await run(`UPDATE "factor" SET "expiresAt" = ${noDate}`)
    await expect(typed(broken.email)).rejects.toMatchObject({ places: [{ table: 'factor', problem: 'no_date' }] })
    await aNewWord('factor_kind', 'smoke')
    await run(`UPDATE "factor" SET "expiresAt" = NULL, "kind" = 'smoke'`)
    await expect(typed(broken.email)).rejects.toMatchObject({ places: [{ table: 'factor', problem: 'unknown_value' }] })
    await othersGoOn(true)
  })

  test('a hash that is none calls no password wrong and counts nothing', async () => {
    await run(`UPDATE "password" SET "hash" = 'garbage' WHERE "userId" = '${broken.id}'`)
    await expect(typed(broken.email)).rejects.toMatchObject({
      places: [{ table: 'password', id: broken.id, column: 'hash', problem: 'no_hash' }],
    })
    expect(await counters()).toEqual([])
    await othersGoOn(true)
  })

  test.each(['expiresAt', 'lastSeenAt', 'steppedUpAt'])(
    'a session whose %s is no date is none for its holder, who signs in anew and out',
    async (column) => {
      const { token } = await aSession(world, broken.id)
      await run(`UPDATE "session" SET "${column}" = ${noDate}`)
      expect(await findLiveSession(world, hashToken('session', token))).toBeNull()
      expect(passedOver).toEqual([{ table: 'session', id: expect.any(String), column, problem: 'no_date' }])
      expect((await checkRows(world.db, world.keys)).map(({ message }) => message)).toEqual([
        expect.stringMatching(`^session .*: ${column} is no date: .*signs in anew`),
      ])
      expect(await typed(broken.email)).toMatchObject({ ok: true })
      await endSession(world, token, 'signed_out', REQUEST)
      await run(`UPDATE "session" SET "${column}" = "createdAt"`)
      expect(await findLiveSession(world, hashToken('session', token))).toBeNull()
    },
  )

  test('a session whose person cannot be read is no way around that', async () => {
    const { token } = await aSession(world, broken.id)
    await run(`UPDATE "app_user" SET "suspendedAt" = ${noDate} WHERE "id" = '${broken.id}'`)
    await expect(findLiveSession(world, hashToken('session', token))).rejects.toBeInstanceOf(UnreadableRow)
  })

  test('a broken seal calls no passcode wrong, and of two apps neither is judged', async () => {
    const good = await aTotpFactor(world, broken.id)
    const bad = await aTotpFactor(world, broken.id)
    await run(`UPDATE "app_user" SET "twoFactorOn" = true WHERE "id" = '${broken.id}'`)
    await run(
      `UPDATE "factor" SET "sealedKey" = (SELECT "sealedKey" FROM "factor" WHERE "id" = '${good.id}') WHERE "id" = '${bad.id}'`,
    )
    const attempt = await anAttempt(world, broken.email)
    const before = await counters()
    for (const code of [totpCode(world, good.key), '000000']) {
      await expect(proveFactor(world, attempt.claimant, code)).rejects.toMatchObject({
        places: [{ table: 'factor', id: bad.id, column: 'sealedKey', problem: 'broken_seal' }],
      })
    }
    expect(await counters()).toEqual(before)
    expect(await world.db.signInAttempt.findFirst({ select: { failures: true } })).toEqual({ failures: 0 })
    await othersGoOn(true)
  })

  test('a number whose seal is broken and a recovery code without a hash are told, not called wrong', async () => {
    await aMessagedFactor(world, broken.id, 'sms', PHONE)
    const codes = await savedCodes(world, broken.id)
    await run(`UPDATE "app_user" SET "twoFactorOn" = true WHERE "id" = '${broken.id}'`)
    const attempt = await anAttempt(world, broken.email)
    await run(`UPDATE "recovery_code" SET "hash" = 'garbage' WHERE "number" = 3`)
    await expect(proveRecoveryCode(world, attempt.claimant, codes[0] ?? '')).rejects.toMatchObject({
      places: [{ table: 'recovery_code', column: 'hash', problem: 'no_hash' }],
    })
    expect(await world.db.signInAttempt.findFirst({ select: { failures: true } })).toEqual({ failures: 0 })
    await run(`UPDATE "factor" SET "sealedPhone" = '1.x'`)
    await expect(typed(broken.email)).rejects.toMatchObject({ places: [{ table: 'factor', column: 'sealedPhone' }] })
    await othersGoOn(true)
  })
})
