import { hash as bcrypt } from '@node-rs/bcrypt'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { TransactionDeps } from '../../../core/deps'
import { hours, later, minutes } from '../../../core/kernel/time'
import { lockTenant } from '../../../identity/policy/service'
import { personById } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { confirmed } from '../../../job/confirmed'
import { eachDatabase } from '../../../testing/databases'
import { begunBefore } from '../../../testing/race'
import { countMails } from '../../../testing/signin'
import {
  aFurtherTenant,
  aGuest,
  anId,
  anOperator,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  quickWorld,
  type TestWorld,
} from '../../../testing/world'
import { invite } from '../../invitation/service'
import { signOutPerson } from '../../people/acts/service'
import { changeRole } from '../../people/role/service'
import { readFileAgain, receiveFile } from '../check/service'
import { importFile } from '../command/service'
import { startImport, startImportWithChanges, startImportWithPasswords, viewImport } from '../console/service'
import { bringIn } from '../work/service'

const WISHES = { charset: null, separator: null, columns: {}, role: null, suspended: false, update: true } as const
const KEY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

eachDatabase('changes by a file', (open, kind) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>
  let other: Awaited<ReturnType<typeof aFurtherTenant>>
  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
    other = await aFurtherTenant(world)
  })
  beforeEach(() => world.clock.move(hours(24)))

  type Actor = Awaited<ReturnType<typeof anActor>>
  const anActor = async (role: Role = 'admin', slug = acme.slug) => {
    const { id } = await aPerson(world, slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  const receive = async (actor: Actor, text: string, invites = false) => {
    const file = { name: 'people.csv', open: () => bytesOf(text), invite: invites }
    const received = await receiveFile(world, actor, file)
    if (!received.ok) throw new Error(`${received.code} ${received.detail.problem}`)
    return received.value.id
  }
  /** Sent, and read again with the wish that people who are there change. */
  const asked = async (actor: Actor, text: string) => {
    const id = await receive(actor, text)
    const read = await readFileAgain(world, actor, id, WISHES)
    if (!read.ok) throw new Error(read.code)
    return id
  }
  const work = (stopped = () => false) => bringIn(world, stopped, () => 'App', confirmed)
  const finish = async () => {
    while (await work());
  }
  const now = async (id: string) => {
    const person = (await personById(world.db, id))?.person
    return [person?.name, person?.memberships[0]?.role, person?.locale]
  }
  const view = async (actor: Actor, id: string) => (await viewImport(world, actor, id))?.view
  const rowsOf = async (actor: Actor, id: string) =>
    (await viewImport(world, actor, id))?.rows.map(({ email, outcome, problem }) => [email, problem ?? outcome])
  const run = (text: string, more: { update: boolean; dryRun?: boolean }) =>
    importFile(
      world,
      anOperator(),
      acme,
      () => bytesOf(text),
      { dryRun: false, invite: false, locale: 'en', suspended: false, appName: () => 'App', wishes: WISHES, ...more },
      () => undefined,
    )

  test('X8: before anybody asks for changes, whom no choice would change is told from whom nothing is said', async () => {
    const admin = await anActor()
    const boss = await aPerson(world, acme.slug, 'owner')
    const same = await aPerson(world, acme.slug, 'agent')
    const text = `Email,Name\n${boss.email},Neuer Name\n${same.email},${same.name}\n`
    const id = await receive(admin, text)
    const found = await viewImport(world, admin, id, { filter: 'changed', problem: null, after: 0 })
    expect(found?.view).toMatchObject({ counts: { unchangeable: 1, unchanged: 1, refused: 0 }, problems: [] })
    expect(found?.rows).toMatchObject([{ email: boss.email, outcome: 'unchangeable', problem: 'higher_role' }])
    expect((await startImport(world, admin, id)).ok).toBe(true)
    await finish()
    const { view: done, rows } = (await viewImport(world, admin, id)) ?? {}
    expect(done?.counts).toMatchObject({ unchangeable: 1, unchanged: 1, refused: 0 })
    expect(rows?.map(({ problem }) => problem)).toEqual(['higher_role', null])
    expect((await now(boss.id))[0]).toBe(boss.name)
  })

  test('X8: nobody who is there changes unless it was asked for; then each as on their page, told and in the log', async () => {
    const admin = await anActor()
    const ann = await aPerson(world, acme.slug, 'agent')
    const bob = await aPerson(world, acme.slug, 'end_user')
    const text = `Email,Name,Role,Language\n${ann.email},Ann Neu,admin,de\n${bob.email},${bob.name},end user,\n`
    const id = await receive(admin, text)
    expect((await view(admin, id))?.counts).toMatchObject({ differs: 1, unchanged: 1, changed: 0, refused: 0 })
    expect((await startImport(world, admin, id)).ok).toBe(true)
    await finish()
    expect(await now(ann.id)).toEqual([ann.name, 'agent', null])
    expect((await view(admin, id))?.counts).toMatchObject({ differs: 1, unchanged: 1, changed: 0 })

    const again = await asked(admin, text)
    expect((await view(admin, again))?.counts).toMatchObject({ differs: 0, unchanged: 1, changed: 1 })
    const [row] = (await viewImport(world, admin, again))?.rows ?? []
    expect(JSON.parse(row?.change ?? '')).toEqual({
      from: { name: ann.name, role: 'agent', locale: null },
      to: { name: 'Ann Neu', role: 'admin', locale: 'de' },
      secrets: false,
    })
    expect(await now(ann.id)).toEqual([ann.name, 'agent', null])
    expect((await startImportWithChanges(world, admin, again)).ok).toBe(true)
    await finish()
    expect(await now(ann.id)).toEqual(['Ann Neu', 'admin', 'de'])
    const mails = ['role_changed', 'profile_changed'].map((each) => countMails(world, ann.email, each))
    expect(await Promise.all(mails)).toEqual([1, 1])
    expect(await auditKinds(world, ann.id)).toEqual(expect.arrayContaining(['role_changed', 'profile_changed']))
    const events = await world.db.auditEvent.findMany({ where: { subjectId: ann.id, kind: 'role_changed' } })
    expect(events.map(({ actorId }) => actorId)).toEqual([admin.person.id])
    const noted = await world.db.auditEvent.findMany({
      where: { actorId: admin.person.id, kind: { in: ['import_started', 'users_imported'] } },
      orderBy: { id: 'asc' },
    })
    expect(noted.map(({ data }) => JSON.parse(data))).toMatchObject([{}, {}, { changes: 1 }, { changed: 1 }])
    expect(await countMails(world, bob.email, 'role_changed')).toBe(0)
    // The same file once more says nothing new.
    expect((await view(admin, await asked(admin, text)))?.counts).toMatchObject({ changed: 0, unchanged: 2 })
  })

  test('S29: changes ask for the proof of the act of one, and a start without it changes nobody', async () => {
    const admin = await anActor()
    const ann = await aPerson(world, acme.slug, 'agent')
    const id = await asked(admin, `Email,Role\n${ann.email},end user\n`)
    expect(await startImport(world, admin, id)).toMatchObject({ ok: false })
    await finish()
    expect((await now(ann.id))[1]).toBe('agent')
    expect((await startImportWithChanges(world, admin, id)).ok).toBe(true)
    await finish()
    expect((await now(ann.id))[1]).toBe('end_user')
  })

  test('S26 X8: a yes to one look at a file is none to another one, by whoever it was read otherwise', async () => {
    const [admin, colleague] = [await anActor(), await anActor()]
    const ann = await aPerson(world, acme.slug, 'agent')
    const text = `Email,Name,Role,Was\n${ann.email},Ann Neu,end user,admin\n`
    const id = await asked(admin, text)
    const look = (await view(admin, id))?.look
    const columns = { role: 3 }
    const { charset, separator } = (await view(admin, id))?.reading ?? { charset: null, separator: null }
    expect((await readFileAgain(world, colleague, id, { ...WISHES, charset, separator, columns })).ok).toBe(true)
    expect((await view(admin, id))?.counts).toMatchObject({ changed: 1 })
    for (const start of [startImport, startImportWithChanges, startImportWithPasswords]) {
      expect(await start(world, admin, id, look)).toMatchObject({ code: 'read_meanwhile' })
    }
    await finish()
    expect(await now(ann.id)).toEqual([ann.name, 'agent', null])
    const newLook = (await view(admin, id))?.look
    expect((await startImportWithChanges(world, admin, id, newLook)).ok).toBe(true)
    expect(await startImportWithChanges(world, admin, id, newLook)).toMatchObject({ code: 'already_so' })
    await finish()
    expect(await now(ann.id)).toEqual(['Ann Neu', 'admin', null])
  })

  test('R3 U6 S15: owners, higher roles, oneself, guests, suspended people and those of other tenants stay', async () => {
    const admin = await anActor()
    const owner = await aPerson(world, acme.slug, 'owner')
    const agent = await aPerson(world, acme.slug, 'agent')
    const gone = await aPerson(world, acme.slug, 'agent')
    await world.db.membership.updateMany({ where: { userId: gone.id }, data: { suspended: true } })
    const guest = await aPerson(world, other.slug, 'agent')
    await aGuest(world, acme.id, guest.id, 'agent')
    const stranger = await aPerson(world, other.slug, 'agent')
    const people = [owner, agent, gone, guest, stranger, admin.person]
    const before = await Promise.all(people.map(({ id }) => now(id)))
    const text = [
      'Email,Name,Role',
      `${owner.email},Olga Neu,`,
      `${agent.email},,owner`,
      `${gone.email},,admin`,
      `${guest.email},,admin`,
      `${stranger.email},Stella Neu,admin`,
      `${admin.person.email},,agent`,
    ].join('\n')
    const id = await asked(admin, text)
    const expected = [
      [owner.email, 'higher_role'],
      [agent.email, 'owner'],
      [gone.email, 'suspended_here'],
      [guest.email, 'guest'],
      [stranger.email, 'invited'],
      [admin.person.email, 'yourself'],
    ]
    expect(await rowsOf(admin, id)).toEqual(expected)
    expect((await startImportWithChanges(world, admin, id)).ok).toBe(true)
    await finish()
    expect(await rowsOf(admin, id)).toEqual(expected)
    expect(await Promise.all(people.map(({ id }) => now(id)))).toEqual(before)
    // Nor does an owner make one, or take the role from one.
    const boss = await anActor('owner')
    const rows = await asked(boss, `Email,Role\n${owner.email},admin\n${agent.email},owner\n`)
    expect(await rowsOf(boss, rows)).toEqual([
      [owner.email, 'owner'],
      [agent.email, 'owner'],
    ])
  })

  test('X8: an empty cell changes nothing, nor does the role that was chosen for rows without one', async () => {
    const admin = await anActor()
    const ann = await aPerson(world, acme.slug, 'agent')
    const id = await receive(admin, `Email,Name,Role,Language\n${ann.email},,,ja\nnew${ann.email},Neu,,\n`)
    const read = await readFileAgain(world, admin, id, { ...WISHES, role: 'end_user' })
    expect(read.ok).toBe(true)
    expect((await view(admin, id))?.counts).toMatchObject({ changed: 1, invited: 1 })
    expect((await startImportWithChanges(world, admin, id)).ok).toBe(true)
    await finish()
    expect(await now(ann.id)).toEqual([ann.name, 'agent', 'ja'])
  })

  test('X8: a file without names is read where it speaks of people who are there, and asks for the column where not', async () => {
    const admin = await anActor()
    const ann = await aPerson(world, acme.slug, 'agent')
    const id = await receive(admin, `Email,Role\n${ann.email},admin\nnew${ann.email},agent\n`)
    expect(await rowsOf(admin, id)).toEqual([
      [ann.email, 'differs'],
      [`new${ann.email}`, 'required'],
    ])
    const nobody = await receive(admin, `Email,Role\nnobody${ann.email},agent\n`)
    expect(await view(admin, nobody)).toMatchObject({ problem: { problem: 'no_name_column' }, rows: 0 })
    expect(await run(`Email,Role\nnobody${ann.email},agent\n`, { update: true })).toMatchObject({
      detail: { problem: 'no_name_column' },
    })
  })

  test('X8: of the same row twice in a file the first counts', async () => {
    const admin = await anActor()
    const ann = await aPerson(world, acme.slug, 'agent')
    const id = await asked(admin, `Email,Role\n${ann.email},end user\n${ann.email.toUpperCase()},admin\n`)
    expect(await rowsOf(admin, id)).toEqual([
      [ann.email, 'changed'],
      [ann.email, 'twice_in_file'],
    ])
    expect((await startImportWithChanges(world, admin, id)).ok).toBe(true)
    await finish()
    expect((await now(ann.id))[1]).toBe('end_user')
  })

  test('X8 S16: passwords, keys and codes are never taken of people who are there, wait nowhere, and that is said', async () => {
    const owner = await anActor('owner')
    const ann = await aPerson(world, acme.slug, 'agent')
    const password = await world.db.password.findUniqueOrThrow({ where: { userId: ann.id } })
    const hash = await bcrypt('another password of theirs', { cost: 10 })
    const text = `Email,Name,Role,Password hash,TOTP key,Recovery codes\n${ann.email},Anna,admin,${hash},${KEY},\n`
    const id = await asked(owner, text)
    const [row] = (await viewImport(world, owner, id))?.rows ?? []
    expect(JSON.parse(row?.change ?? '')).toMatchObject({ secrets: true })
    expect(await world.db.peopleImportRow.count({ where: { importId: id, sealedHash: { not: null } } })).toBe(0)
    expect((await startImportWithPasswords(world, owner, id)).ok).toBe(true)
    await finish()
    expect(await now(ann.id)).toEqual(['Anna', 'admin', null])
    expect(await world.db.password.findUniqueOrThrow({ where: { userId: ann.id } })).toEqual(password)
    expect(await world.db.factor.count({ where: { userId: ann.id } })).toBe(0)
    expect(await world.db.recoveryCode.count({ where: { userId: ann.id } })).toBe(0)
  })

  test('X7 X8: killed in the middle, another worker goes on, and nobody is changed or told twice', async () => {
    const admin = await anActor()
    const people = []
    for (let n = 0; n < 60; n += 1) people.push(await aPerson(world, acme.slug, 'end_user'))
    const id = await asked(admin, `Email,Role,Language\n${people.map(({ email }) => `${email},agent,ko`).join('\n')}\n`)
    expect((await startImportWithChanges(world, admin, id)).ok).toBe(true)
    let turns = 0
    await work(() => {
      turns += 1
      return turns > 1
    })
    expect(await view(admin, id)).toMatchObject({ done: 25, finishedAt: null })
    const leasedUntil = later(world.clock.now(), minutes(2))
    await world.db.peopleImport.updateMany({ where: { id }, data: { leaseToken: 'dead', leasedUntil } })
    expect(await work()).toBe(false)
    world.clock.move(minutes(2))
    await Promise.all([work(), work(), work()])
    await finish()
    expect((await view(admin, id))?.counts).toMatchObject({ changed: 60 })
    for (const kind of ['role_changed', 'profile_changed']) {
      const told = await Promise.all(people.map(({ email }) => countMails(world, email, kind)))
      expect(told).toEqual(people.map(() => 1))
    }
    const where = { kind: 'role_changed', subjectId: { in: people.map(({ id }) => id) } }
    expect(await world.db.auditEvent.count({ where })).toBe(60)
  })

  test.each(['demoted', 'signed out'] as const)(
    'S8 SE4: whoever said go and is %s in the middle changes nobody more',
    async (becomes) => {
      const [admin, owner] = [await anActor(), await anActor('owner')]
      const people = []
      for (let n = 0; n < 30; n += 1) people.push(await aPerson(world, acme.slug, 'end_user'))
      const id = await asked(admin, `Email,Role\n${people.map(({ email }) => `${email},agent`).join('\n')}\n`)
      expect((await startImportWithChanges(world, admin, id)).ok).toBe(true)
      let turns = 0
      await work(() => {
        turns += 1
        return turns > 1
      })
      const done =
        becomes === 'demoted'
          ? changeRole(world, owner, admin.person.id, 'agent')
          : signOutPerson(world, owner, admin.person.id)
      expect((await done).ok).toBe(true)
      await finish()
      const found = await viewImport(world, owner, id)
      expect(found?.view.counts).toMatchObject({ changed: 25, refused: 5 })
      expect(found?.view.problems).toEqual([{ problem: 'not_permitted', count: 5 }])
      const roles = await Promise.all(people.map(async ({ id }) => (await now(id))[1]))
      expect(roles.filter((role) => role === 'agent')).toHaveLength(25)
    },
  )

  test('S8: whoever became an owner, or left, since the look is not changed, and nobody is brought in for them', async () => {
    const admin = await anActor()
    const [ann, bob] = [await aPerson(world, acme.slug, 'agent'), await aPerson(world, acme.slug, 'agent')]
    const text = `Email,Name,Role\n${ann.email},Anna,admin\n${bob.email},Bobo,admin\n`
    const id = await asked(admin, text)
    expect((await view(admin, id))?.counts).toMatchObject({ changed: 2 })
    await world.db.membership.updateMany({ where: { userId: ann.id }, data: { role: 'owner' } })
    await world.db.user.update({ where: { id: bob.id }, data: { email: `left-${bob.email}` } })
    expect((await startImportWithChanges(world, admin, id)).ok).toBe(true)
    await finish()
    expect(await rowsOf(admin, id)).toEqual([
      [ann.email, 'owner'],
      [bob.email, 'not_there'],
    ])
    expect((await now(ann.id))[0]).toBe(ann.name)
    expect(await world.db.invitation.count({ where: { email: bob.email } })).toBe(0)
  })

  test('S8 R3: whoever becomes an owner in a transaction that is open meanwhile is not changed', async () => {
    const ann = await aPerson(world, acme.slug, 'agent')
    const raising = async ({ db }: TransactionDeps) => {
      await lockTenant(db, acme.id)
      await db.membership.updateMany({ where: { userId: ann.id }, data: { role: 'owner' } })
    }
    const done = await begunBefore(world, raising, () => run(`Email,Role\n${ann.email},end user\n`, { update: true }))
    expect(done).toMatchObject({ value: { refused: [{ problem: 'owner' }] } })
    expect((await now(ann.id))[1]).toBe('owner')
  })

  test('N41: somebody of whom something cannot be read stays, is named, and keeps no other one', async () => {
    const admin = await anActor()
    const [ann, bob] = [await aPerson(world, acme.slug, 'agent'), await aPerson(world, acme.slug, 'agent')]
    const id = await asked(admin, `Email,Language\n${ann.email},de\n${bob.email},de\n`)
    expect((await startImportWithChanges(world, admin, id)).ok).toBe(true)
    const roleOfAnn = (role: string) =>
      world.db.$executeRawUnsafe(`UPDATE "membership" SET "role" = '${role}' WHERE "userId" = '${ann.id}'`)
    if (kind === 'postgresql') await world.db.$executeRawUnsafe(`ALTER TYPE "role" ADD VALUE 'boss'`)
    await roleOfAnn('boss')
    await finish()
    expect(await rowsOf(admin, id)).toEqual([
      [ann.email, 'unreadable'],
      [bob.email, 'changed'],
    ])
    await roleOfAnn('agent')
    expect((await now(ann.id))[2]).toBeNull()
    expect((await now(bob.id))[2]).toBe('de')
  })

  test('X8: whoever is invited already stays so', async () => {
    const admin = await anActor()
    const email = `${anId(world)}@example.com`
    expect((await invite(world, admin, { email, name: 'Ina', role: 'agent', locale: 'en' })).ok).toBe(true)
    const id = await asked(admin, `Email,Name,Role\n${email},Ina Neu,end user\n`)
    expect(await rowsOf(admin, id)).toEqual([[email, 'unchanged']])
  })

  test('X8: by command people who are there change with --update alone, in the name of the company', async () => {
    const ann = await aPerson(world, acme.slug, 'agent')
    const owner = await aPerson(world, acme.slug, 'owner')
    const text = `Email,Name,Role\n${ann.email},Anna,end user\n${owner.email},,admin\n`
    expect(await run(text, { update: false })).toMatchObject({ value: { counts: { differs: 1, unchangeable: 1 } } })
    const dry = await run(text, { update: true, dryRun: true })
    expect(dry).toMatchObject({ value: { counts: { changed: 1, refused: 1 } } })
    expect(await now(ann.id)).toEqual([ann.name, 'agent', null])
    expect(await run(text, { update: true })).toMatchObject({
      value: { counts: { changed: 1 }, refused: [{ email: owner.email, problem: 'owner' }] },
    })
    expect(await now(ann.id)).toEqual(['Anna', 'end_user', null])
    const where = { subjectId: ann.id, kind: { in: ['role_changed', 'profile_changed'] } }
    const events = await world.db.auditEvent.findMany({ where })
    expect(events.map(({ actorKind }) => actorKind)).toEqual(['operator', 'operator'])
    expect(await countMails(world, ann.email, 'role_changed')).toBe(1)
  })
})
