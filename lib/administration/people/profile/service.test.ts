import { beforeAll, beforeEach, expect, test } from 'vitest'
import { blankPerson } from '../../../audit/blanking/service'
import { sealEvents } from '../../../audit/chain/service'
import { transact } from '../../../core/db'
import { hours, minutes } from '../../../core/kernel/time'
import { personById } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { eachDatabase } from '../../../testing/databases'
import { countMails } from '../../../testing/signin'
import {
  aFurtherTenant,
  aGuest,
  anOperator,
  aPerson,
  aSession,
  aTenant,
  quickWorld,
  type TestWorld,
} from '../../../testing/world'
import { listPeople } from '../list/service'
import type { PeopleQuery } from '../list/types'
import { targetOf } from '../service'
import { changeProfile, changeProfileIn } from './service'

const ALL: PeopleQuery = {
  suspended: false,
  search: '',
  userType: null,
  role: null,
  status: null,
  atRisk: false,
  sort: 'name',
  from: 'first',
}

eachDatabase('name and language', (open) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>
  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(hours(1)))

  const anActor = async (role: Role = 'admin') => {
    const { id } = await aPerson(world, acme.slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  const events = (subjectId: string) =>
    world.db.auditEvent.findMany({ where: { subjectId, kind: 'profile_changed' }, orderBy: { id: 'asc' } })
  const nowOf = async (id: string) => {
    const person = (await personById(world.db, id))?.person
    return { name: person?.name, locale: person?.locale }
  }

  test('X8 S14: a new name is what lists find, the log has both, and the person is told in the new language', async () => {
    const admin = await anActor()
    const person = await aPerson(world, acme.slug, 'agent')
    expect(await changeProfile(world, admin, person.id, { name: 'Pia Umbenannt', locale: 'de' })).toMatchObject({
      ok: true,
    })
    expect(await nowOf(person.id)).toEqual({ name: 'Pia Umbenannt', locale: 'de' })
    const page = await listPeople(world, admin, { ...ALL, search: 'umbenannt' })
    expect(page.rows.map(({ userId }) => userId)).toEqual([person.id])
    const [event] = await events(person.id)
    expect(event?.subjectName).toBe('Pia Umbenannt')
    expect(JSON.parse(event?.data ?? '')).toEqual({
      from: { name: person.name, language: '' },
      to: { name: 'Pia Umbenannt', language: 'de' },
    })
    expect(await countMails(world, person.email, 'profile_changed')).toBe(1)
    const mail = await world.db.outboxMessage.findFirstOrThrow({
      where: { userId: person.id, template: 'profile_changed' },
    })
    expect(mail.locale).toBe('de')
  })

  test('X8: what is left out stays, and what is so already tells nobody', async () => {
    const admin = await anActor()
    const person = await aPerson(world, acme.slug, 'agent')
    expect((await changeProfile(world, admin, person.id, { locale: 'ja' })).ok).toBe(true)
    expect(await nowOf(person.id)).toEqual({ name: person.name, locale: 'ja' })
    expect(JSON.parse((await events(person.id))[0]?.data ?? '')).toEqual({
      from: { language: '' },
      to: { language: 'ja' },
    })
    for (const same of [{}, { locale: 'ja' }, { name: person.name }]) {
      expect(await changeProfile(world, admin, person.id, same)).toMatchObject({ code: 'already_so' })
    }
    expect(await countMails(world, person.email, 'profile_changed')).toBe(1)
    expect(await events(person.id)).toHaveLength(1)
  })

  test('R3: a form that shows what a colleague changed since takes nothing of it back, and writes over nothing unseen', async () => {
    const [admin, colleague] = [await anActor(), await anActor()]
    const person = await aPerson(world, acme.slug, 'agent')
    const shown = { name: person.name, locale: null }
    expect((await changeProfile(world, colleague, person.id, { name: 'Pia Kollege' })).ok).toBe(true)
    const other = { name: person.name, locale: 'de' }
    expect(await changeProfile(world, admin, person.id, other, shown)).toMatchObject({ ok: true })
    expect(await nowOf(person.id)).toEqual({ name: 'Pia Kollege', locale: 'de' })
    const both = { name: 'Pia Anders', locale: 'ja' }
    expect(await changeProfile(world, admin, person.id, both, { ...shown, locale: 'de' })).toMatchObject({
      code: 'profile_meanwhile',
    })
    expect(await nowOf(person.id)).toEqual({ name: 'Pia Kollege', locale: 'de' })
    expect(await changeProfile(world, admin, person.id, other, { ...other })).toMatchObject({ code: 'already_so' })
  })

  test('U6: a guest is found by the new name everywhere, and renamed at home alone', async () => {
    const home = await aFurtherTenant(world)
    const { id } = await aPerson(world, home.slug, 'agent')
    await aGuest(world, acme.id, id, 'agent')
    const admin = await anActor('owner')
    expect(await changeProfile(world, admin, id, { name: 'Gesa Gast' })).toMatchObject({ code: 'not_permitted' })
    const { id: owner } = await aPerson(world, home.slug, 'owner')
    const there = (await aSession(world, owner, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
    expect((await changeProfile(world, there, id, { name: 'Gesa Gast' })).ok).toBe(true)
    const keys = await world.db.membership.findMany({ where: { userId: id }, select: { nameKey: true } })
    expect(keys.map(({ nameKey }) => nameKey)).toEqual(['gesa gast', 'gesa gast'])
  })

  test('S14: a transaction that is rolled back has changed nobody and told nobody', async () => {
    const admin = await anActor()
    const person = await aPerson(world, acme.slug, 'agent')
    const broken = transact(world, async (deps) => {
      const target = await targetOf(deps.db, admin, person.id)
      if (target === null) throw new Error('nobody')
      expect((await changeProfileIn(deps, admin, target, { name: 'Nie So' })).ok).toBe(true)
      throw new Error('broken')
    })
    await expect(broken).rejects.toThrow('broken')
    expect((await nowOf(person.id)).name).toBe(person.name)
    expect(await events(person.id)).toEqual([])
    expect(await countMails(world, person.email, 'profile_changed')).toBe(0)
  })

  test('X12: names of before and after leave the log with the person', async () => {
    const admin = await anActor()
    const person = await aPerson(world, acme.slug, 'agent')
    expect((await changeProfile(world, admin, person.id, { name: 'Vera Vergessen' })).ok).toBe(true)
    world.clock.move(minutes(10))
    await sealEvents(world, 1000)
    await blankPerson(world, [{ id: person.id }], anOperator())
    const [event] = await events(person.id)
    expect([event?.subjectName, event?.data]).toEqual([null, '{}'])
  })
})
