import { beforeAll, beforeEach, expect, test } from 'vitest'
import { days, minutes } from '../../core/kernel/time'
import type { TenantFacts } from '../../identity/tenant/service'
import { chooseZone, personById } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import { aFurtherTenant, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { invite } from '../invitation/service'
import { accentSchema, companySchema, helpLineSchema, invitationDaysSchema } from './schema'
import { changeAccent, changeHelp, changeInvitationDays, changeStartPage, changeZone, viewCompany } from './service'

eachDatabase('the company', (open) => {
  let world: TestWorld
  let tenant: TenantFacts
  beforeAll(async () => {
    world = quickWorld(open())
    tenant = await aTenant(world)
  })
  beforeEach(() => world.clock.move(minutes(1)))

  const zoneOf = async (id: string) => (await personById(world.db, id))?.person.timeZone

  test('X10: its zone is for people who chose none, and for nobody of another company', async () => {
    const session = await aSession(world, (await aPerson(world, tenant.slug, 'admin')).id, { steppedUp: true })
    const admin = session.steppedUpAdmin
    const stranger = await aPerson(world, (await aFurtherTenant(world)).slug)
    const [ann, bob] = [await aPerson(world, tenant.slug), await aPerson(world, tenant.slug, 'end_user')]
    await chooseZone(world.db, bob.id, 'Asia/Seoul')
    expect(await viewCompany(world, admin)).toMatchObject({ zone: 'UTC', startUrl: null })
    expect(await changeZone(world, admin, 'UTC')).toEqual({ ok: true, value: 'unchanged' })
    expect(await changeZone(world, admin, 'Europe/Berlin')).toEqual({ ok: true, value: 'changed' })
    expect(await changeZone(world, admin, 'Europe/Berlin')).toEqual({ ok: true, value: 'unchanged' })
    expect(await viewCompany(world, admin)).toMatchObject({ zone: 'Europe/Berlin', startUrl: null })
    expect([await zoneOf(ann.id), await zoneOf(bob.id), await zoneOf(stranger.id)]).toEqual([
      'Europe/Berlin',
      'Asia/Seoul',
      'UTC',
    ])
    await chooseZone(world.db, bob.id, null)
    expect(await zoneOf(bob.id)).toBe('Europe/Berlin')
    const events = await world.db.auditEvent.findMany({ where: { tenantId: tenant.id, kind: 'company_changed' } })
    expect(events.map(({ data }) => JSON.parse(data))).toEqual([{ from: 'UTC', to: 'Europe/Berlin' }])
  })

  test('X10: what is stored and no zone here is UTC', async () => {
    const person = await aPerson(world, tenant.slug)
    await chooseZone(world.db, person.id, 'Mars/Olympus')
    expect(await zoneOf(person.id)).toBe('UTC')
  })

  test('X10: the form takes a zone that can be chosen, and nothing else', () => {
    expect(companySchema.safeParse({ tenant: 'acme', zone: 'Europe/Berlin' }).success).toBe(true)
    for (const zone of ['', 'Mars/Olympus', '+02:00', 'x'.repeat(99)])
      expect(companySchema.safeParse({ tenant: 'acme', zone }).success).toBe(false)
  })

  test('X9: the start page is set and taken away by an admin, of this company alone, and the log says so', async () => {
    const session = await aSession(world, (await aPerson(world, tenant.slug, 'admin')).id, { steppedUp: true })
    const admin = session.steppedUpAdmin
    const other = await aFurtherTenant(world)
    const url = 'https://intranet.example.com/'
    expect(await changeStartPage(world, admin, url)).toEqual({ ok: true, value: 'changed' })
    expect(await changeStartPage(world, admin, url)).toEqual({ ok: true, value: 'unchanged' })
    expect(await viewCompany(world, admin)).toMatchObject({ startUrl: url })
    expect((await world.db.tenant.findUniqueOrThrow({ where: { id: other.id } })).startUrl).toBeNull()
    expect(await changeStartPage(world, admin, null)).toEqual({ ok: true, value: 'changed' })
    const events = await world.db.auditEvent.findMany({
      where: { tenantId: tenant.id, kind: 'company_changed', actorId: admin.person.id },
      orderBy: { id: 'asc' },
    })
    expect(events.map(({ data }) => JSON.parse(data))).toEqual([
      { from: '', to: url },
      { from: url, to: '' },
    ])
  })

  test('X6: an accent that can be read is set by an admin, of this company alone, and any other refused with the nearest', async () => {
    const session = await aSession(world, (await aPerson(world, tenant.slug, 'admin')).id, { steppedUp: true })
    const admin = session.steppedUpAdmin
    const other = await aFurtherTenant(world)
    expect(await viewCompany(world, admin)).toMatchObject({ accent: null })
    expect(await changeAccent(world, admin, '#ffcc00')).toEqual({
      ok: false,
      code: 'accent_faint',
      detail: { nearest: '#917300' },
    })
    expect(await viewCompany(world, admin)).toMatchObject({ accent: null })
    expect(await changeAccent(world, admin, '#917300')).toEqual({ ok: true, value: 'changed' })
    expect(await changeAccent(world, admin, '#917300')).toEqual({ ok: true, value: 'unchanged' })
    expect(await viewCompany(world, admin)).toMatchObject({ accent: '#917300' })
    expect((await world.db.tenant.findUniqueOrThrow({ where: { id: other.id } })).accent).toBeNull()
    expect(await changeAccent(world, admin, null)).toEqual({ ok: true, value: 'changed' })
    const events = await world.db.auditEvent.findMany({
      where: { tenantId: tenant.id, kind: 'company_changed', actorId: admin.person.id },
      orderBy: { id: 'asc' },
    })
    expect(events.map(({ data }) => JSON.parse(data))).toEqual([
      { action: 'accent', from: '', to: '#917300' },
      { action: 'accent', from: '#917300', to: '' },
    ])
  })

  test('X6: the form takes a colour or nothing, and the one that was offered in the place of the one typed', () => {
    const read = (fields: object) => accentSchema.safeParse({ tenant: 'acme', ...fields })
    expect(read({ accent: '#0C6673' })).toMatchObject({ data: { tenant: 'acme', accent: '#0c6673' } })
    expect(read({ accent: '' })).toMatchObject({ data: { accent: null } })
    expect(read({ accent: '#ffcc00', use: '#917300' })).toMatchObject({ data: { accent: '#917300' } })
    for (const fields of [{ accent: 'red' }, { accent: '#fff' }, { accent: '#0c6673', use: 'x' }]) {
      const { error } = read(fields)
      expect(error?.issues[0]).toMatchObject({ message: 'not_a_color', path: ['accent'] })
    }
  })

  test('X9: where people get help is set by an admin, of this company alone, and the log says from what to what', async () => {
    const session = await aSession(world, (await aPerson(world, tenant.slug, 'admin')).id, { steppedUp: true })
    const admin = session.steppedUpAdmin
    const other = await aFurtherTenant(world)
    const help = { helpText: 'IT desk, room 12', helpUrl: 'mailto:it@example.com' }
    expect(await changeHelp(world, admin, help)).toEqual({ ok: true, value: 'changed' })
    expect(await changeHelp(world, admin, help)).toEqual({ ok: true, value: 'unchanged' })
    expect(await viewCompany(world, admin)).toMatchObject(help)
    const untouched = await world.db.tenant.findUniqueOrThrow({ where: { id: other.id } })
    expect(untouched).toMatchObject({ helpText: null, helpUrl: null })
    expect(await changeHelp(world, admin, { helpText: null, helpUrl: null })).toEqual({ ok: true, value: 'changed' })
    const events = await world.db.auditEvent.findMany({
      where: { tenantId: tenant.id, kind: 'company_changed', actorId: admin.person.id },
      orderBy: { id: 'asc' },
    })
    const said = 'IT desk, room 12 · mailto:it@example.com'
    expect(events.map(({ data }) => JSON.parse(data))).toEqual([
      { action: 'help', from: '', to: said },
      { action: 'help', from: said, to: '' },
    ])
  })

  test('X9: one line that can be seen is taken, and nothing else', () => {
    const read = (help: string, helpUrl = '') => helpLineSchema.safeParse({ tenant: 'acme', help, helpUrl })
    expect(read('  ').data).toMatchObject({ help: null, helpUrl: null })
    expect(read(' מוקד 400 ').data).toMatchObject({ help: 'מוקד 400' })
    const codeOf = (help: string, helpUrl?: string) => read(help, helpUrl).error?.issues[0]?.message
    expect(codeOf('room\u202e21')).toBe('control_characters')
    expect(codeOf('room\u200b12')).toBe('control_characters')
    expect(codeOf('room\n12')).toBe('control_characters')
    expect(codeOf('x'.repeat(161))).toBe('too_long')
    expect(codeOf('', 'ftp://example.com')).toBe('not_a_help_link')
  })

  test('R10: how long invitations are valid is set by an admin, for this company, and counts at the next sending', async () => {
    const here = await aFurtherTenant(world)
    const owner = await aSession(world, (await aPerson(world, here.slug, 'owner')).id, { steppedUp: true })
    const admin = owner.steppedUpAdmin
    const endOf = async (email: string, role: 'admin' | 'agent', own: number | null) => {
      expect((await invite(world, admin, { email, name: 'Ines', role, locale: 'en', days: own })).ok).toBe(true)
      const { expiresAt } = await world.db.invitation.findFirstOrThrow({ where: { email } })
      return (Number(expiresAt) - world.clock.now().getTime()) / days(1)
    }
    expect((await viewCompany(world, admin)).invitations.usualDays).toBe(7)
    expect(await changeInvitationDays(world, admin, 7)).toEqual({ ok: true, value: 'unchanged' })
    expect(await changeInvitationDays(world, admin, 20)).toEqual({ ok: true, value: 'changed' })
    expect((await viewCompany(world, admin)).invitations.usualDays).toBe(20)
    expect(await endOf('usual@example.com', 'agent', null)).toBe(20)
    expect(await endOf('own@example.com', 'agent', 3)).toBe(3)
    expect(await endOf('most@example.com', 'admin', null)).toBe(7)
    expect((await world.db.tenant.findUniqueOrThrow({ where: { id: tenant.id } })).invitationDays).toBe(7)
    const events = await world.db.auditEvent.findMany({ where: { tenantId: here.id, kind: 'company_changed' } })
    expect(events.map(({ data, actorId }) => [JSON.parse(data), actorId])).toEqual([
      [{ invitations: { from: 7, to: 20 } }, admin.person.id],
    ])
  })

  test('R10 P8: until the deadline is taken where a day is named, and nowhere else', async () => {
    const here = await aFurtherTenant(world, { required: true })
    const owner = await aSession(world, (await aPerson(world, here.slug, 'owner')).id, { steppedUp: true })
    const admin = owner.steppedUpAdmin
    expect(await changeInvitationDays(world, admin, 0)).toMatchObject({ ok: false, code: 'no_day_named' })
    const deadline = new Date(world.clock.now().getTime() + days(9))
    await setRules(world.db, here.id, { end: { deadline } })
    expect(await changeInvitationDays(world, admin, 0)).toEqual({ ok: true, value: 'changed' })
    expect((await viewCompany(world, admin)).invitations).toMatchObject({ usualDays: 0, deadline: { end: deadline } })
  })

  test.each([
    ['1', 1],
    ['30', 30],
    ['deadline', 0],
  ])('R10: the form takes %s', (typed, expected) => {
    expect(invitationDaysSchema.parse({ tenant: 'acme', days: typed })).toEqual({ tenant: 'acme', days: expected })
  })

  test.each(['0', '31', '-1', '7.5', 'company', '', 'x'])('R10: the form does not take %j', (typed) => {
    const read = invitationDaysSchema.safeParse({ tenant: 'acme', days: typed })
    expect(read.error?.issues.map(({ message }) => message)).toEqual(['days_out_of_range'])
  })
})
