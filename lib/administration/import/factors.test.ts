import { hash as bcrypt } from '@node-rs/bcrypt'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { proveFactor, proveRecoveryCode } from '../../authentication/signin/prove/service'
import { fromBase32 } from '../../core/crypto/encoding'
import { hours } from '../../core/kernel/time'
import { timeStep, totpAt } from '../../core/otp/totp'
import { personByEmail } from '../../identity/user/service'
import type { Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { countMails, signedIn, stepOf } from '../../testing/signin'
import {
  anAttempt,
  anOperator,
  aPerson,
  aSession,
  aTenant,
  enrolmentProgress,
  PASSWORD,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { receiveFile } from './check/service'
import { importFile } from './command/service'
import { startImport, startImportWithPasswords, viewImport } from './console/service'
import { bringIn } from './work/service'

const KEY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const EIGHT = `otpauth://totp/Old:ada?secret=${KEY}&algorithm=SHA256&digits=8&period=60`
const CODES = ['K7Q2-9XWM-41TZ-8A', '12345678901234567890']

eachDatabase('factors from a file', (open) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>
  let hash: string
  let made = 0

  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
    hash = await bcrypt(PASSWORD, { cost: 10 })
  })
  beforeEach(() => world.clock.move(hours(24)))

  const newEmail = () => {
    made += 1
    return `k${made}@example.com`
  }
  const fileOf = (...rows: string[]) =>
    `Email,Name,Role,Password hash,TOTP key,Recovery codes\n${rows.map((row) => `${row}\n`).join('')}`
  const anActor = async (role: Role) => {
    const { id } = await aPerson(world, acme.slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  async function* bytesOf(text: string) {
    yield new TextEncoder().encode(text)
  }
  const receive = async (actor: Awaited<ReturnType<typeof anActor>>, file: string) => {
    const received = await receiveFile(world, actor, { name: 'a.csv', open: () => bytesOf(file), invite: false })
    if (!received.ok) throw new Error(received.code)
    return received.value.id
  }
  const finish = async () => {
    while (
      await bringIn(
        world,
        () => false,
        () => 'App',
      )
    );
  }

  test('X8, S6: keys and codes of another system are used at the next sign-in, and nobody enrols again', async () => {
    const owner = await anActor('owner')
    const [ada, bea] = [newEmail(), newEmail()]
    const before = await enrolmentProgress(world.db, acme.id)
    const rows = [`${ada},Ada,end_user,${hash},${EIGHT},`, `${bea},Bea,end_user,${hash},${KEY},${CODES.join(' ')}`]
    const id = await receive(owner, fileOf(...rows))
    const waiting = await world.db.peopleImportRow.findMany({ where: { importId: id } })
    expect(JSON.stringify([waiting, await world.db.peopleImportPart.findMany()])).not.toMatch(/GEZDGNBV|9XWM|\$2b\$/)
    expect((await startImportWithPasswords(world, owner, id)).ok).toBe(true)
    await finish()
    expect((await viewImport(world, owner, id))?.view.counts).toMatchObject({ added: 2, refused: 0 })
    const after = await enrolmentProgress(world.db, acme.id)
    expect([after.end.people - before.end.people, after.end.enrolled - before.end.enrolled]).toEqual([2, 2])

    const key = fromBase32(KEY) ?? new Uint8Array()
    const adas = await anAttempt(world, ada)
    const eight = totpAt({ key, algorithm: 'SHA256', digits: 8, period: 60 }, timeStep(world.clock.now(), 60))
    expect(await proveFactor(world, adas.claimant, '00000000')).toMatchObject({ ok: false })
    // Without codes of the other system she makes some before she is in (E4).
    expect(stepOf(await proveFactor(world, adas.claimant, eight))).toBe('show-recovery-codes')

    const beas = await anAttempt(world, bea)
    const six = totpAt({ key, algorithm: 'SHA1', digits: 6, period: 30 }, timeStep(world.clock.now()))
    signedIn(await proveFactor(world, beas.claimant, six))
    const again = await anAttempt(world, bea)
    expect((await proveRecoveryCode(world, again.claimant, 'k7q2 9xwm 41tz 8a')).ok).toBe(true)
    const third = await anAttempt(world, bea)
    expect(await proveRecoveryCode(world, third.claimant, CODES[0] ?? '')).toMatchObject({ ok: false })

    const sealed = await world.db.factor.findMany({ where: { user: { email: { in: [ada, bea] } } } })
    expect(sealed.map(({ name, sealedKey }) => [name, sealedKey?.includes(KEY)])).toEqual([
      ['App', false],
      ['App', false],
    ])
    expect([
      await countMails(world, ada, 'account_brought_app'),
      await countMails(world, ada, 'account_brought'),
    ]).toEqual([1, 0])
    const noted = await world.db.auditEvent.findFirstOrThrow({
      where: { kind: 'users_imported', actorId: owner.person.id },
      orderBy: { id: 'desc' },
    })
    expect(JSON.parse(noted.data)).toMatchObject({ added: 2, apps: 2, codes: 2 })
  })

  test('X8: a bad key or code names its row, and is never shown; without a password neither is taken', async () => {
    const owner = await anActor('owner')
    const row = (key: string, codes = '', password = hash) => `${newEmail()},Ada,end_user,${password},${key},${codes}`
    const id = await receive(
      owner,
      fileOf(
        row('not a key'),
        row('otpauth://hotp/a?secret=X'),
        row(KEY, '123456'),
        row('', CODES[1]),
        row(KEY, '', ''),
      ),
    )
    const found = await viewImport(world, owner, id)
    expect(found?.rows.map(({ number, column, problem }) => [number, column, problem])).toEqual([
      [2, 'totp_key', 'key_not_accepted'],
      [3, 'totp_key', 'key_not_accepted'],
      [4, 'recovery_codes', 'codes_not_accepted'],
      [5, 'recovery_codes', 'codes_need_key'],
      [6, 'totp_key', 'key_needs_password'],
    ])
    expect(JSON.stringify(found)).not.toMatch(/not a key|GEZDG|12345678/)
  })

  test('X8, R3: an admin brings no key in, and whoever is there keeps what they have', async () => {
    const [admin, owner] = [await anActor('admin'), await anActor('owner')]
    const email = newEmail()
    const there = await aPerson(world, acme.slug, 'end_user')
    const file = fileOf(`${email},Ada,end_user,${hash},${KEY},`, `${there.email},Theo,end_user,${hash},${KEY},`)
    const refused = await receive(admin, file)
    expect((await viewImport(world, admin, refused))?.view).toMatchObject({
      counts: { added: 0, differs: 1, refused: 1 },
      problems: [{ problem: 'owners_only' }],
    })
    const id = await receive(owner, file)
    expect(await startImport(world, owner, id)).toMatchObject({ code: 'with_passwords' })
    expect((await startImportWithPasswords(world, owner, id)).ok).toBe(true)
    await finish()
    expect(await world.db.factor.count({ where: { userId: there.id } })).toBe(0)
    expect((await personByEmail(world.db, email))?.person.secondFactorSince).not.toBeNull()
  })

  test('X8: by command likewise; a dry run hashes nothing', async () => {
    const email = newEmail()
    const run = (dryRun: boolean) =>
      importFile(
        world,
        anOperator(),
        acme,
        () => bytesOf(fileOf(`${email},Ada,agent,${hash},${KEY},${CODES.join(';')}`)),
        {
          dryRun,
          invite: false,
          locale: 'en',
          suspended: false,
          update: false,
          appName: () => 'App',
          wishes: { charset: null, separator: null, columns: {}, role: null },
        },
        () => undefined,
      )
    expect(await run(true)).toMatchObject({ value: { counts: { added: 1 }, brought: { apps: 1, codes: 2 } } })
    expect(await run(false)).toMatchObject({ value: { counts: { added: 1 }, brought: { apps: 1, codes: 2 } } })
    expect(await world.db.recoveryCode.count({ where: { user: { email } } })).toBe(2)
    expect(await run(false)).toMatchObject({ value: { counts: { unchanged: 1 }, brought: { apps: 0, codes: 0 } } })
  })
})
