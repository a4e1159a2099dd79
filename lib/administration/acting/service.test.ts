import { beforeAll, expect, test } from 'vitest'
import type { TransactionDeps } from '../../core/deps'
import type { FreshAdmin } from '../../identity/actor/types'
import { lockTenant, policyById } from '../../identity/policy/service'
import { lockPerson } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { begunBefore } from '../../testing/race'
import {
  aFurtherTenant,
  aGuest,
  aPerson,
  aSession,
  aTenant,
  partnerOver,
  quickWorld,
  sessionOf,
  type TestWorld,
} from '../../testing/world'
import { makeClient } from '../client/make/service'
import { changeAccent, changeInvitationDays, changeZone } from '../company/service'
import type { ConsoleAct } from '../doors/types'
import { changeFloors } from '../floors/service'
import { dropImport, startImport, startImportWithChanges, startImportWithPasswords } from '../import/console/service'
import { changeDeviceRules, changeIssuedCodes, changeRequirement, changeSessionLimits } from '../policy/service'
import { askForReminders } from '../reminder/service'
import { requestReport, setSchedule } from '../report/service'
import { forgetDevicesOfTenant, signOutEverybody } from '../sessions/service'

type Done = { ok: true } | { ok: false; code: string }
type Act = (world: TestWorld, admin: FreshAdmin) => Promise<Done>

const TRUST = { trustDays: { team: 7, end: 7 }, endDeviceVerification: true }
const LIMITS = { team: { idleMinutes: 30, sessionHours: 8 }, end: { idleMinutes: 30, sessionHours: 8 } }
const FLOOR = {
  required: true,
  deadline: '',
  kinds: ['totp'],
  trustDays: 7,
  idleMinutes: 30,
  sessionHours: 8,
} as const
const BOTH = { required: { team: true, end: true }, kinds: null, endSessions: true }

async function anImport(world: TestWorld, { person, tenant }: FreshAdmin): Promise<string> {
  const data = { tenantId: tenant.tenant.id, createdById: person.id, createdByName: person.name, rows: 1 }
  return (await world.db.peopleImport.create({ data: { ...data, locale: 'en', fileName: 'people.csv' } })).id
}

/** Everything that is done to a tenant as a whole, by the act that its door asks for. */
const ACTS: [string, ConsoleAct, Act][] = [
  ['changeRequirement', 'change_requirement', (w, admin) => changeRequirement(w, admin, { ...BOTH, version: 1 })],
  ['changeDeviceRules', 'change_device_rules', (w, admin) => changeDeviceRules(w, admin, { ...TRUST, version: 1 })],
  [
    'changeIssuedCodes',
    'change_recovery_rules',
    (w, admin) => changeIssuedCodes(w, admin, { endUsers: false, version: 1 }),
  ],
  [
    'changeSessionLimits',
    'change_session_limits',
    (w, admin) => changeSessionLimits(w, admin, { limits: LIMITS, version: 1 }),
  ],
  [
    'changeFloors',
    'change_floors',
    (w, admin) => changeFloors(w, admin, { wanted: { team: FLOOR, end: FLOOR }, version: 0 }),
  ],
  ['changeZone', 'change_company', (w, admin) => changeZone(w, admin, 'Asia/Seoul')],
  ['changeAccent', 'change_company', (w, admin) => changeAccent(w, admin, '#0c6673')],
  ['changeInvitationDays', 'change_company', (w, admin) => changeInvitationDays(w, admin, 12)],
  ['forgetDevicesOfTenant', 'forget_all_devices', forgetDevicesOfTenant],
  ['signOutEverybody', 'contain', (w, admin) => signOutEverybody(w, admin, { scope: 'all', reason: 'x' })],
  ['askForReminders', 'remind', askForReminders],
  ['requestReport', 'make_report', (w, admin) => requestReport(w, admin, 'all')],
  ['setSchedule', 'schedule_report', (w, admin) => setSchedule(w, admin, 'all')],
  ['startImport', 'import', async (w, admin) => startImport(w, admin, await anImport(w, admin))],
  [
    'startImportWithChanges',
    'import_changes',
    async (w, admin) => startImportWithChanges(w, admin, await anImport(w, admin)),
  ],
  [
    'startImportWithPasswords',
    'import_secrets',
    async (w, admin) => startImportWithPasswords(w, admin, await anImport(w, admin)),
  ],
  ['dropImport', 'import', async (w, admin) => dropImport(w, admin, await anImport(w, admin))],
]

eachDatabase('acts on a tree', (open) => {
  test('T5: what many above and below ask for at once blocks nobody for good', async () => {
    const world = quickWorld(open())
    await aTenant(world)
    const root = await aFurtherTenant(world, { kind: 'partner', stage: 'trial' })
    const partner = await aFurtherTenant(world, { kind: 'partner', stage: 'trial', parentId: root.id })
    const client = await aFurtherTenant(world, { parentId: partner.id })
    const adminOf = async ({ slug }: { slug: string }) => {
      const { id } = await aPerson(world, slug, 'admin')
      return aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })
    }
    const [top, middle, own] = [await adminOf(root), await adminOf(partner), await adminOf(client)]
    const overPartner = (await partnerOver(world, top.token, partner.slug)).freshOver
    const overClient = (await partnerOver(world, middle.token, client.slug)).freshOver
    const asPartner = (await sessionOf(world, middle.token)).partner
    const change = async (admin: Parameters<typeof changeRequirement>[1]) => {
      const { version } = await policyById(world.db, admin.tenant.tenant.id)
      return changeRequirement(world, admin, { ...BOTH, required: { team: false, end: true }, version })
    }
    const client1 = { kind: 'customer', stage: 'trial', name: 'Delta' } as const
    const acts = (n: number): Promise<Done>[] => [
      change(overPartner),
      change(overClient),
      change(middle.freshAdmin),
      change(own.freshAdmin),
      makeClient(world, asPartner, {
        ...client1,
        slug: `delta-${n}`,
        owner: { name: 'Dora', email: `dora${n}@example.com`, locale: 'de' },
      }),
    ]
    const done = await Promise.all([1, 2, 3, 4, 5, 6].flatMap(acts))
    for (const each of done) expect(each.ok || each.code).toBeOneOf([true, 'changed_meanwhile'])
    expect(await world.db.tenant.count({ where: { parentId: partner.id } })).toBe(7)
  })
})

eachDatabase('acts on a tenant', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })

  /** An admin who is a guest, so that their account can be suspended at home alone. */
  const anActor = async () => {
    const [home, host] = [await aFurtherTenant(world), await aFurtherTenant(world)]
    const { id } = await aPerson(world, home.slug)
    await aGuest(world, host.id, id, 'owner')
    const { freshAdmin } = await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })
    const tenant = freshAdmin.person.memberships.find((each) => each.tenant.id === host.id)
    if (tenant === undefined) throw new Error('no guest')
    const admin = Object.assign(Object.create(Object.getPrototypeOf(freshAdmin)), freshAdmin, { tenant }) as FreshAdmin
    return { home, host, id, admin }
  }
  const denied = async (tenantId: string) => {
    const events = await world.db.auditEvent.findMany({ where: { tenantId, kind: 'access_denied' } })
    return events.map(({ data }) => JSON.parse(data).action)
  }

  test.each(ACTS)(
    'S8, S29: %s is not done by who is demoted in a transaction that is open meanwhile',
    async (_, door, act) => {
      const { host, id, admin } = await anActor()
      const demoting = async ({ db }: TransactionDeps) => {
        await lockTenant(db, host.id)
        await db.membership.updateMany({ where: { tenantId: host.id, userId: id }, data: { role: 'agent' } })
      }
      expect(await begunBefore(world, demoting, () => act(world, admin))).toMatchObject({
        ok: false,
        code: 'not_permitted',
      })
      expect(await denied(host.id)).toEqual([door])
    },
  )

  test.each(ACTS)('S8, U6: %s is not done by a guest who is suspended at home meanwhile', async (_, door, act) => {
    const { home, host, id, admin } = await anActor()
    const suspending = async ({ db, clock }: TransactionDeps) => {
      await lockPerson(db, id)
      const where = { tenantId: home.id, userId: id }
      await db.membership.updateMany({ where, data: { suspended: true, suspendedAt: clock.now() } })
    }
    expect(await begunBefore(world, suspending, () => act(world, admin))).toMatchObject({
      ok: false,
      code: 'not_permitted',
    })
    expect(await denied(host.id)).toEqual([door])
  })

  test.each(ACTS)('S29: %s is done by who may', async (_, __, act) => {
    const { host, admin } = await anActor()
    const done = await act(world, admin)
    expect(done.ok || done.code).not.toBe('not_permitted')
    expect(await denied(host.id)).toEqual([])
  })
})
