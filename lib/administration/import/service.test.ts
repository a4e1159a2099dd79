import { pbkdf2Sync } from 'node:crypto'
import { hash as argon2 } from '@node-rs/argon2'
import { hash as bcrypt } from '@node-rs/bcrypt'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { startWithPassword } from '../../authentication/signin/start/service'
import { IMPORTED } from '../../core/crypto/imported-hash'
import { unseal } from '../../core/crypto/seal'
import type { TransactionDeps } from '../../core/deps'
import { days, earlier, hours, later, minutes } from '../../core/kernel/time'
import { dayIn } from '../../core/kernel/zones'
import { lockTenant } from '../../identity/policy/service'
import { personByEmail } from '../../identity/user/service'
import type { Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import { begunBefore } from '../../testing/race'
import { countMails } from '../../testing/signin'
import {
  aFurtherTenant,
  aGuest,
  anOperator,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  aVisitor,
  enrolmentProgress,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { invite } from '../invitation/service'
import { suspend } from '../people/acts/service'
import { readFileAgain, receiveFile } from './check/service'
import { importFile } from './command/service'
import { dropImport, startImport, startImportWithPasswords, viewImport, viewImports } from './console/service'
import { dropOldFiles } from './kept/service'
import { readPeople } from './read'
import { partBinding } from './rules'
import { bringIn } from './work/service'

const PASSWORD = 'old password of another system'
const WISHES = { charset: null, separator: null, columns: {}, role: 'end_user' } as const
const OPTIONS = {
  dryRun: false,
  invite: false,
  locale: 'en',
  suspended: false,
  update: false,
  appName: () => 'App',
  wishes: WISHES,
}

const REFUSED = { filter: 'refused', problem: null, after: 0 } as const

async function* bytesOf(text: string | Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  for (let from = 0; from < bytes.length; from += size) yield bytes.slice(from, from + size)
}

async function readAll(text: string | Uint8Array, size?: number) {
  const rows = []
  for await (const batch of readPeople(() => bytesOf(text, size), WISHES)) {
    if ('unreadable' in batch) return batch.unreadable
    if ('rows' in batch) rows.push(...batch.rows)
  }
  return rows
}

test('X8: a file with a mark, quotes, line ends of Windows and empty lines; rows are numbered as a spreadsheet does', async () => {
  const file = '\ufeffEmail;Name\r\n"a@example.com";"Ada ""A"", the\u2003first"\r\n\r\n;;\r\nb@example.com;Bea\r\n'
  for (const size of [1, 7, 1000]) {
    expect(await readAll(file, size)).toMatchObject([
      { number: 2, person: { name: 'the\u2003first Ada "A"' } },
      { number: 5, email: 'b@example.com' },
    ])
  }
})

test('X8: UTF-16 as spreadsheets save "Unicode text"', async () => {
  const text = '\ufeffEmail\tName\r\nj@example.com\t山田 太郎\r\n'
  expect(await readAll(new Uint8Array(Buffer.from(text, 'utf16le')))).toMatchObject([{ person: { name: '山田 太郎' } }])
})

test.each([
  ['', { problem: 'empty', row: null }],
  ['Email,Name\n', { problem: 'empty', row: null }],
  ['Name,Phone\nAda,1\n', { problem: 'no_email_column', row: 1 }],
  ['Email,Name\n"a@example.com,Ada\n', { problem: 'broken', row: 2 }],
  [new Uint8Array([0x45, 0x6d, 0xe4, 0x0a]), { problem: 'no_email_column', row: 1 }],
  [new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0, 0]), { problem: 'not_text', row: null }],
])('X8: the file %j is not read: %j', async (file, problem) => {
  expect(await readAll(file)).toEqual(problem)
})

test.each([
  ['LF below headings that end with CRLF', 'Email,Name\r\na@x.example,Ada\nb@x.example,Bo\nc@x.example,Cy\r\n', 3],
  ['the same with a third column', 'Email,Name,Team\r\na@x.example,Ada,T\nb@x.example,Bo,T\nc@x.example,Cy,T\r\n', 3],
  ['CRLF below headings that end with LF', 'Email,Name\na@x.example,Ada\r\nb@x.example,Bo\r\n', 2],
  ['CR alone, as old Macs write it', 'Email,Name\ra@x.example,Ada\rb@x.example,Bo\r', 2],
])('X8: nobody is lost for how lines end: %s', async (_, file, people) => {
  for (const size of [1, 7, 1000]) {
    const rows = await readAll(file, size)
    expect(Array.isArray(rows) && rows.filter((row) => 'person' in row)).toHaveLength(people)
  }
})

test('X8: a row with more filled cells than headings is refused by number and reason, and nothing of it is believed', async () => {
  const file = 'Email,Name\na@x.example,Quill, Ada\nb@x.example,Bo,,\nc@x.example,Ode, Cy,admin\n'
  expect(await readAll(file)).toMatchObject([
    { number: 2, email: 'a@x.example', column: null, problem: 'too_many_cells' },
    { number: 3, person: { name: 'Bo' } },
    { number: 4, email: 'c@x.example', column: null, problem: 'too_many_cells' },
  ])
})

test('X8: marks that came along with what was copied do not stay', async () => {
  const file =
    'Email,Name\nmara@x.example\u200b,Mara\u200b Quill\n\u202atom@x.example\u202c,\u200fTom Ode\n' +
    'kim@x.example\u00a0,\u00a0Kim\u00a0Park\u00a0\n'
  expect(await readAll(file)).toMatchObject([
    { person: { email: 'mara@x.example', name: 'Mara Quill' } },
    { person: { email: 'tom@x.example', name: 'Tom Ode' } },
    { person: { email: 'kim@x.example', name: 'Kim Park' } },
  ])
})

const ROW = 'a@x.example,Ada\n'

test.each([
  ['rows beyond the limit', `Email,Name\n${ROW.repeat(250_001)}`, 'too_many_rows', 250_002],
  ['rows that would be refused', `Email,Name\n${'x,y\n'.repeat(250_001)}`, 'too_many_rows', 250_002],
  ['empty lines', `Email,Name\n${ROW}${'\n'.repeat(600_000)}`, 'too_many_rows', 250_002],
  ['a line of commas', `Email,Name\n${ROW.repeat(1000)}${','.repeat(1_000_000)}`, 'row_too_long', 1002],
  ['a line without end', `Email,Name\n${ROW.repeat(1000)}${'x'.repeat(1_000_000)}`, 'row_too_long', 1002],
  ['a quote without end', `Email,Name\n${ROW.repeat(1000)}"${ROW.repeat(2000)}`, 'broken', 1002],
])('N36: a file with %s is refused before its first row is judged', async (_, file, problem, row) => {
  const given = []
  for await (const batch of readPeople(() => bytesOf(file, 65_536))) given.push(batch)
  expect(given).toEqual([{ unreadable: { problem, row }, reading: null }])
})

test('N36: no more of a file is read than its bounds need', async () => {
  let read = 0
  async function* endless() {
    yield new TextEncoder().encode('Email,Name\n')
    for (;;) {
      read += 1
      yield new TextEncoder().encode('\n'.repeat(10_000))
    }
  }
  for await (const batch of readPeople(endless)) {
    expect(batch).toMatchObject({ unreadable: { problem: 'too_many_rows' } })
  }
  expect(read).toBe(26)
})

test('X8, N36: a file that changes its encoding at row 20,000 is refused as a whole', async () => {
  const file = Buffer.concat([
    Buffer.from(`Email,Name\nc@x.example,Jörg\n${ROW.repeat(20_000)}`),
    Buffer.from('b@x.example,M\xfcller\n', 'latin1'),
  ])
  expect(await readAll(file, 65_536)).toEqual({ problem: 'mixed_encoding', row: null })
})

test('X8: of two rows with one address the second is told', async () => {
  expect(await readAll('Email,Name\na@example.com,Ada\nA@EXAMPLE.com,Bea\n')).toMatchObject([
    { number: 2 },
    { number: 3, problem: 'twice_in_file' },
  ])
})

eachDatabase('imports', (open, kind) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>
  let other: Awaited<ReturnType<typeof aFurtherTenant>>
  let hashes: { bcrypt: string; argon2: string }
  let made = 0

  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
    other = await aFurtherTenant(world)
    hashes = {
      bcrypt: await bcrypt(PASSWORD, { cost: 10 }),
      argon2: await argon2(PASSWORD, { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
    }
  })
  beforeEach(() => world.clock.move(hours(24)))

  const newEmails = (count: number) => {
    made += 1
    return Array.from({ length: count }, (_, index) => `p${made}x${index}@example.com`)
  }
  const fileOf = (rows: readonly string[]) => `Email,Name,Role,Password hash\n${rows.join('\n')}\n`
  const anActor = async (role: Role = 'owner', slug = acme.slug) => {
    const { id } = await aPerson(world, slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  const run = (file: string, options: Partial<typeof OPTIONS> = {}) =>
    importFile(
      world,
      anOperator(),
      acme,
      () => bytesOf(file),
      { ...OPTIONS, ...options },
      () => undefined,
    )
  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)
  const receive = async (actor: Awaited<ReturnType<typeof anActor>>, file: string, invite = false) => {
    const received = await receiveFile(world, actor, { name: 'people.csv', open: () => bytesOf(file), invite })
    if (!received.ok) throw new Error(received.code)
    return received.value.id
  }
  const finish = async () => {
    while (await bringIn(world, () => false));
  }
  const mailsTo = (email: string) => world.db.outboxMessage.count({ where: { recipient: email } })

  test('X8: bcrypt and argon2id hashes are taken over, and upgraded at the first sign-in', async () => {
    const [a, b] = newEmails(2)
    const done = await run(fileOf([`${a},Ada A,end_user,${hashes.bcrypt}`, `${b},Bea B,end_user,"${hashes.argon2}"`]))
    expect(done).toMatchObject({ ok: true, value: { counts: { added: 2, invited: 0, unchanged: 0, refused: 0 } } })
    for (const email of [a ?? '', b ?? '']) {
      const before = await personByEmail(world.db, email)
      expect(before?.password?.keyId).toBe(IMPORTED)
      expect(outcome(await startWithPassword(world, aVisitor(), { email, password: 'not it' }))).not.toBe('ok')
      expect(outcome(await startWithPassword(world, aVisitor(), { email, password: PASSWORD }))).toBe('ok')
      const after = await personByEmail(world.db, email)
      expect(after?.password?.keyId).toBe(world.keys.currentId)
      expect(after?.password?.hash).not.toBe(before?.password?.hash)
      expect(outcome(await startWithPassword(world, aVisitor(), { email, password: PASSWORD }))).toBe('ok')
      expect(await auditKinds(world, after?.person.id ?? '')).toContain('user_created')
      // Of the two browsers that were new, and one of the import.
      expect(await mailsTo(email)).toBe(3)
      expect(await countMails(world, email, 'account_brought')).toBe(1)
    }
  })

  test('X8: without a hash somebody is invited; mails go only when asked for, and once', async () => {
    const [email = ''] = newEmails(1)
    const file = fileOf([`${email},Ines,agent,`])
    expect(await run(file)).toMatchObject({ value: { counts: { invited: 1 } } })
    expect(await mailsTo(email)).toBe(0)
    expect(await run(file)).toMatchObject({ value: { counts: { unchanged: 1 } } })
    expect(await run(file, { invite: true })).toMatchObject({ value: { counts: { invited: 1 } } })
    expect(await run(file, { invite: true })).toMatchObject({ value: { counts: { unchanged: 1 } } })
    expect(await mailsTo(email)).toBe(1)
  })

  test('X8: a dry run says the same and writes nothing', async () => {
    const [a, b] = newEmails(2)
    const file = fileOf([`${a},Ada,agent,${hashes.bcrypt}`, `${b},Bea,agent,`, 'nonsense,Carl,agent,'])
    const before = [await world.db.user.count(), await world.db.invitation.count(), await world.db.auditEvent.count()]
    const dry = await run(file, { dryRun: true })
    expect([await world.db.user.count(), await world.db.invitation.count(), await world.db.auditEvent.count()]).toEqual(
      before,
    )
    const done = await run(file)
    expect(dry).toEqual(done)
    expect(done).toMatchObject({
      value: {
        counts: { added: 1, invited: 1, unchanged: 0, refused: 1 },
        refused: [{ number: 4, email: 'nonsense', column: 'email', problem: 'not_an_address' }],
      },
    })
  })

  test('X8: stopped in the middle of 1,200 rows, the same file brings in the rest, and counters agree (P9)', async () => {
    const emails = newEmails(1200)
    const file = fileOf(emails.map((email) => `${email},Ada,end_user,${hashes.bcrypt}`))
    const before = await enrolmentProgress(world.db, acme.id)
    const stop = new Error('the process died')
    const first = importFile(
      world,
      anOperator(),
      acme,
      () => bytesOf(file),
      OPTIONS,
      (rows) => {
        if (rows >= 1000) throw stop
      },
    )
    await expect(first).rejects.toBe(stop)
    expect(await world.db.user.count({ where: { email: { in: emails.slice(0, 5) } } })).toBe(5)
    expect(await run(file)).toMatchObject({ value: { counts: { added: 200, unchanged: 1000 } } })
    const after = await enrolmentProgress(world.db, acme.id)
    expect(after.end.people).toBe(before.end.people + 1200)
  })

  test('X8: somebody of another tenant is not taken over with a hash, and an address that may come back neither', async () => {
    const [held = ''] = newEmails(1)
    const stranger = await aPerson(world, other.slug)
    await world.db.mailedLink.create({
      data: {
        kind: 'undo',
        tokenHash: `held ${held}`,
        userId: stranger.id,
        email: held,
        createdAt: world.clock.now(),
        expiresAt: new Date(world.clock.now().getTime() + days(1)),
      },
    })
    const done = await run(fileOf([`${stranger.email},S,agent,${hashes.bcrypt}`, `${held},H,agent,${hashes.bcrypt}`]))
    expect(done).toMatchObject({
      value: { refused: [{ problem: 'address_taken' }, { problem: 'address_held' }] },
    })
  })

  test('X8: from the console nothing is brought in before an admin says so, then once, by any number of workers', async () => {
    const actor = await anActor()
    const emails = newEmails(1100)
    const id = await receive(actor, fileOf(emails.map((email) => `${email},Ada,end_user,${hashes.bcrypt}`)))
    await finish()
    expect((await viewImport(world, actor, id))?.view).toMatchObject({
      rows: 1100,
      done: 0,
      startedAt: null,
      counts: { added: 1100 },
    })
    expect(await personByEmail(world.db, emails[0] ?? '')).toBeNull()
    const starts = await Promise.all(Array.from({ length: 8 }, () => startImportWithPasswords(world, actor, id)))
    expect(starts.filter((each) => each.ok)).toHaveLength(1)
    await Promise.all(Array.from({ length: 4 }, () => bringIn(world, () => false)))
    await finish()
    expect((await viewImport(world, actor, id))?.view).toMatchObject({ done: 1100, counts: { added: 1100 } })
    expect(await world.db.user.count({ where: { email: { startsWith: emails[0]?.split('x')[0] } } })).toBe(1100)
    expect(await world.db.peopleImportRow.count({ where: { importId: id, sealedHash: { not: null } } })).toBe(0)
    const noted = await world.db.auditEvent.findMany({ where: { kind: 'users_imported', tenantId: acme.id } })
    expect(noted.filter((each) => each.actorId === actor.person.id)).toHaveLength(1)
  })

  test('X7, X8: a worker that stopped in the middle is succeeded after its lease, and no row is done twice', async () => {
    const actor = await anActor()
    const emails = newEmails(1100)
    const id = await receive(actor, fileOf(emails.map((email) => `${email},Ada,end_user,`)), true)
    await startImport(world, actor, id)
    let asked = 0
    await bringIn(world, () => {
      asked += 1
      return asked > 5
    })
    expect((await viewImport(world, actor, id))?.view).toMatchObject({ done: 500, finishedAt: null })
    // Killed: it still holds its lease.
    await world.db.peopleImport.updateMany({
      where: { id },
      data: { leaseToken: 'dead', leasedUntil: new Date(world.clock.now().getTime() + minutes(2)) },
    })
    expect(await bringIn(world, () => false)).toBe(false)
    world.clock.move(minutes(2))
    await finish()
    expect((await viewImport(world, actor, id))?.view.finishedAt).not.toBeNull()
    expect(await mailsTo(emails[3] ?? '')).toBe(1)
    expect(await mailsTo(emails[1099] ?? '')).toBe(1)
  })

  test('R3, S8: an admin brings in no owner, and whoever was suspended since brings in nobody', async () => {
    const admin = await anActor('admin')
    const [a, b] = newEmails(2)
    const id = await receive(admin, fileOf([`${a},Ada,owner,`, `${b},Bea,agent,`]))
    expect(await viewImport(world, admin, id, REFUSED)).toMatchObject({
      view: { counts: { invited: 1, refused: 1 } },
      rows: [{ number: 2, column: 'role', problem: 'not_permitted' }],
    })
    await startImport(world, admin, id)
    await suspend(world, await anActor(), admin.person.id, 'left')
    await finish()
    expect((await viewImport(world, await anActor(), id))?.view.counts).toMatchObject({ invited: 0, refused: 2 })
    expect(await world.db.invitation.count({ where: { email: { in: [a ?? '', b ?? ''] } } })).toBe(0)
  })

  test('R3: what the check refused to its sender stays refused, whoever starts it; and the starter bounds the rest', async () => {
    const [admin, owner] = [await anActor('admin'), await anActor('owner')]
    const [boss, agent, other] = newEmails(3)
    const sent = await receive(admin, fileOf([`${boss},Bo,owner,${hashes.bcrypt}`, `${agent},Ann,agent,`]))
    expect(await world.db.peopleImportRow.count({ where: { importId: sent, sealedHash: { not: null } } })).toBe(0)
    expect(outcome(await startImportWithPasswords(world, owner, sent))).toBe('ok')
    await finish()
    expect(await viewImport(world, owner, sent, REFUSED)).toMatchObject({
      view: { counts: { added: 0, invited: 1, refused: 1 } },
      rows: [{ number: 2, email: boss, column: 'role', problem: 'not_permitted' }],
    })
    expect(await personByEmail(world.db, boss ?? '')).toBeNull()
    const mine = await receive(owner, fileOf([`${other},Olga,owner,${hashes.bcrypt}`]))
    expect(outcome(await startImportWithPasswords(world, admin, mine))).toBe('ok')
    await finish()
    expect((await viewImport(world, owner, mine))?.view.counts).toMatchObject({ added: 0, refused: 1 })
    expect(await personByEmail(world.db, other ?? '')).toBeNull()
  })

  test('R3: an import neither mails nor ends an invitation to a role that it may not give', async () => {
    const [admin, owner] = [await anActor('admin'), await anActor('owner')]
    const [unsent = '', sent = '', own = ''] = newEmails(3)
    await startImport(world, owner, await receive(owner, fileOf([`${unsent},Una,owner,`])))
    await finish()
    for (const [email, role] of [[sent, 'owner'] as const, [own, 'agent'] as const]) {
      expect(outcome(await invite(world, owner, { email, name: 'Sen', role, locale: 'en' }))).toBe('ok')
    }
    const rows = [
      `${unsent},Una,end_user,`,
      `${sent},Sen,end_user,${hashes.bcrypt}`,
      `${own},Otto,agent,${hashes.bcrypt}`,
    ]
    const id = await receive(admin, fileOf(rows), true)
    const expected = { counts: { added: 0, invited: 0, unchanged: 0, refused: 3 } }
    expect((await viewImport(world, admin, id))?.view).toMatchObject(expected)
    expect(outcome(await startImport(world, admin, id))).toBe('ok')
    await finish()
    expect((await viewImport(world, admin, id))?.view).toMatchObject(expected)
    expect([await mailsTo(unsent), await personByEmail(world.db, sent)]).toEqual([0, null])
    expect(await world.db.invitation.count({ where: { email: { in: [unsent, sent, own] } } })).toBe(3)
    const hers = await receive(owner, fileOf(rows.slice(2)))
    expect(outcome(await startImportWithPasswords(world, owner, hers))).toBe('ok')
    await finish()
    const withdrawn = { kind: 'invitation_withdrawn', actorId: owner.person.id, subjectName: own }
    expect(await world.db.auditEvent.count({ where: withdrawn })).toBe(1)
  })

  test('S8: whoever is suspended in a transaction that is open meanwhile brings in nobody', async () => {
    const actor = await anActor()
    const [email = ''] = newEmails(1)
    const id = await receive(actor, fileOf([`${email},Ada,end_user,${hashes.bcrypt}`]))
    await finish()
    await startImportWithPasswords(world, actor, id)
    const where = { tenantId: acme.id, userId: actor.person.id }
    const suspending = async ({ db }: TransactionDeps) => {
      await lockTenant(db, acme.id)
      await db.membership.updateMany({ where, data: { suspended: true, suspendedAt: world.clock.now() } })
    }
    await begunBefore(world, suspending, () => bringIn(world, () => false))
    await finish()
    expect(await personByEmail(world.db, email)).toBeNull()
    expect((await viewImport(world, actor, id))?.view).toMatchObject({ counts: { refused: 1 } })
  })

  test('S8, U6: a guest who is suspended at home brings in nobody', async () => {
    const home = await anActor('owner', other.slug)
    const { id: guestId } = await aPerson(world, other.slug, 'admin')
    await aGuest(world, acme.id, guestId, 'admin')
    const { freshAdmin } = await aSession(world, guestId, { methods: ['pwd', 'otp'], steppedUp: true })
    const tenant = freshAdmin.person.memberships.find((each) => each.tenant.id === acme.id)
    if (tenant === undefined) throw new Error('no guest')
    const guest = { ...freshAdmin, tenant }
    const id = await receive(guest, fileOf([`${newEmails(1)[0]},Ada,agent,`]))
    expect(outcome(await startImport(world, guest, id))).toBe('ok')
    await suspend(world, home, guestId, 'left')
    await finish()
    expect((await viewImport(world, await anActor(), id))?.view.counts).toMatchObject({ invited: 0, refused: 1 })
  })

  test('X8: progress counts rows, not lines of the file', async () => {
    const actor = await anActor()
    const id = await receive(
      actor,
      fileOf([...Array(50).fill(''), ...newEmails(600).map((email) => `${email},Ada,agent,`)]),
    )
    await startImport(world, actor, id)
    let asked = 0
    await bringIn(world, () => {
      asked += 1
      return asked > 1
    })
    expect((await viewImport(world, actor, id))?.view).toMatchObject({ done: 500, rows: 600 })
    await finish()
    expect((await viewImport(world, actor, id))?.view).toMatchObject({ done: 600, rows: 600 })
  })

  test('N41, X8: a row whose role is none is refused, and keeps no other one of the file', async () => {
    const actor = await anActor()
    const emails = newEmails(5)
    const id = await receive(actor, fileOf(emails.map((email) => `${email},Ada,agent,`)))
    if (kind === 'postgresql') await world.db.$executeRawUnsafe(`ALTER TYPE "role" ADD VALUE 'boss'`)
    await world.db.$executeRawUnsafe(
      `UPDATE "people_import_row" SET "role" = 'boss' WHERE "importId" = '${id}' AND "email" = '${emails[2]}'`,
    )
    await startImport(world, actor, id)
    await finish()
    const view = (await viewImport(world, actor, id))?.view
    expect(view).toMatchObject({ done: 5, counts: { invited: 4, refused: 1 } })
    expect(view?.finishedAt).not.toBeNull()
    const invited = await world.db.invitation.findMany({ where: { email: { in: emails } }, select: { email: true } })
    expect(invited.map(({ email }) => email).sort()).toEqual(emails.filter((email) => email !== emails[2]).sort())
  })

  test('X7, X8: a file that always fails is tried again later, and holds no other up', async () => {
    const [actor, second] = [await anActor(), await anActor('owner', other.slug)]
    const bad = await receive(actor, fileOf([`${newEmails(1)[0]},Ada,agent,${hashes.bcrypt}`]))
    const good = await receive(second, fileOf([`${newEmails(1)[0]},Bea,agent,`]))
    await startImportWithPasswords(world, actor, bad)
    world.clock.move(1)
    await startImport(world, second, good)
    const failing = new Error('out of order')
    const random: TestWorld['random'] = (size) => {
      if (size === 16) throw failing
      return world.random(size)
    }
    const broken = { ...world, random }
    await expect(bringIn(broken, () => false)).rejects.toBe(failing)
    expect(await bringIn(world, () => false)).toBe(true)
    expect((await viewImport(world, second, good))?.view.finishedAt).not.toBeNull()
    expect(await bringIn(world, () => false)).toBe(false)
    world.clock.move(minutes(5) - 1)
    expect(await bringIn(world, () => false)).toBe(false)
    world.clock.move(1)
    await finish()
    expect((await viewImport(world, actor, bad))?.view).toMatchObject({ counts: { added: 1 } })
  })

  test('M7, S14: files received, started and dropped are in the log', async () => {
    const actor = await anActor()
    const [a, b] = newEmails(2)
    const started = await receive(actor, fileOf([`${a},Ada,agent,`]))
    const dropped = await receive(actor, fileOf([`${b},Bea,agent,`]))
    expect(outcome(await startImport(world, actor, started))).toBe('ok')
    expect(outcome(await startImport(world, actor, started))).toBe('already_so')
    expect(outcome(await dropImport(world, actor, started))).toBe('not_found')
    expect(outcome(await dropImport(world, actor, dropped))).toBe('ok')
    await finish()
    expect(await auditKinds(world, started)).toEqual(['import_received', 'import_started'])
    expect(await auditKinds(world, dropped)).toEqual(['import_received', 'import_dropped'])
  })

  test('S15: another tenant sees no file and starts none', async () => {
    const actor = await anActor()
    const stranger = await anActor('owner', other.slug)
    const id = await receive(actor, fileOf([`${newEmails(1)[0]},Ada,agent,`]))
    expect(await viewImport(world, stranger, id)).toBeNull()
    expect(outcome(await startImport(world, stranger, id))).toBe('not_found')
    expect(outcome(await dropImport(world, stranger, id))).toBe('not_found')
    expect((await viewImports(world, stranger)).map((each) => each.id)).not.toContain(id)
    expect(outcome(await dropImport(world, actor, id))).toBe('ok')
    expect(await viewImport(world, actor, id)).toBeNull()
  })

  test('N36: one file of a tenant is checked at a time; one whose check was given up holds nobody up', async () => {
    const [actor, stranger] = [await anActor(), await anActor('owner', other.slug)]
    const [a, b, c] = newEmails(3)
    let during: unknown
    let first = true
    const open = () => {
      async function* bytes() {
        if (first) {
          first = false
          const second = { name: 'b.csv', open: () => bytesOf(fileOf([`${b},Bea,agent,`])), invite: false }
          during = await receiveFile(world, actor, second)
          await receive(stranger, fileOf([`${c},Cy,agent,`]))
        }
        yield* bytesOf(fileOf([`${a},Ada,agent,`]))
      }
      return bytes()
    }
    expect(await receiveFile(world, actor, { name: 'a.csv', open, invite: false })).toMatchObject({ ok: true })
    expect(during).toMatchObject({ ok: false, detail: { problem: 'busy' } })
    // A process that died while it checked.
    const left = await receive(actor, fileOf([`${b},Bea,agent,`]))
    const leasedUntil = new Date(world.clock.now().getTime() + minutes(2))
    await world.db.peopleImport.updateMany({ where: { id: left }, data: { rows: 0, leasedUntil } })
    const again = () =>
      receiveFile(world, actor, { name: 'c.csv', open: () => bytesOf(fileOf([`${b},Bea,agent,`])), invite: false })
    expect(await again()).toMatchObject({ detail: { problem: 'busy' } })
    world.clock.move(minutes(2))
    expect(await again()).toMatchObject({ ok: true })
    expect(await world.db.peopleImport.count({ where: { id: left } })).toBe(0)
  })

  test('N36: of eight files of a tenant that come at once one is checked', async () => {
    const actor = await anActor()
    const file = fileOf(newEmails(5).map((email) => `${email},Ada,agent,`))
    const done = await Promise.all(
      Array.from({ length: 8 }, () =>
        receiveFile(world, actor, { name: 'a.csv', open: () => bytesOf(file, 10), invite: false }),
      ),
    )
    const refused = done.filter((each) => !each.ok)
    for (const each of refused) expect(each).toMatchObject({ detail: { problem: 'busy', row: null } })
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(8)
  })

  test('X8: a file is read once more as an admin says: another encoding, a role, those who are suspended', async () => {
    const actor = await anActor()
    const [a, b] = newEmails(2)
    const file = `Email,Name,Status\n${a},M\xfcller,active\n${b},Bo,suspended\n`
    const bytes = new Uint8Array(Buffer.from(file, 'latin1'))
    const received = await receiveFile(world, actor, { name: 'a.csv', open: () => bytesOf(bytes), invite: false })
    if (!received.ok) throw new Error(received.code)
    const { id } = received.value
    expect(await viewImport(world, actor, id)).toMatchObject({
      view: {
        counts: { invited: 0, left_out: 1, refused: 1 },
        problems: [{ problem: 'no_role', count: 1 }],
        waiting: 1,
        reading: { charset: 'windows-1252', columns: { email: 0, name: 1, state: 2 } },
        choices: [{ role: 'end_user' }, { role: 'agent' }, { role: 'admin' }],
        kept: true,
      },
    })
    const wishes = {
      charset: null,
      separator: null,
      columns: {},
      role: 'end_user',
      suspended: false,
      update: false,
    } as const
    expect(outcome(await readFileAgain(world, actor, id, wishes))).toBe('ok')
    expect(await viewImport(world, actor, id)).toMatchObject({
      view: {
        counts: { invited: 1, left_out: 1, refused: 0 },
        roles: [{ role: 'end_user', count: 1, required: false }],
        fallback: 'end_user',
      },
      rows: [
        { number: 2, name: 'Müller', role: 'end_user', outcome: 'invited' },
        { number: 3, name: 'Bo', outcome: 'left_out' },
      ],
    })
    const more = { ...wishes, charset: 'windows-1250', columns: { name: 5 }, suspended: true, update: false } as const
    expect(outcome(await readFileAgain(world, actor, id, more))).toBe('ok')
    const left = { filter: 'new', problem: null, after: 2 } as const
    expect(await viewImport(world, actor, id, left)).toMatchObject({
      view: { counts: { invited: 2, left_out: 0 }, reading: { charset: 'windows-1250' } },
      rows: [{ number: 3 }],
    })
    // Sent once, whoever reads it how often (M7).
    expect(await auditKinds(world, id)).toEqual(['import_received'])
    expect(outcome(await startImport(world, actor, id))).toBe('ok')
    await finish()
    expect(await world.db.invitation.count({ where: { email: { in: [a ?? '', b ?? ''] } } })).toBe(2)
    expect(await world.db.peopleImportPart.count({ where: { importId: id } })).toBe(0)
    expect(await readFileAgain(world, actor, id, wishes)).toMatchObject({ detail: { problem: 'gone' } })
  })

  test('X8 P8: what a role means names the last day on which setting up can be put off, while it is to come', async () => {
    const tenant = await aFurtherTenant(world, { required: true })
    const actor = await anActor('owner', tenant.slug)
    const [a = ''] = newEmails(1)
    const id = await receive(actor, `Email,Name,Role\n${a},Ada,agent\n`)
    const lastDays = async () => {
      const found = await viewImport(world, actor, id)
      const choices = found?.view.choices.map(({ role, lastDay }) => [role, lastDay]) ?? []
      return { roles: found?.view.roles.map(({ role, lastDay }) => [role, lastDay]), ...Object.fromEntries(choices) }
    }
    const none = { roles: [['agent', null]], agent: null, admin: null, end_user: null }
    expect(await lastDays()).toEqual(none)
    const end = new Date(`${dayIn('UTC', later(world.clock.now(), days(9)))}T00:00:00Z`)
    const day = dayIn('UTC', earlier(end, minutes(1)))
    await world.db.tenant.update({ where: { id: tenant.id }, data: { timeZone: 'UTC' } })
    await setRules(world.db, tenant.id, { team: { deadline: end } })
    expect(await lastDays()).toEqual({ ...none, roles: [['agent', day]], agent: day, admin: day })
    await setRules(world.db, tenant.id, { team: { deadline: earlier(world.clock.now(), days(1)) } })
    expect(await lastDays()).toEqual(none)
  })

  test('X8: rows that wait for a role are named, and told apart from refused ones; who is invited waits for none', async () => {
    const actor = await anActor()
    const [a = '', b = ''] = newEmails(2)
    await invite(world, actor, { email: b, name: 'Bo', role: 'agent', locale: 'en' })
    const id = await receive(actor, `Email,Name,Role\n${a},Ada,\n${b},Bo,\nnobody,Carl,\n`)
    const waiting = { filter: 'waiting', problem: null, after: 0 } as const
    expect(await viewImport(world, actor, id, waiting)).toMatchObject({
      view: { waiting: 1, counts: { unchanged: 1, refused: 2 } },
      rows: [{ number: 2, email: a, name: 'Ada', role: null, problem: 'no_role' }],
    })
    expect((await viewImport(world, actor, id, REFUSED))?.rows).toMatchObject([{ number: 4 }])
    await startImport(world, actor, id)
    await finish()
    expect(await viewImport(world, actor, id, REFUSED)).toMatchObject({
      view: { waiting: 0, counts: { unchanged: 1, refused: 2 } },
      rows: [{ number: 2, problem: 'no_role' }, { number: 4 }],
    })
  })

  test('X8: who is suspended in the other system and left out stays so, whoever starts it', async () => {
    const actor = await anActor()
    const [a = '', b = ''] = newEmails(2)
    const rows = [`${a},Ada,agent,active,${hashes.bcrypt}`, `${b},Bo,agent,suspended,${hashes.bcrypt}`]
    const id = await receive(actor, `Email,Name,Role,Status,Password hash\n${rows.join('\n')}\n`)
    expect(await world.db.peopleImportRow.count({ where: { importId: id, sealedHash: { not: null } } })).toBe(1)
    await startImportWithPasswords(world, actor, id)
    await finish()
    expect((await viewImport(world, actor, id))?.view.counts).toMatchObject({ added: 1, left_out: 1 })
    expect(await personByEmail(world.db, b)).toBeNull()
  })

  test('X8: a file whose columns are not recognised is kept, and read once they are chosen', async () => {
    const actor = await anActor()
    const [email = ''] = newEmails(1)
    const id = await receive(actor, `Kontakt,Name\n${email},Ada\n`)
    expect(await viewImport(world, actor, id)).toMatchObject({
      view: { rows: 0, problem: { problem: 'no_email_column', row: 1 }, reading: { headings: ['Kontakt', 'Name'] } },
    })
    expect(outcome(await startImport(world, actor, id))).toBe('not_found')
    const wishes = { charset: 'utf-8', separator: ',', columns: { email: 0, name: 1 }, role: 'agent' } as const
    expect(outcome(await readFileAgain(world, actor, id, { ...wishes, suspended: false, update: false }))).toBe('ok')
    expect((await viewImport(world, actor, id))?.view).toMatchObject({ problem: null, counts: { invited: 1 } })
  })

  test('R3: whoever reads a file once more gives nobody a role that its sender could not give', async () => {
    const [admin, owner] = [await anActor('admin'), await anActor('owner')]
    const [email = ''] = newEmails(1)
    const id = await receive(admin, fileOf([`${email},Bo,owner,`]))
    const wishes = { charset: null, separator: null, columns: {}, role: null, suspended: false, update: false } as const
    expect(outcome(await readFileAgain(world, owner, id, wishes))).toBe('ok')
    expect((await viewImport(world, owner, id))?.view).toMatchObject({
      counts: { invited: 0, refused: 1 },
      problems: [{ problem: 'not_permitted' }],
    })
  })

  test('S15: a file of another tenant is not read once more', async () => {
    const id = await receive(await anActor(), fileOf([`${newEmails(1)[0]},Ada,agent,`]))
    const wishes = { charset: null, separator: null, columns: {}, role: null, suspended: true, update: false } as const
    expect(await readFileAgain(world, await anActor('owner', other.slug), id, wishes)).toMatchObject({
      detail: { problem: 'gone' },
    })
  })

  test('S16: the file waits sealed, for a day, and no start comes in between a reading', async () => {
    const actor = await anActor()
    const [email = ''] = newEmails(1)
    const id = await receive(actor, fileOf([`${email},Ada,agent,`]))
    const part = await world.db.peopleImportPart.findFirstOrThrow({ where: { importId: id } })
    expect(part.sealed).not.toContain(email)
    expect(unseal(world.keys, part.sealed, partBinding(id, 1))).toBeNull()
    await world.db.peopleImport.updateMany({ where: { id }, data: { rows: 0 } })
    expect(outcome(await startImport(world, actor, id))).toBe('not_found')
    await world.db.peopleImport.updateMany({ where: { id }, data: { rows: 1 } })
    world.clock.move(days(1) + 1)
    expect(await dropOldFiles(world, 10)).toBeGreaterThan(0)
    expect((await viewImport(world, actor, id))?.view.kept).toBe(false)
    expect(outcome(await startImport(world, actor, id))).toBe('ok')
  })

  test('X8, R3: passwords of another system come by an owner alone, who says so at a fresh proof', async () => {
    const [admin, owner] = [await anActor('admin'), await anActor('owner')]
    const [a = '', b = '', c = ''] = newEmails(3)
    const rows = (email: string) => fileOf([`${email},Ada,end_user,${hashes.bcrypt}`])
    const refused = { counts: { added: 0, refused: 1 }, problems: [{ problem: 'owners_only' }], secrets: false }
    expect((await viewImport(world, admin, await receive(admin, rows(a))))?.view).toMatchObject(refused)
    const hers = await receive(owner, rows(b))
    expect((await viewImport(world, owner, hers))?.view).toMatchObject({ counts: { added: 1 }, secrets: true })
    expect((await viewImport(world, admin, hers))?.view.secrets).toBe(false)
    expect(outcome(await startImport(world, owner, hers))).toBe('with_passwords')
    const wishes = { charset: null, separator: null, columns: {}, role: null, suspended: false, update: false } as const
    expect(outcome(await startImport(world, admin, hers))).toBe('ok')
    await finish()
    expect((await viewImport(world, admin, hers))?.view).toMatchObject(refused)
    const again = await receive(owner, rows(c))
    expect(outcome(await readFileAgain(world, admin, again, wishes))).toBe('ok')
    expect((await viewImport(world, owner, again))?.view).toMatchObject(refused)
    expect(outcome(await readFileAgain(world, owner, again, wishes))).toBe('ok')
    expect(outcome(await startImportWithPasswords(world, owner, again))).toBe('ok')
    await finish()
    expect((await viewImport(world, owner, again))?.view.counts).toMatchObject({ added: 1 })
    expect([await personByEmail(world.db, a), await personByEmail(world.db, b)]).toEqual([null, null])
    expect(await countMails(world, c, 'account_brought')).toBe(1)
  })

  test('X8: an owner who is none any more, and whoever starts without that proof, brings no password in', async () => {
    const owner = await anActor('owner')
    const [email = ''] = newEmails(1)
    const id = await receive(owner, fileOf([`${email},Ada,end_user,${hashes.bcrypt}`]))
    expect(outcome(await startImportWithPasswords(world, owner, id))).toBe('ok')
    await world.db.membership.updateMany({
      where: { userId: owner.person.id },
      data: { role: 'admin' },
    })
    await finish()
    expect((await viewImport(world, owner, id))?.view).toMatchObject({ problems: [{ problem: 'owners_only' }] })
    expect(await personByEmail(world.db, email)).toBeNull()
  })

  test('X8: hashes of Keycloak and authentik sign in', async () => {
    const [a = '', b = ''] = newEmails(2)
    const salt = 'sixteen bytes of'
    const tag = (passes: number, digest: string, length: number) =>
      pbkdf2Sync(PASSWORD, salt, passes, length, digest).toString('base64')
    const keycloak = JSON.stringify({
      secretData: JSON.stringify({ value: tag(210_000, 'sha512', 64), salt: btoa(salt) }),
      credentialData: JSON.stringify({ hashIterations: 210_000, algorithm: 'pbkdf2-sha512' }),
    })
    const authentik = `pbkdf2_sha256$600000$${salt.replaceAll(' ', '_')}$`
    const made = pbkdf2Sync(PASSWORD, salt.replaceAll(' ', '_'), 600_000, 32, 'sha256').toString('base64')
    const quoted = `"${keycloak.replaceAll('"', '""')}"`
    const done = await run(fileOf([`${a},Ada,end_user,${quoted}`, `${b},Bea,end_user,${authentik}${made}`]))
    expect(done).toMatchObject({ ok: true, value: { counts: { added: 2, refused: 0 } } })
    for (const email of [a, b]) {
      expect(outcome(await startWithPassword(world, aVisitor(), { email, password: 'not it' }))).not.toBe('ok')
      expect(outcome(await startWithPassword(world, aVisitor(), { email, password: PASSWORD }))).toBe('ok')
      expect((await personByEmail(world.db, email))?.password?.keyId).toBe(world.keys.currentId)
    }
  })

  test('S16: hashes wait sealed, and a file that breaks off leaves nothing behind', async () => {
    const actor = await anActor()
    const [email = ''] = newEmails(1)
    const id = await receive(actor, fileOf([`${email},Ada,agent,${hashes.bcrypt}`]))
    const row = await world.db.peopleImportRow.findFirstOrThrow({ where: { importId: id } })
    expect(row.sealedHash).not.toContain('$2b$')
    const before = await world.db.peopleImport.count()
    const broken = `${fileOf([`${email},Ada,agent,`])}"open,`
    const received = await receiveFile(world, actor, { name: 'b.csv', open: () => bytesOf(broken), invite: false })
    expect(received).toMatchObject({ ok: false, detail: { problem: 'broken' } })
    expect(await world.db.peopleImport.count()).toBe(before)
  })
})
