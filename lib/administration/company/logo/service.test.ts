import { beforeAll, beforeEach, expect, test } from 'vitest'
import { transact } from '../../../core/db'
import { minutes } from '../../../core/kernel/time'
import type { SteppedUpAdmin } from '../../../identity/actor/types'
import type { TenantFacts } from '../../../identity/tenant/service'
import { deliverDue, enqueueMail } from '../../../messaging/mail/outbox-service'
import type { Message } from '../../../messaging/mail/types'
import { eachDatabase } from '../../../testing/databases'
import { aJpeg, aPng } from '../../../testing/pictures'
import { aFurtherTenant, anId, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../../testing/world'
import { viewCompany } from '../service'
import { changeLogo, removeLogo, viewLogo } from './service'

eachDatabase('the logo', (open) => {
  let world: TestWorld
  let tenant: TenantFacts
  let admin: SteppedUpAdmin
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(async () => {
    world.clock.move(minutes(1))
    tenant = await aFurtherTenant(world)
    const { id } = await aPerson(world, tenant.slug, 'admin')
    admin = (await aSession(world, id, { steppedUp: true })).steppedUpAdmin
  })
  const tokenNow = async () => (await viewCompany(world, admin)).logoToken ?? ''

  test('X9: is set, replaced and taken away by an admin, under a new name each time, and the log says so', async () => {
    const png = aPng({ width: 200, height: 80 })
    expect(await changeLogo(world, admin, png)).toEqual({ ok: true, value: null })
    const first = await tokenNow()
    expect(await viewLogo(world, first)).toEqual({ type: 'image/png', bytes: png })
    const withPlace = aJpeg({ extra: [[0xe1, 'Exif\0\0 52.5N 13.4E']] })
    expect(await changeLogo(world, admin, withPlace)).toEqual({ ok: true, value: null })
    const second = await tokenNow()
    expect(await viewLogo(world, first)).toBeNull()
    expect(await viewLogo(world, second)).toEqual({ type: 'image/jpeg', bytes: aJpeg() })
    expect(await changeLogo(world, admin, aJpeg())).toEqual({ ok: true, value: null })
    expect(await tokenNow()).not.toBe(second)
    for (let turn = 0; turn < 2; turn += 1) expect(await removeLogo(world, admin)).toEqual({ ok: true, value: null })
    expect(await world.db.tenantLogo.count({ where: { tenantId: tenant.id } })).toBe(0)
    expect(await tokenNow()).toBe('')
    const events = await world.db.auditEvent.findMany({
      where: { tenantId: tenant.id, kind: 'company_changed' },
      orderBy: { id: 'asc' },
    })
    expect(events.map(({ data }) => JSON.parse(data))).toEqual([
      { action: 'logo', from: '', to: '200 × 80' },
      { action: 'logo', from: '200 × 80', to: '4 × 2' },
      { action: 'logo', from: '4 × 2', to: '4 × 2' },
      { action: 'logo', from: '4 × 2', to: '' },
    ])
  })

  test('X9 N36: what is no picture leaves the logo that is there', async () => {
    await changeLogo(world, admin, aPng())
    const token = await tokenNow()
    const wrong = await changeLogo(world, admin, Buffer.from('<svg/>'))
    expect(wrong).toEqual({ ok: false, code: 'no_picture' })
    expect(await tokenNow()).toBe(token)
  })

  test('X9 S15: nothing is found by a tenant, by a picture’s hash or by part of a name', async () => {
    await changeLogo(world, admin, aPng())
    const token = await tokenNow()
    for (const guess of [tenant.id, tenant.slug, token.slice(0, -1), `${token}A`, '', 'A'.repeat(43)])
      expect(await viewLogo(world, guess)).toBeNull()
  })

  test('X9 S8: whoever is no admin any more by then changes nothing', async () => {
    await world.db.membership.updateMany({ where: { userId: admin.person.id }, data: { role: 'agent' } })
    expect(await changeLogo(world, admin, aPng())).toMatchObject({ ok: false, code: 'not_permitted' })
    expect(await world.db.tenantLogo.count({ where: { tenantId: tenant.id } })).toBe(0)
  })

  test('X9: goes along with mails of this company, read when they are sent, and with no others', async () => {
    const sent: Message[] = []
    const mailer = { send: async (message: Message) => void sent.push(message) }
    const order = { template: 'password_changed', values: {}, userId: null, locale: 'en' } as const
    const recipients: string[] = []
    const mail = async (tenantId: string | null) => {
      const to = `${anId(world)}@example.com`
      recipients.push(to)
      await transact(world, (inside) => enqueueMail(inside, { ...order, to, tenantId }))
    }
    await mail(tenant.id)
    await mail((await aFurtherTenant(world)).id)
    await mail(null)
    const png = aPng({ width: 480, height: 96 })
    await changeLogo(world, admin, png)
    const rows = await world.db.outboxMessage.findMany({ where: { sentAt: null } })
    expect(JSON.stringify(rows)).not.toContain(png.toString('base64').slice(0, 40))
    await deliverDue(world, { mailer }, 10)
    const own = sent.find(({ to }) => to === recipients[0])
    const others = sent.filter((message) => message !== own)
    expect(own?.logo).toEqual({ type: 'image/png', content: png.toString('base64') })
    expect(own?.html).toContain('<img class="logo" src="cid:logo@twofold" width="240" height="48" alt="')
    expect(own?.text).not.toContain('logo')
    expect(others).toHaveLength(2)
    for (const other of others) {
      expect(other.logo).toBeUndefined()
      expect(other.html).not.toContain('cid:')
    }
  })
})
