import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import * as overview from '@/app/(admin)/admin/[tenant]/actions'
import * as clients from '@/app/(admin)/admin/[tenant]/clients/actions'
import * as bulk from '@/app/(admin)/admin/[tenant]/people/bulk/actions'
import * as imports from '@/app/(admin)/admin/[tenant]/people/import/actions'
import { POST as uploadFile } from '@/app/(admin)/admin/[tenant]/people/import/upload/route'
import * as invitations from '@/app/(admin)/admin/[tenant]/people/invitations/actions'
import * as users from '@/app/(admin)/admin/[tenant]/people/users/actions'
import * as advanced from '@/app/(admin)/admin/[tenant]/security/advanced/actions'
import { POST as uploadLogo } from '@/app/(admin)/admin/[tenant]/security/advanced/company/logo/route'
import { GET as exportLog } from '@/app/(admin)/admin/[tenant]/security/audit/export/route'
import * as floors from '@/app/(admin)/admin/[tenant]/security/floors/actions'
import { GET as downloadFile } from '@/app/(admin)/admin/[tenant]/security/reports/[report]/download/route'
import * as reports from '@/app/(admin)/admin/[tenant]/security/reports/actions'
import * as resets from '@/app/(admin)/admin/[tenant]/security/reset-requests/actions'
import * as sessions from '@/app/(admin)/admin/[tenant]/security/sessions/actions'
import { GET as reportRows } from '@/app/api/v1/tenants/[tenant]/reports/[report]/route'
import { initialFormState } from '@/components/ui/form-state'
import { PROOF_OF } from '../../administration/doors/rules'
import { CONSOLE_ACTS, type ConsoleAct } from '../../administration/doors/types'
import { readFileAgain, receiveFile } from '../../administration/import/check/service'
import { lookOf } from '../../administration/import/console/service'
import { partBinding } from '../../administration/import/rules'
import { may } from '../../administration/people/rules'
import { PEOPLE_ACTIONS, type PeopleAction, RELATIONS, type Relation } from '../../administration/people/types'
import { makeReports } from '../../administration/report/service'
import { seal } from '../../core/crypto/seal'
import { readConfig } from '../../core/env'
import { days, later, minutes } from '../../core/kernel/time'
import { dayIn } from '../../core/kernel/zones'
import type { TenantFacts } from '../../identity/tenant/service'
import { isConsoleRole } from '../../identity/user/rules'
import { ROLES, type Role } from '../../identity/user/types'
import type { Importer } from '../../job/importer'
import { freshDatabase } from '../../testing/databases'
import { arrive } from '../../testing/next-headers'
import { aPng } from '../../testing/pictures'
import { setRules } from '../../testing/policy'
import { aKnownDevice } from '../../testing/signin'
import {
  aFurtherTenant,
  aGuest,
  anId,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { setWorld } from '../server/deps'
import { SESSION_COOKIE } from '../server/request'
import { type WantedResponse, withResponse } from '../server/response'
import type { defineAction } from './action'
import { DRAWN_FIELD, drawnFor } from './drawn'

vi.mock('next/headers', () => import('../../testing/next-headers'))

const ROOT = join(import.meta.dirname, '../../..')
const OWN = { origin: 'https://login.example.com', 'sec-fetch-site': 'same-origin' }

let database: Awaited<ReturnType<typeof freshDatabase>>
let world: TestWorld
let tenant: TenantFacts
let elsewhere: TenantFacts
/** Below the tenant. */
let client: TenantFacts

beforeAll(async () => {
  database = await freshDatabase('sqlite')
  world = quickWorld(database.db)
  await aTenant(world)
  // In trial, so that it may require 2FA or not (U7).
  const partner = { kind: 'partner', stage: 'trial' } as const
  tenant = await aFurtherTenant(world, partner)
  elsewhere = await aFurtherTenant(world, partner)
  client = await aFurtherTenant(world, { ...partner, parentId: tenant.id })
  await setRules(world.db, tenant.id, { end: { issuedRecoveryCodes: true } })
  await aPerson(world, tenant.slug, 'owner')
  await aPerson(world, elsewhere.slug, 'owner')
  const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
  if (!config.ok) throw new Error(config.detail)
  const importer: Importer = {
    check: async (actor, { type, bytes }) => {
      const parts: Uint8Array[] = []
      for await (const part of bytes) parts.push(part)
      const form = await new Response(Buffer.concat(parts), { headers: { 'content-type': type } }).formData()
      const file = form.get('file') as File
      return receiveFile(world, actor, { name: file.name, open: () => file.stream(), invite: false })
    },
    readAgain: (actor, id, wishes) => readFileAgain(world, actor, id, wishes),
    bringIn: async () => false,
    stop: () => undefined,
  }
  setWorld({ deps: world, config: config.value, wake: () => undefined, importer })
})
afterAll(() => database.drop())

type Action = ReturnType<typeof defineAction>
type Person = { id: string; email: string }
type Fields = Record<string, string>

/** One way to an act on a person: the action, what its form says, and what must be there before. */
interface PersonDoor {
  action: Action
  acts: readonly PeopleAction[]
  /** Where an address is typed, that of nobody in reach is told beside its field. */
  besideField?: boolean
  prepare?: (target: Person, of: TenantFacts) => Promise<Fields | undefined>
  form?: (target: Person, role: Role) => Fields
}

const suspended = async (target: Person, of: TenantFacts) => {
  const data = { suspended: true, suspendedAt: world.clock.now() }
  await world.db.membership.updateMany({ where: { userId: target.id, tenantId: of.id }, data })
  return undefined
}
const exempted = async (target: Person, of: TenantFacts) => {
  const until = later(world.clock.now(), days(1))
  const data = { exempt: true, exemptUntil: until }
  await world.db.membership.updateMany({ where: { userId: target.id, tenantId: of.id }, data })
  const row = { tenantId: of.id, userId: target.id, reason: 'x', startsAt: world.clock.now(), endsAt: until }
  await world.db.exemption.create({ data: row })
  return undefined
}
const converted = async (target: Person) => {
  const data = { kind: 'service' as const, serviceUntil: later(world.clock.now(), days(9)) }
  await world.db.user.update({ where: { id: target.id }, data })
  return undefined
}
/** Until the test is over. */
const withADay = async (_target: Person, of: TenantFacts) => {
  const rule = { required: true, requiredSince: world.clock.now(), deadline: later(world.clock.now(), days(9)) }
  await setRules(world.db, of.id, { team: rule, end: rule })
  return undefined
}
const WITHOUT_DAY = { required: false, requiredSince: null, deadline: null }
afterEach(() => setRules(world.db, undefined, { team: WITHOUT_DAY, end: WITHOUT_DAY }))
const asked = async (target: Person, of: TenantFacts) => {
  const id = anId(world)
  const times = { createdAt: world.clock.now(), expiresAt: later(world.clock.now(), days(1)) }
  await world.db.resetRequest.create({ data: { id, tenantId: of.id, userId: target.id, reason: 'lost', ...times } })
  return { request: id }
}
const aSessionRow = async (target: Person) => {
  const row = await world.db.session.findFirstOrThrow({ where: { userId: target.id } })
  return { session: row.id }
}
const asShown = async (target: Person) => {
  const { name, locale } = await world.db.user.findUniqueOrThrow({ where: { id: target.id } })
  return { shownName: name, shownLocale: locale ?? 'none' }
}
const because = () => ({ reason: 'called back' })

const PERSON_DOORS: Readonly<Record<string, PersonDoor>> = {
  resetPerson: { action: users.resetPerson, acts: ['reset_2fa'], form: because },
  'resetPerson, with a code': {
    action: users.resetPerson,
    acts: ['reset_2fa', 'issue_code'],
    form: () => ({ ...because(), withCode: 'on' }),
  },
  'decideReset, yes': {
    action: resets.decideReset,
    acts: ['reset_2fa'],
    prepare: asked,
    form: () => ({ ...because(), decision: 'approve' }),
  },
  'decideReset, no': {
    action: resets.decideReset,
    acts: ['reset_2fa'],
    prepare: asked,
    form: () => ({ ...because(), decision: 'deny' }),
  },
  makeCodeFor: { action: users.makeCodeFor, acts: ['issue_code'], form: because },
  endAllSessionsOf: { action: users.endAllSessionsOf, acts: ['end_sessions'] },
  'endAllSessionsOf, with devices': {
    action: users.endAllSessionsOf,
    acts: ['end_sessions', 'forget_devices'],
    form: () => ({ devices: 'on' }),
  },
  endSessionOf: { action: users.endSessionOf, acts: ['end_sessions'], prepare: aSessionRow },
  forgetAllDevicesOf: { action: users.forgetAllDevicesOf, acts: ['forget_devices'] },
  forgetDevicesOfOne: {
    action: advanced.forgetDevicesOfOne,
    acts: ['forget_devices'],
    besideField: true,
    form: ({ email }) => ({ email }),
  },
  suspendPerson: { action: users.suspendPerson, acts: ['suspend'], form: because },
  reactivatePerson: { action: users.reactivatePerson, acts: ['reactivate'], prepare: suspended },
  changeRoleOf: {
    action: users.changeRoleOf,
    acts: ['change_role'],
    form: (_target, role) => ({ role: role === 'agent' ? 'end_user' : 'agent' }),
  },
  changeProfileOf: {
    action: users.changeProfileOf,
    acts: ['change_profile'],
    prepare: asShown,
    form: () => ({ name: `Ann ${anId(world)}`, locale: 'ja' }),
  },
  changeAddressOf: {
    action: users.changeAddressOf,
    acts: ['change_address'],
    form: () => ({ ...because(), email: `moved-${anId(world)}@example.com` }),
  },
  exemptPerson: { action: users.exemptPerson, acts: ['exempt'], form: () => ({ ...because(), days: '1' }) },
  giveTimeTo: {
    action: users.giveTimeTo,
    acts: ['exempt'],
    prepare: withADay,
    form: () => ({ ...because(), days: '1' }),
  },
  endExemptionOfUser: { action: users.endExemptionOfUser, acts: ['exempt'], prepare: exempted },
  makeServiceOf: {
    action: users.makeServiceOf,
    acts: ['make_service'],
    form: () => ({ ...because(), until: dayIn('UTC', later(world.clock.now(), days(9))) }),
  },
  makePersonOf: { action: users.makePersonOf, acts: ['end_service'], prepare: converted },
  endMembershipOf: { action: users.endMembershipOf, acts: ['end_membership'], form: because },
}

/** One way to an act on the whole tenant, or one that makes somebody of it. */
interface TenantDoor {
  act: ConsoleAct
  /** For whoever will knock. */
  prepare?: (actorId: string) => Promise<Fields>
  knock: (of: string, more: Fields) => Promise<Told>
}

const VERSION = async () => {
  const { version } = await world.db.policy.findUniqueOrThrow({ where: { tenantId: tenant.id } })
  return { version: String(version) }
}
const anInvitation = async (role: Role = 'agent') => {
  const id = anId(world)
  const row = { id, tenantId: tenant.id, email: `${id}@example.com`, name: 'Ina', role, locale: 'en' }
  await world.db.invitation.create({ data: { ...row, createdAt: world.clock.now() } })
  return { invitation: id }
}
const aFile = async () => {
  const id = anId(world)
  const row = { id, tenantId: tenant.id, createdById: 'x', createdByName: 'x', locale: 'en', fileName: 'x', rows: 1 }
  await world.db.peopleImport.create({ data: { ...row, createdAt: world.clock.now() } })
  const look = lookOf({ looked: null, rows: 1, fallbackRole: null, suspended: false, update: false })
  return { import: id, look }
}
/** Chosen by whoever will confirm it, and nobody it is about is needed. */
const aChoice =
  (act: string, value = '') =>
  async (createdById: string) => {
    const id = anId(world)
    const now = world.clock.now()
    const by = { createdById, createdByName: 'x', locale: 'en' }
    await world.db.bulkAct.create({
      data: { id, tenantId: tenant.id, act, value, ...by, createdAt: now, gatheredAt: now },
    })
    return { bulk: id }
  }
const withSteps = async () => {
  const data = { peopleToldAt: null, stepsClosedAt: null }
  await world.db.tenant.update({ where: { id: tenant.id }, data })
  return {}
}
const aKeptFile = async () => {
  const file = await aFile()
  const sealed = seal(world.keys, world.random, 'email,name\npia@example.com,Pia\n', partBinding(file.import, 0))
  await world.db.peopleImportPart.create({ data: { importId: file.import, number: 0, sealed } })
  return file
}
const aReport = async () => {
  await world.db.report.deleteMany({})
  const id = anId(world)
  const by = { requestedById: 'x', requestedByName: 'x', locale: 'en' }
  const row = { id, tenantId: tenant.id, scope: 'team', expected: 0, createdAt: world.clock.now() }
  await world.db.report.create({ data: { ...row, ...by } })
  while (await makeReports(world, () => false));
  return { report: id }
}
const posting =
  (action: Action, form: () => Fields = () => ({})) =>
  (of: string, more: Fields) =>
    post(action, { tenant: of, ...form(), ...more })

const onClient = (data: { suspendedAt: Date | null } | { stage: 'trial' }) => async () => {
  await world.db.tenant.update({ where: { id: client.id }, data })
  return { client: client.slug }
}

const TENANT_DOORS: Readonly<Record<string, TenantDoor>> = {
  containAll: { act: 'contain', knock: posting(sessions.containAll, () => ({ ...because(), scope: 'end' })) },
  forgetDevicesOfAll: { act: 'forget_all_devices', knock: posting(advanced.forgetDevicesOfAll) },
  turnTwoFactorOffForAll: {
    act: 'turn_off_2fa',
    prepare: async (actorId) => {
      // Something is there to be turned off, each time.
      await setRules(world.db, tenant.id, { end: { required: true } })
      await aTotpFactor(world, actorId)
      return VERSION()
    },
    knock: posting(advanced.turnTwoFactorOffForAll, () => ({ name: tenant.name })),
  },
  saveRequirement: {
    act: 'change_requirement',
    prepare: VERSION,
    knock: async (of, more) => {
      const rule = await world.db.policyRule.findFirst({ where: { tenantId: tenant.id, userType: 'end' } })
      return post(advanced.saveRequirement, { tenant: of, ...more, ...(rule?.required ? {} : { endRequired: 'on' }) })
    },
  },
  saveDeviceRules: {
    act: 'change_device_rules',
    prepare: VERSION,
    knock: async (of, more) => {
      const rule = await world.db.policyRule.findFirst({ where: { tenantId: tenant.id, userType: 'team' } })
      const days = String((rule?.trustDays ?? 8) === 8 ? 9 : 8)
      return post(advanced.saveDeviceRules, { tenant: of, ...more, teamTrust: 'on', teamDays: days })
    },
  },
  saveRecoveryRules: {
    act: 'change_recovery_rules',
    prepare: VERSION,
    knock: async (of, more) => {
      const rule = await world.db.policyRule.findFirst({ where: { tenantId: tenant.id, userType: 'end' } })
      const form: Fields = rule?.issuedRecoveryCodes ? {} : { endCodes: 'on' }
      return post(advanced.saveRecoveryRules, { tenant: of, ...more, ...form })
    },
  },
  saveSessionLimits: {
    act: 'change_session_limits',
    prepare: VERSION,
    knock: async (of, more) => {
      const rule = await world.db.policyRule.findFirst({ where: { tenantId: tenant.id, userType: 'team' } })
      const teamIdle = rule?.idleMinutes === 30 ? '31' : '30'
      return post(advanced.saveSessionLimits, {
        tenant: of,
        ...more,
        teamIdle,
        teamHours: '12',
        endIdle: '60',
        endHours: '24',
      })
    },
  },
  saveFloors: {
    act: 'change_floors',
    // In a partner on trial, where nothing else is judged by that.
    prepare: async () => {
      await world.db.tenant.update({ where: { id: tenant.id }, data: { kind: 'partner', stage: 'trial' } })
      const floors = await world.db.policyFloor.findMany({ where: { tenantId: tenant.id } })
      return { version: String(floors.reduce((sum, { version }) => sum + version, 0)) }
    },
    knock: async (of, more) => {
      const floor = await world.db.policyFloor.findFirst({ where: { tenantId: tenant.id, userType: 'team' } })
      const teamTrust = floor?.trustDays === 8 ? '9' : '8'
      const kinds = { team_totp: 'on', team_email: 'on', end_totp: 'on', end_email: 'on' }
      return post(floors.saveFloors, { tenant: of, ...more, ...kinds, teamTrust })
    },
  },
  saveCompany: {
    act: 'change_company',
    knock: async (of, more) => {
      const { timeZone } = await world.db.tenant.findUniqueOrThrow({ where: { id: tenant.id } })
      const zone = timeZone === 'Asia/Tokyo' ? 'Asia/Seoul' : 'Asia/Tokyo'
      return post(advanced.saveCompany, { tenant: of, ...more, zone })
    },
  },
  saveStartPage: {
    act: 'change_company',
    knock: posting(advanced.saveStartPage, () => ({ start: `https://${anId(world)}.example` })),
  },
  removeLogoOf: {
    act: 'change_company',
    prepare: async () => {
      await world.db.tenant.update({ where: { id: tenant.id }, data: { logoToken: anId(world) } })
      return {}
    },
    knock: posting(advanced.removeLogoOf),
  },
  'security/advanced/company/logo': {
    act: 'change_company',
    knock: (of) => {
      const body = new FormData()
      body.set('logo', new File([aPng()], 'logo.png'))
      const request = new Request(`https://login.example.com/?${DRAWN_FIELD}=${drawn}`, { method: 'POST', body })
      return answered(() => uploadLogo(request, { params: Promise.resolve({ tenant: of }) }))
    },
  },
  saveHelp: {
    act: 'change_company',
    knock: posting(advanced.saveHelp, () => ({ help: anId(world), helpUrl: '' })),
  },
  saveAccent: {
    act: 'change_company',
    knock: async (of, more) => {
      const { accent } = await world.db.tenant.findUniqueOrThrow({ where: { id: tenant.id } })
      return post(advanced.saveAccent, { tenant: of, ...more, accent: accent === '#0c6673' ? '#917300' : '#0c6673' })
    },
  },
  saveInvitationDays: {
    act: 'change_company',
    knock: async (of, more) => {
      const { invitationDays } = await world.db.tenant.findUniqueOrThrow({ where: { id: tenant.id } })
      return post(advanced.saveInvitationDays, { tenant: of, ...more, days: invitationDays === 9 ? '8' : '9' })
    },
  },
  sayPeopleKnow: { act: 'follow_steps', prepare: () => withSteps(), knock: posting(overview.sayPeopleKnow) },
  putFirstStepsAway: { act: 'follow_steps', prepare: () => withSteps(), knock: posting(overview.putFirstStepsAway) },
  makeClientOf: {
    act: 'make_client',
    knock: posting(clients.makeClientOf, () => {
      const owner = { ownerName: 'Ina', email: `${anId(world)}@example.com`, locale: 'en' }
      return { name: 'Beta', slug: `c${anId(world).replaceAll('-', '')}`, kind: 'customer', stage: 'trial', ...owner }
    }),
  },
  saveClientRequirement: {
    act: 'change_requirement',
    prepare: async () => {
      await world.db.policyFloor.deleteMany()
      await world.db.tenant.update({ where: { id: client.id }, data: { stage: 'trial' } })
      const { version } = await world.db.policy.findUniqueOrThrow({ where: { tenantId: client.id } })
      return { client: client.slug, version: String(version) }
    },
    knock: async (of, more) => {
      const rule = await world.db.policyRule.findFirst({ where: { tenantId: client.id, userType: 'end' } })
      const form: Fields = rule?.required ? {} : { endRequired: 'on' }
      return post(clients.saveClientRequirement, { tenant: of, ...more, ...form })
    },
  },
  suspendClientOf: {
    act: 'suspend_client',
    prepare: onClient({ suspendedAt: null }),
    knock: posting(clients.suspendClientOf),
  },
  reactivateClientOf: {
    act: 'reactivate_client',
    prepare: async () => onClient({ suspendedAt: world.clock.now() })(),
    knock: posting(clients.reactivateClientOf),
  },
  changeStageOf: { act: 'change_stage', prepare: onClient({ stage: 'trial' }), knock: posting(clients.changeStageOf) },
  invitePerson: {
    act: 'invite',
    knock: posting(invitations.invitePerson, () => ({
      email: `${anId(world)}@example.com`,
      name: 'Ina',
      role: 'agent',
      locale: 'en',
      days: '7',
    })),
  },
  inviteAgain: { act: 'invite', prepare: () => anInvitation(), knock: posting(invitations.inviteAgain) },
  withdrawInvitation: {
    act: 'withdraw_invitation',
    prepare: () => anInvitation(),
    knock: posting(invitations.withdrawInvitation),
  },
  changeInvitationOf: {
    act: 'change_invitation',
    prepare: () => anInvitation(),
    knock: posting(invitations.changeInvitationOf, () => ({ role: 'end_user', locale: 'de', days: '3' })),
  },
  prepareBulkOf: {
    act: 'prepare_bulk',
    prepare: async () => {
      const { invitation } = await anInvitation()
      return { [`pick.${invitation}`]: 'on' }
    },
    knock: posting(bulk.prepareBulkOf, () => ({ choice: 'withdraw', reach: 'picked', filter: '' })),
  },
  dropBulkOf: { act: 'prepare_bulk', prepare: aChoice('withdraw'), knock: posting(bulk.dropBulkOf) },
  confirmInvitations: { act: 'invite', prepare: aChoice('send_again'), knock: posting(bulk.confirmInvitations) },
  confirmWithdrawals: {
    act: 'withdraw_invitation',
    prepare: aChoice('withdraw'),
    knock: posting(bulk.confirmWithdrawals),
  },
  confirmInvitationChanges: {
    act: 'change_invitation',
    prepare: aChoice('invited_language', 'de'),
    knock: posting(bulk.confirmInvitationChanges),
  },
  confirmSessionEnds: {
    act: 'end_sessions',
    prepare: aChoice('end_sessions'),
    knock: posting(bulk.confirmSessionEnds),
  },
  confirmReminders: { act: 'remind', prepare: aChoice('remind'), knock: posting(bulk.confirmReminders) },
  confirmLanguages: {
    act: 'change_profile',
    prepare: aChoice('language', 'de'),
    knock: posting(bulk.confirmLanguages),
  },
  confirmRoles: { act: 'change_role', prepare: aChoice('role', 'agent'), knock: posting(bulk.confirmRoles) },
  startImportOf: { act: 'import', prepare: aFile, knock: posting(imports.startImportOf) },
  startImportOfPasswords: { act: 'import_secrets', prepare: aFile, knock: posting(imports.startImportOfPasswords) },
  'startImportOfPasswords, with changes': {
    act: 'import_changes',
    prepare: aFile,
    knock: posting(imports.startImportOfPasswords),
  },
  startImportOfChanges: { act: 'import_changes', prepare: aFile, knock: posting(imports.startImportOfChanges) },
  readImportAgain: { act: 'import', prepare: aKeptFile, knock: posting(imports.readImportAgain) },
  giveRole: { act: 'import', prepare: aKeptFile, knock: posting(imports.giveRole, () => ({ role: 'end_user' })) },
  dropImportOf: { act: 'import', prepare: aFile, knock: posting(imports.dropImportOf) },
  'people/import/upload': {
    act: 'import',
    knock: (of) => {
      const body = new FormData()
      body.set('file', new File(['email,name\npia@example.com,Pia\n'], 'people.csv'))
      const request = new Request(`https://login.example.com/?${DRAWN_FIELD}=${drawn}`, { method: 'POST', body })
      return answered(() => uploadFile(request, { params: Promise.resolve({ tenant: of }) }))
    },
  },
  remindEverybody: {
    act: 'remind',
    prepare: async () => {
      await world.db.reminderRound.deleteMany({})
      return {}
    },
    knock: posting(advanced.remindEverybody),
  },
  generateReport: {
    act: 'make_report',
    prepare: async () => {
      await world.db.report.deleteMany({})
      return {}
    },
    knock: posting(reports.generateReport, () => ({ scope: 'team' })),
  },
  scheduleReport: { act: 'schedule_report', knock: posting(reports.scheduleReport, () => ({ schedule: 'team' })) },
  'security/reports/[report]/download': {
    act: 'download_report',
    prepare: aReport,
    knock: (of, { report = '' }) => {
      const params = Promise.resolve({ tenant: of, report })
      return answered(() => downloadFile(new Request('https://login.example.com/'), { params }))
    },
  },
  'api/v1 reports/[report]': {
    act: 'download_report',
    prepare: aReport,
    knock: (of, { report = '' }) => {
      const params = Promise.resolve({ tenant: of, report })
      return answered(() => reportRows(new Request('https://login.example.com/'), { params }))
    },
  },
  'security/audit/export': {
    act: 'export_audit',
    knock: (of) => {
      const request = new Request('https://login.example.com/?format=csv&kind=signed_out')
      return answered(() => exportLog(request, { params: Promise.resolve({ tenant: of }) }))
    },
  },
}

interface Told {
  status: number
  to: string | null
}

/** Refused in so many words, or led to where somebody else may sign in; never an answer as of something done. */
function isRefusal({ status, to }: Told, besideField = false): boolean {
  return to === null ? [401, 403, 404, ...(besideField ? [200] : [])].includes(status) : /^\/(sign-in.*)?$/.test(to)
}

/** What a door answers, and where it leads. */
async function answered(work: () => Promise<unknown>): Promise<Told> {
  const wanted: WantedResponse = { headers: new Map(), form: 'none' }
  try {
    const answer = await withResponse(wanted, work)
    if (answer instanceof Response) {
      await answer.text()
      return { status: answer.status, to: null }
    }
    return { status: wanted.status ?? 200, to: null }
  } catch (error) {
    const digest = error instanceof Error && 'digest' in error ? String(error.digest) : ''
    if (!digest.startsWith('NEXT_REDIRECT;')) throw error
    return { status: 303, to: digest.split(';')[2] ?? '' }
  }
}

function post(action: Action, fields: Fields): Promise<Told> {
  const data = new FormData()
  for (const [name, value] of Object.entries({ [DRAWN_FIELD]: drawn, ...fields })) data.set(name, value)
  return answered(() => action(initialFormState, data))
}

/** What a page of whoever arrived last carries in its forms (S26). */
let drawn = ''

async function arriveAs(id: string): Promise<void> {
  const { token, assured } = await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })
  drawn = drawnFor(assured.session)
  arrive({ headers: OWN, cookies: { [SESSION_COOKIE]: token } })
}

/** Whatever an act on this person could change. */
async function stateOf({ id }: Person): Promise<string> {
  const where = { userId: id }
  const { db } = world
  return JSON.stringify([
    await db.user.findUnique({ where: { id } }),
    await db.membership.findMany({ where, orderBy: { id: 'asc' } }),
    await db.factor.findMany({ where }),
    await db.recoveryCode.findMany({ where }),
    await db.device.findMany({ where }),
    await db.session.findMany({ where, select: { id: true, endedAt: true } }),
    await db.exemption.findMany({ where }),
    await db.resetRequest.findMany({ where }),
    await db.mailedLink.findMany({ where }),
    await db.outboxMessage.count({ where }),
    await db.auditEvent.count({ where: { subjectId: id } }),
  ])
}

const OF_NOBODY = ['access_denied', 'sign_in_succeeded', 'report_made', 'policy_change_refused']

async function stateOfTenant(): Promise<string> {
  const where = { tenantId: tenant.id }
  const { db } = world
  return JSON.stringify([
    await db.tenant.findUnique({ where: { id: tenant.id } }),
    await db.tenant.findMany({ where: { parentId: tenant.id }, orderBy: { id: 'asc' } }),
    await db.policyRule.findMany({ where: { tenantId: client.id } }),
    await db.policy.findMany({ where }),
    await db.policyRule.findMany({ where }),
    await db.policyFloor.findMany({ where }),
    await db.invitation.findMany({ where }),
    await db.bulkAct.findMany({ where }),
    await db.peopleImport.findMany({ where }),
    await db.report.findMany({ where }),
    await db.reportSchedule.findMany({ where }),
    await db.auditEvent.count({ where: { ...where, kind: { notIn: OF_NOBODY } } }),
  ])
}

/** Somebody in this relation to the tenant, with what can be lost. */
async function aTarget(relation: Exclude<Relation, 'self'>, role: Role): Promise<Person> {
  const target = await aPerson(world, relation === 'home' ? tenant.slug : elsewhere.slug, role)
  if (relation === 'guest') await aGuest(world, tenant.id, target.id, role)
  return target
}

async function equip(target: Person): Promise<void> {
  await aTotpFactor(world, target.id)
  await aKnownDevice(world, target.id, true)
  await aSession(world, target.id)
}

/** Whoever is no admin is refused before anybody is looked at: one person in each relation is enough there. */
interface Cell {
  actor: Role
  relation: Relation
  target: Role
}
const CELLS: readonly Cell[] = ROLES.flatMap((actor) =>
  RELATIONS.flatMap((relation): Cell[] => {
    if (relation === 'self') return [{ actor, relation, target: actor }]
    const targets: readonly Role[] = isConsoleRole(actor) ? ROLES : ['agent']
    return targets.map((target) => ({ actor, relation, target }))
  }),
)

describe('S29: every door of the console', () => {
  const files = (readdirSync(join(ROOT, 'app'), { recursive: true }) as string[]).filter((path) =>
    /(actions|route)\.ts$/.test(path),
  )
  /** What each says that it does, read from the source. */
  const said = files.flatMap((path) => {
    const text = readFileSync(join(ROOT, 'app', path), 'utf8')
    const actions = [
      ...text.matchAll(/export const (\w+) = define(?:Admin|Partner|Client)Action\(\{([\s\S]*?)\n\}\)/g),
    ].map((match) => ({
      door: match[1] ?? '',
      acts: [...(match[2] ?? '').matchAll(/^ {2}(?:act|also): (.*),$/gm)].flatMap((line) =>
        [...(line[1] ?? '').matchAll(/'(\w+)'/g)].map((act) => act[1] ?? ''),
      ),
    }))
    const [proof] = [...text.matchAll(/provedFor\('(\w+)'/g)]
    const door = path.replace(/^.*\[tenant\]\//, path.startsWith('api') ? 'api/v1 ' : '').replace('/route.ts', '')
    return [...actions, ...(proof ? [{ door, acts: [proof[1] ?? ''] }] : [])]
  })

  test('is tried here, and does what its source says that it does', () => {
    const tried = new Map<string, Set<string>>()
    const note = (name: string, acts: readonly string[]) => {
      const [door = ''] = name.split(',')
      tried.set(door, new Set([...(tried.get(door) ?? []), ...acts]))
    }
    for (const [name, { acts }] of Object.entries(PERSON_DOORS)) note(name, acts)
    for (const [name, { act }] of Object.entries(TENANT_DOORS)) note(name, [act])
    // The box beside Save ends sessions; that the proof is one is all that can be tried of it.
    tried.get('saveRequirement')?.add('contain')
    expect(Object.fromEntries(said.map(({ door, acts }) => [door, acts.sort()]))).toEqual(
      Object.fromEntries([...tried].map(([door, acts]) => [door, [...acts].sort()])),
    )
  })

  test('stands in docs/permissions.md beside its act and the proof that is asked for', () => {
    const page = readFileSync(join(ROOT, 'docs/permissions.md'), 'utf8')
    for (const act of CONSOLE_ACTS) {
      const doors = said.filter(({ acts }) => acts.includes(act)).map(({ door }) => `\`${door}\``)
      if (doors.length > 0) expect(page).toContain(`| \`${act}\` | ${PROOF_OF[act]} | ${doors.sort().join(', ')} |`)
    }
    expect(said.length).toBeGreaterThanOrEqual(30)
  })

  test.each(Object.entries(PERSON_DOORS))(
    'S29 R3 R5 U6: %s: every role against every role, by what it changes',
    async (name, { action, acts, besideField, prepare, form }) => {
      const actors = new Map<Role, Person>()
      const targets = new Map<string, Person>()
      for (const cell of CELLS) {
        const actor = actors.get(cell.actor) ?? (await aPerson(world, tenant.slug, cell.actor))
        actors.set(cell.actor, actor)
        // Of whom nothing was changed can be asked again.
        const who = cell.relation === 'self' ? `self ${cell.actor}` : `${cell.relation} ${cell.target}`
        let target = targets.get(who)
        if (target === undefined) {
          target = cell.relation === 'self' ? actor : await aTarget(cell.relation, cell.target)
          await equip(target)
        }
        const of = cell.relation === 'other' ? elsewhere : tenant
        const more = (await prepare?.(target, of)) ?? {}
        await arriveAs(actor.id)
        // How many resets an admin does in an hour (N42) is not what is asked here.
        await world.db.throttle.deleteMany()
        const before = await stateOf(target)
        const fields = { tenant: tenant.slug, user: target.id, ...form?.(target, cell.target), ...more }
        const told = await post(action, fields)
        const open = acts.every((act) => may(cell.actor, act, cell.relation, cell.target))
        const label = `${cell.actor}: ${name}: ${cell.relation} ${cell.target}`
        expect([label, (await stateOf(target)) !== before]).toEqual([label, open])
        if (!open) expect([label, isRefusal(told, besideField)]).toEqual([label, true])
        if (!open) targets.set(who, target)
        else targets.delete(who)
        if (cell.relation === 'self') actors.delete(cell.actor)
      }
    },
    120_000,
  )

  test.each(Object.entries(TENANT_DOORS))(
    'S29 S15: %s: owners and admins of the tenant, and nobody else',
    async (name, { prepare, knock }) => {
      for (const role of ROLES) {
        for (const from of [tenant, elsewhere]) {
          const actor = await aPerson(world, from.slug, role)
          const more = (await prepare?.(actor.id)) ?? {}
          await arriveAs(actor.id)
          const before = await stateOfTenant()
          const told = await knock(tenant.slug, more)
          const open = from === tenant && isConsoleRole(role)
          const label = `${role} of ${from === tenant ? 'this' : 'another'}: ${name}`
          expect([label, (await stateOfTenant()) !== before]).toEqual([label, open])
          if (!open) expect([label, isRefusal(told)]).toEqual([label, true])
        }
      }
    },
  )

  test.each([
    ['invitePerson', invitations.invitePerson],
    ['inviteAgain', invitations.inviteAgain],
    ['withdrawInvitation', invitations.withdrawInvitation],
    ['changeInvitationOf', invitations.changeInvitationOf],
    ['changeRoleOf', users.changeRoleOf],
  ] as const)('S29 R3: %s gives or takes a role up to one’s own', async (name, action) => {
    for (const role of ['owner', 'admin'] as const) {
      for (const given of ROLES) {
        const actor = await aPerson(world, tenant.slug, role)
        const target = await aPerson(world, tenant.slug, given === 'agent' ? 'end_user' : 'agent')
        const invited = await anInvitation(given)
        await arriveAs(actor.id)
        const before = (await stateOfTenant()) + (await stateOf(target))
        const email = name === 'invitePerson' ? `${anId(world)}@example.com` : target.email
        const fields = { user: target.id, ...invited, email, name: 'Ina', role: given, locale: 'en', days: '5' }
        await post(action, { tenant: tenant.slug, ...fields })
        const label = `${role}: ${name}: ${given}`
        expect([label, (await stateOfTenant()) + (await stateOf(target)) !== before]).toEqual([
          label,
          role === 'owner' || given !== 'owner',
        ])
      }
    }
  })

  const AGES = { session: null, recent: minutes(15), fresh: minutes(5) } as const

  test.each(Object.entries(PERSON_DOORS))('S29 N22: %s asks for the proof of its act', async (_name, door) => {
    const { action, acts, prepare, form } = door
    const actor = await aPerson(world, tenant.slug, 'owner')
    const target = await aTarget(acts.includes('end_membership') ? 'guest' : 'home', 'agent')
    await equip(target)
    const more = (await prepare?.(target, tenant)) ?? {}
    const fields: Fields = { tenant: tenant.slug, user: target.id, ...form?.(target, 'agent'), ...more }
    for (const [ago, enters] of [
      [0, false],
      [-1, true],
    ] as const) {
      await arriveAs(actor.id)
      world.clock.move(AGES[PROOF_OF[acts[0] ?? 'suspend']] ?? 0)
      world.clock.move(ago)
      const before = await stateOf(target)
      const told = await post(action, fields)
      expect(told.to?.startsWith('/reauthenticate?') === true).toBe(!enters)
      expect((await stateOf(target)) !== before).toBe(enters)
      // Nothing that was typed is lost on the way.
      if (!enters && fields.reason) expect(decodeURIComponent(told.to ?? '')).toContain('reason=called+back')
    }
  })

  /** All but what asks for a session alone. */
  const PROVED = Object.entries(TENANT_DOORS).filter(([, { act }]) => AGES[PROOF_OF[act]] !== null)

  test.each(PROVED)('S29 N22 N39: %s asks for the proof of its act', async (_name, door) => {
    const limit = AGES[PROOF_OF[door.act]]
    expect(limit).not.toBeNull()
    const actor = await aPerson(world, tenant.slug, 'owner')
    for (const [ago, enters] of [
      [0, false],
      [-1, true],
    ] as const) {
      const more = (await door.prepare?.(actor.id)) ?? {}
      await arriveAs(actor.id)
      world.clock.move((limit ?? 0) + ago)
      const before = await stateOfTenant()
      const told = await door.knock(tenant.slug, more)
      const led = told.to?.startsWith('/reauthenticate?') === true || told.status === 403
      expect(led).toBe(!enters)
      expect((await stateOfTenant()) !== before).toBe(enters)
    }
  })

  test('N39: what was chosen comes back from the proof', async () => {
    const actor = await aPerson(world, tenant.slug, 'owner')
    const { report } = await aReport()
    await arriveAs(actor.id)
    world.clock.move(minutes(5))
    const back = async (door: Promise<Told>) =>
      new URLSearchParams((await door).to?.split('?')[1] ?? '').get('return') ?? ''
    const base = `/admin/${tenant.slug}/security`
    expect(await back(post(reports.generateReport, { tenant: tenant.slug, scope: 'end' }))).toBe(
      `${base}/reports?scope=end`,
    )
    expect(await back(post(reports.scheduleReport, { tenant: tenant.slug, schedule: 'all' }))).toBe(
      `${base}/reports?schedule=all`,
    )
    const one = { params: Promise.resolve({ tenant: tenant.slug, report }) }
    expect(await back(answered(() => downloadFile(new Request('https://login.example.com/'), one)))).toBe(
      `${base}/reports?take=${report}`,
    )
    const search = 'kind=signed_out&from=2026-01-01&to=2026-02-01&person=p-1&format=jsonl'
    const log = { params: Promise.resolve({ tenant: tenant.slug }) }
    const request = new Request(`https://login.example.com/?${search}`)
    expect(await back(answered(() => exportLog(request, log)))).toBe(
      `${base}/audit?person=p-1&kind=signed_out&from=2026-01-01&to=2026-02-01&take=jsonl`,
    )
  })

  test('acts on people are acts of the console, each with a door or a page', () => {
    expect(CONSOLE_ACTS).toEqual(expect.arrayContaining([...PEOPLE_ACTIONS]))
    const withoutDoor = CONSOLE_ACTS.filter((act) => !said.some(({ acts }) => acts.includes(act)))
    expect(withoutDoor).toEqual(['see', 'see_security'])
  })
})

test('X9 N36: a logo that is sent slowly keeps one place, and of another company what is sent is taken', async () => {
  const knock = async (of: TenantFacts, body: BodyInit) => {
    await arriveAs((await aPerson(world, of.slug, 'owner')).id)
    const address = `https://login.example.com/?${DRAWN_FIELD}=${drawn}`
    const request = new Request(address, { method: 'POST', body, duplex: 'half' } as RequestInit)
    return answered(() => uploadLogo(request, { params: Promise.resolve({ tenant: of.slug }) }))
  }
  const logo = () => {
    const form = new FormData()
    form.set('logo', new File([aPng()], 'logo.png'))
    return form
  }
  let slow: Promise<Told> | undefined
  const sending = await new Promise<ReadableStreamDefaultController>((pull) => {
    slow = knock(tenant, new ReadableStream({ pull }, { highWaterMark: 0 }))
  })
  expect((await knock(tenant, logo())).to).toMatch(/logo=busy$/)
  expect((await knock(elsewhere, logo())).to).toMatch(/notice=logo$/)
  sending.close()
  expect((await slow)?.to).toMatch(/logo=missing$/)
  expect((await knock(tenant, logo())).to).toMatch(/notice=logo$/)
})
