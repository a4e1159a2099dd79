import { parse } from 'csv-parse/sync'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { GET } from '@/app/(admin)/admin/[tenant]/security/audit/export/route'
import { AUDIT_KINDS, type StoredEvent } from '../../audit/types'
import { readConfig } from '../../core/env'
import { newId } from '../../core/kernel/ids'
import { systemRandom } from '../../core/kernel/random'
import { days, later } from '../../core/kernel/time'
import { LOCALES, type Locale } from '../../i18n/locales'
import { translator } from '../../i18n/translate'
import type { TenantFacts } from '../../identity/tenant/service'
import type { Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { arrive } from '../../testing/next-headers'
import {
  aFurtherTenant,
  aGuest,
  aPerson,
  aSession,
  aTenant,
  quickWorld,
  START,
  type TestWorld,
} from '../../testing/world'
import { CSV_COLUMNS, exportStream, headingOf, writerOf } from '../export/audit-export'
import { loadAudit } from '../loaders/audit'
import { auditExportPath, auditPath } from '../paths'
import { setWorld } from '../server/deps'
import { SESSION_COOKIE } from '../server/request'
import { type WantedResponse, withResponse } from '../server/response'
import { detailsOf, eventSentence, groupSentence, otherActor, otherFactor } from './audit'

vi.mock('next/headers', () => import('../../testing/next-headers'))

function anEvent(more: Partial<StoredEvent> = {}): StoredEvent {
  const at = more.at ?? START
  return {
    id: newId(at, systemRandom),
    tenantId: 't1',
    at,
    kind: 'signed_out',
    actorKind: 'user',
    actorId: 'a1',
    actorName: 'Olga Owner',
    subjectId: 's1',
    subjectName: 'Ann Lee',
    factorType: null,
    address: '203.0.113.9',
    userAgent: 'Agent',
    requestId: 'r1',
    data: '{}',
    ...more,
  }
}

describe('an event in words', () => {
  const t = translator('en')
  const OF_THE_INSTALLATION = new Set<string | undefined>([
    ...['backup_made', 'backup_restored', 'clock_went_back'],
    ...['audit_retention_changed', 'audit_pruned', 'audit_forgotten'],
  ])

  test.each(LOCALES)('every kind is a sentence about whom it was done to (%s)', (locale) => {
    const said = AUDIT_KINDS.map((kind) => eventSentence(anEvent({ kind }), translator(locale)))
    const ofPeople = said.filter((_, index) => !OF_THE_INSTALLATION.has(AUDIT_KINDS[index]))
    expect(ofPeople.filter((sentence) => !sentence.includes('Ann Lee'))).toEqual([])
    expect(new Set(said).size).toBeGreaterThan(AUDIT_KINDS.length - 3)
  })

  test('a sign-in says by which factor; without words for it, the factor is left to the details', () => {
    const signIn = { kind: 'sign_in_succeeded', actorId: 's1' }
    expect(eventSentence(anEvent({ ...signIn, factorType: 'totp' }), t)).toBe(
      'Ann Lee signed in with an authenticator app',
    )
    expect(eventSentence(anEvent({ ...signIn, factorType: null }), t)).toBe('Ann Lee signed in')
    expect(eventSentence(anEvent({ ...signIn, factorType: 'toString' }), t)).toBe('Ann Lee signed in')
    expect(eventSentence(anEvent({ ...signIn, kind: 'sign_in_failed', factorType: 'recovery' }), t)).toBe(
      'Sign-in with a recovery code failed: Ann Lee',
    )
  })

  test('an event of nobody in particular is about whoever did it; a kind of another version keeps its name', () => {
    const alone = { subjectId: null, subjectName: null }
    expect(eventSentence(anEvent({ ...alone, kind: 'access_denied' }), t)).toBe('Olga Owner was denied access')
    const nameless = { ...alone, kind: 'sign_in_failed', actorKind: 'visitor', actorId: null, actorName: null }
    expect(eventSentence(anEvent(nameless), t)).toBe('Sign-in failed: Someone not signed in')
    expect(eventSentence(anEvent({ kind: 'from_the_future' }), t)).toBe('Ann Lee: from_the_future')
  })

  test('M7: a person acts, and never a file; who did it is not said twice', () => {
    const file = { kind: 'import_received', subjectId: 'f1', subjectName: 'clean.csv', actorName: 'Ann Lee' }
    expect(eventSentence(anEvent(file), t)).toBe('Ann Lee uploaded the file clean.csv')
    expect(otherActor(anEvent(file), t)).toBeNull()
    const byCommand = anEvent({ ...file, actorKind: 'operator', actorId: null, actorName: null })
    expect(eventSentence(byCommand, t)).toBe('The file clean.csv was uploaded')
    expect(otherActor(byCommand, t)).toBe('The server’s command line')
    for (const kind of ['import_received', 'import_started', 'import_dropped']) {
      for (const locale of LOCALES) {
        const sentence = eventSentence(anEvent({ ...file, kind }), translator(locale))
        expect(sentence.startsWith('Ann Lee'), sentence).toBe(true)
      }
    }
    expect(eventSentence(anEvent({ kind: 'factors_reset' }), t)).toBe('Olga Owner reset 2FA for Ann Lee')
    expect(eventSentence(anEvent({ kind: 'session_ended', actorId: 's1', actorName: 'Ann Lee' }), t)).toBe(
      'Sessions of Ann Lee were ended',
    )
  })

  test('M7: many of one kind are one sentence', () => {
    const group = (kind: string, events: number, people: number) => ({ newest: anEvent({ kind }), events, people })
    expect(groupSentence(group('user_invited', 61, 60), t)).toBe('60 people were invited')
    expect(groupSentence(group('user_invited', 1, 1), t)).toBe('Olga Owner invited Ann Lee')
    expect(groupSentence(group('user_invited', 3, 1), t)).toBe('Invited: 3 times')
    expect(groupSentence(group('sign_in_failed', 12, 4), t)).toBe('Sign-in failed: 12 times')
  })

  test('who did it is said where it is somebody else', () => {
    expect(otherActor(anEvent(), t)).toBe('Olga Owner')
    expect(otherActor(anEvent({ actorId: 's1', actorName: 'Ann Lee' }), t)).toBeNull()
    expect(otherActor(anEvent({ subjectId: null, subjectName: null }), t)).toBeNull()
    expect(otherActor(anEvent({ actorKind: 'operator', actorId: null, actorName: null }), t)).toBe(
      'The server’s command line',
    )
  })

  test('the factor is said beside a sentence that leaves it out', () => {
    expect(otherFactor(anEvent({ kind: 'factor_removed', factorType: 'totp' }), t)).toBe('Authenticator app')
    expect(otherFactor(anEvent({ kind: 'sign_in_succeeded', factorType: 'totp' }), t)).toBeNull()
    expect(otherFactor(anEvent({ kind: 'recovery_code_used', factorType: 'recovery' }), t)).toBeNull()
  })

  test('details are named, nested ones line by line; unknown ones keep their names', () => {
    const data = { reason: 'a <b>', before: { team: false, teamKinds: 'totp' }, ended: 3, filters: {}, other: ['x'] }
    expect(detailsOf(anEvent({ data: JSON.stringify(data) }), t)).toEqual([
      { term: 'Reason', lines: ['a <b>'] },
      { term: 'Before', lines: ['team: no', 'teamKinds: totp'] },
      { term: 'Sessions ended', lines: ['3'] },
      { term: 'other', lines: ['["x"]'] },
    ])
    expect(detailsOf(anEvent({ data: '{"broken' }), t)).toEqual([{ term: 'Details', lines: ['{"broken'] }])
  })

  test('an address carries the filters and no place', () => {
    const filters = { personId: 'u1', kind: 'signed_out', from: '2026-11-01', to: null } as const
    expect(auditPath('acme')).toBe('/admin/acme/security/audit')
    expect(auditPath('acme', filters, { older: '1.a' })).toBe(
      '/admin/acme/security/audit?person=u1&kind=signed_out&from=2026-11-01&older=1.a',
    )
    expect(auditExportPath('acme', 'csv', filters)).toBe(
      '/admin/acme/security/audit/export?person=u1&kind=signed_out&from=2026-11-01&format=csv',
    )
  })
})

describe('an export', () => {
  const csv = (locale: Locale, ...events: StoredEvent[]) => {
    const writer = writerOf('csv', locale)
    return writer.head + writer.page(events)
  }
  const rowsOf = (text: string, delimiter = ',') => parse(text, { bom: true, delimiter, record_delimiter: '\r\n' })

  test.each(LOCALES)('X1: headings in %s, its separator, a mark of the encoding and CRLF', (locale) => {
    const t = translator(locale)
    const text = csv(locale, anEvent({ subjectName: 'Änne "名前"; Lee, Ann\nx' }))
    const delimiter = locale === 'de' ? ';' : ','
    expect(text.startsWith('\uFEFF')).toBe(true)
    expect(text.endsWith('\r\n')).toBe(true)
    expect(text.slice(1)).not.toContain('\uFEFF')
    const [headings, row, ...none] = rowsOf(text, delimiter)
    expect(none).toEqual([])
    expect(headings).toEqual(CSV_COLUMNS.map((column) => headingOf(column, t)))
    expect(new Set(headings).size).toBe(CSV_COLUMNS.length)
    expect(row?.slice(0, 3)).toEqual([START.toISOString(), t('event.signed_out'), 'Änne "名前"; Lee, Ann\nx'])
  })

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '＝1', '＋1', '－1', '＠1'])(
    'a cell that a spreadsheet would compute is text: %j',
    (formula) => {
      const [, row] = rowsOf(csv('en', anEvent({ subjectName: formula, userAgent: formula, actorName: formula })))
      expect(row?.filter((cell: string) => cell === `'${formula}`)).toHaveLength(3)
      expect(row?.filter((cell: string) => cell === formula)).toEqual([])
    },
  )

  test.each(['\t', '\r'])('N35: nor one behind a sign that some programs split by: %j', (sign) => {
    const formula = `${sign}=1`
    const [, row] = rowsOf(csv('en', anEvent({ subjectName: formula, userAgent: formula, actorName: formula })))
    expect(row?.filter((cell: string) => cell === `'${sign}'=1`)).toHaveLength(3)
  })

  test('only the first page has headings; a missing value is an empty cell; a kind of another version keeps its name', () => {
    const writer = writerOf('csv', 'en')
    expect(writer.page([])).toBe('')
    const page = writer.page([anEvent({ kind: 'from_the_future', requestId: null, factorType: null })])
    expect(page.split('\r\n')).toHaveLength(2)
    const [row] = rowsOf(page)
    expect(row?.[CSV_COLUMNS.indexOf('event')]).toBe('from_the_future')
    expect(row?.[CSV_COLUMNS.indexOf('requestId')]).toBe('')
  })

  test('JSON lines: an object a line, with the stored fields and parsed data', () => {
    const writer = writerOf('jsonl', 'ko')
    const event = anEvent({ subjectName: '=1\n2', data: '{"before":{"a":1}}' })
    const text = writer.head + writer.page([event, anEvent({ data: 'broken' })])
    const lines = text.split('\n')
    expect(lines).toHaveLength(3)
    const { factorType, ...others } = event
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      ...others,
      MfaFactorType: factorType,
      at: event.at.toISOString(),
      data: { before: { a: 1 } },
    })
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ data: 'broken' })
  })

  test('pages are read as they are taken, and no more once nobody takes them', async () => {
    let read = 0
    let ended = false
    async function* pages() {
      try {
        for (; read < 100; ) {
          read += 1
          yield [anEvent()]
        }
      } finally {
        ended = true
      }
    }
    const taker = exportStream(pages(), writerOf('jsonl', 'en')).getReader()
    await taker.read()
    await taker.read()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(read).toBeLessThanOrEqual(4)
    await taker.cancel()
    expect(ended).toBe(true)
    expect(read).toBeLessThanOrEqual(4)
  })
})

eachDatabase('the audit log of the console', (open) => {
  let world: TestWorld
  let tenant: TenantFacts
  let other: TenantFacts
  beforeAll(async () => {
    world = quickWorld(open())
    tenant = await aTenant(world)
    other = await aFurtherTenant(world)
    const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
    if (!config.ok) throw new Error(config.detail)
    setWorld({ deps: world, config: config.value, wake: () => undefined })
  })
  beforeEach(() => arrive())

  async function hold({ id }: { id: string }) {
    arrive({ cookies: { [SESSION_COOKIE]: (await aSession(world, id, { steppedUp: true })).token } })
  }

  async function as(role: Role, slug = tenant.slug) {
    const person = await aPerson(world, slug, role)
    await hold(person)
    return person
  }

  const load = (search: Record<string, string> = {}, slug = tenant.slug) => loadAudit(slug, search)

  async function ask(search: string, slug = tenant.slug): Promise<Response> {
    const request = new Request(`https://login.example.com/admin/${slug}/security/audit/export?${search}`)
    return GET(request, { params: Promise.resolve({ tenant: slug }) })
  }

  const exports = () => world.db.auditEvent.count({ where: { kind: 'audit_exported' } })

  test('S15: agents, end users, owners of other companies and guests without a role see and export nothing', async () => {
    const before = await exports()
    for (const [role, slug] of [
      ['agent', tenant.slug],
      ['end_user', tenant.slug],
      ['owner', other.slug],
      ['admin', other.slug],
    ] as const) {
      const person = await aPerson(world, slug, role)
      if (role === 'admin') await aGuest(world, tenant.id, person.id, 'agent')
      await hold(person)
      const wanted: WantedResponse = { headers: new Map(), form: 'none' }
      expect(await withResponse(wanted, () => load())).toBeNull()
      expect(wanted.status).toBe(404)
      const answer = await ask('format=csv')
      expect([answer.status, await answer.text()]).toEqual([404, ''])
    }
    arrive()
    await expect(ask('format=csv')).rejects.toMatchObject({ digest: expect.stringContaining('NEXT_REDIRECT') })
    await expect(load()).rejects.toMatchObject({ digest: expect.stringContaining('NEXT_REDIRECT') })
    expect(await exports()).toBe(before)
  })

  test('M7: an admin sees the log, and narrows it to a person by the whole address or by a beginning', async () => {
    const ann = await aPerson(world, tenant.slug, 'agent', 'zoe.one@example.com')
    const two = await aPerson(world, tenant.slug, 'agent', 'zoe.two@example.com')
    await world.db.membership.updateMany({ where: { userId: two.id }, data: { suspended: true } })
    const stranger = await aPerson(world, other.slug, 'agent', 'zoe.three@example.com')
    const admin = await as('admin')
    expect(await load()).toMatchObject({
      person: { is: 'all' },
      chain: { is: 'unsealed' },
      actor: { person: { id: admin.id } },
    })
    expect((await load({ q: ' ZOE.one@example.com ' }))?.person).toEqual({ is: 'one', ...ann })
    const several = await load({ q: 'zoe', kind: 'user_created' })
    expect(several).toMatchObject({ page: null, query: { kind: 'user_created', personId: null } })
    expect(several?.person).toEqual({ is: 'several', people: [ann, two], more: false })
    expect(await load({ q: 'zoe.t' })).toMatchObject({ person: { is: 'one', id: two.id }, query: { personId: two.id } })
    expect(await load({ q: 'zoe.three@example.com' })).toMatchObject({ person: { is: 'nobody' }, page: null })
    expect((await load({ person: ann.id }))?.person).toEqual({ is: 'one', ...ann })
    const theirs = await load({ person: stranger.id })
    expect(theirs?.person).toEqual({ is: 'one', id: stranger.id, name: null, email: null })
    expect(theirs?.page?.events).toEqual([])
    const hers = await load({ person: ann.id, kind: 'user_created' })
    expect(hers?.page?.events.map(({ subjectId }) => subjectId)).toEqual([ann.id])
  })

  test('M7: an admin exports what the filters show, over several pages, as a file that no cache keeps', async () => {
    const admin = await as('admin')
    const at = later(world.clock.now(), 1)
    await world.db.auditEvent.createMany({
      data: Array.from({ length: 2500 }, (_, n) =>
        anEvent({
          tenantId: tenant.id,
          at,
          kind: 'role_changed',
          data: `{"n":${n}}`,
          subjectName: n === 7 ? '=1' : 'Ann',
        }),
      ),
    })
    await world.db.auditEvent.create({ data: anEvent({ tenantId: other.id, at, kind: 'role_changed' }) })
    world.clock.move(days(1))
    await hold(admin)
    const lines = await ask('format=jsonl&kind=role_changed')
    expect(Object.fromEntries(lines.headers)).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'cache-control': 'no-store',
      'content-disposition': `attachment; filename="audit-${tenant.slug}-${world.clock.now().toISOString().slice(0, 10)}.jsonl"`,
    })
    const events = (await lines.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events).toHaveLength(2500)
    expect(new Set(events.map(({ data }) => data.n)).size).toBe(2500)
    expect(new Set(events.map(({ tenantId }) => tenantId))).toEqual(new Set([tenant.id]))

    await world.db.user.update({ where: { id: admin.id }, data: { locale: 'de' } })
    const sheet = await ask('format=csv&kind=role_changed')
    const rows = parse(await sheet.text(), { bom: true, delimiter: ';', record_delimiter: '\r\n' })
    expect(rows).toHaveLength(2501)
    expect(rows[0]?.[0]).toBe('Zeit (UTC)')
    expect(rows.filter((row) => row.includes("'=1"))).toHaveLength(1)
    const noted = await world.db.auditEvent.findMany({ where: { kind: 'audit_exported' }, orderBy: { id: 'asc' } })
    expect(noted.map(({ data, actorId }) => [actorId, JSON.parse(data)])).toEqual([
      [admin.id, { format: 'jsonl', filters: { kind: 'role_changed' } }],
      [admin.id, { format: 'csv', filters: { kind: 'role_changed' } }],
    ])
  })

  test('an unknown format is nothing, and is not noted', async () => {
    await as('owner')
    const before = await exports()
    for (const search of ['', 'format=xml', 'format=csv&format=xml', 'format=']) {
      expect((await ask(search)).status).toBe(404)
    }
    expect(await exports()).toBe(before)
  })
})
