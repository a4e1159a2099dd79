import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Db, databaseKind } from '../../core/db'
import { newId } from '../../core/kernel/ids'
import { systemRandom } from '../../core/kernel/random'
import { days, earlier, hours, later, seconds } from '../../core/kernel/time'
import type { FreshAdmin } from '../../identity/actor/types'
import { dropAuditTriggers } from '../../testing/audit-triggers'
import { eachDatabase } from '../../testing/databases'
import { statementsOf } from '../../testing/statements'
import { aFurtherTenant, aPerson, aSession, aTenant, quickWorld, START, type TestWorld } from '../../testing/world'
import { sealEvents } from '../chain/service'
import { readAuditQuery, readExportFormat, writeAuditFilters } from '../schema'
import { eventsQuery } from '../store'
import { AUDIT_KINDS, type AuditFilters, type AuditPage, INSTALLATION, type StoredEvent } from '../types'
import {
  AUDIT_PAGE_SIZE,
  dataOf,
  exportedEvent,
  groupEvents,
  KIND_GROUPS,
  loggedEvent,
  mergeRanges,
  rangesOf,
  readPosition,
  startOf,
  writePosition,
} from './rules'
import { exportAudit, listAudit, viewChain } from './service'

const ALL: AuditFilters = { personId: null, kind: null, from: null, to: null }

describe('the query', () => {
  test('every kind is in one group, once', () => {
    const grouped = Object.values(KIND_GROUPS).flat()
    expect([...grouped].sort()).toEqual([...AUDIT_KINDS].sort())
  })

  test('what an address does not say rightly is left out', () => {
    const query = { ...ALL, search: '', start: 'newest' }
    expect(readAuditQuery({})).toEqual(query)
    expect(
      readAuditQuery({
        q: 'x'.repeat(500),
        person: "' OR 1=1",
        kind: 'toString',
        from: '2026-02-30',
        to: 'tomorrow',
        older: ['a', 'b'],
      }),
    ).toEqual(query)
    expect(
      readAuditQuery({
        q: ' ann ',
        person: 'u-1',
        kind: 'signed_out',
        from: '2026-02-28',
        to: '2026-03-01',
        older: '1.a',
      }),
    ).toEqual({
      search: 'ann',
      personId: 'u-1',
      kind: 'signed_out',
      from: '2026-02-28',
      to: '2026-03-01',
      start: { older: '1.a' },
    })
    expect(['csv', 'jsonl', 'xml', undefined].map((format) => readExportFormat({ format }))).toEqual([
      'csv',
      'jsonl',
      null,
      null,
    ])
  })

  test('what is written is read back', () => {
    const filters = { personId: 'u-1', kind: 'signed_out', from: '2026-02-28', to: '2026-03-01' } as const
    expect(readAuditQuery(Object.fromEntries(writeAuditFilters(filters)))).toMatchObject(filters)
    expect(writeAuditFilters(ALL).size).toBe(0)
  })

  test('a position is read as it was written; a forged one is none', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('5000-01-01'), noInvalidDate: true }),
        fc.uuid(),
        (at, id) => {
          expect(readPosition(writePosition({ at, id }))).toEqual({ at, id })
        },
      ),
    )
    for (const forged of [
      '',
      '.',
      '1',
      '1.',
      '.a',
      '-1.a',
      '1e3.a',
      '1.a b',
      "1.a'",
      `1.${'a'.repeat(61)}`,
      `${'9'.repeat(15)}.a`,
    ]) {
      expect([forged, readPosition(forged)]).toEqual([forged, null])
      expect(startOf({ ...ALL, start: { newer: forged } })).toEqual({ position: null, backwards: false })
    }
  })

  test('days are whole, and somebody is subject or actor', () => {
    const [whole, ...none] = rangesOf({ ...ALL, from: '2026-02-28', to: '2026-02-28' }, 'UTC')
    expect(none).toEqual([])
    expect(whole).toEqual({
      person: null,
      kind: null,
      from: new Date('2026-02-28T00:00:00.000Z'),
      until: new Date('2026-03-01T00:00:00.000Z'),
    })
    expect(rangesOf({ ...ALL, personId: 'u1' }, 'UTC').map(({ person }) => person)).toEqual([
      { as: 'subject', id: 'u1' },
      { as: 'actor', id: 'u1' },
    ])
  })

  test.each([
    ['Europe/Berlin', '2026-07-01', '2026-07-01', '2026-06-30T22:00:00.000Z', '2026-07-01T22:00:00.000Z'],
    // The clocks go back and forward: days of 25 and 23 hours.
    ['Europe/Berlin', '2026-10-25', '2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['Asia/Tokyo', '2026-07-01', '2026-07-02', '2026-06-30T15:00:00.000Z', '2026-07-02T15:00:00.000Z'],
    ['America/St_Johns', '2026-07-01', '2026-07-01', '2026-07-01T02:30:00.000Z', '2026-07-02T02:30:00.000Z'],
    // The clocks of Santiago go forward at midnight: the day begins at 01:00.
    ['America/Santiago', '2026-09-06', '2026-09-06', '2026-09-06T04:00:00.000Z', '2026-09-07T03:00:00.000Z'],
  ])('X10: days are those of %s: %s to %s', (zone, from, to, start, end) => {
    const [range] = rangesOf({ ...ALL, from, to }, zone)
    expect([range?.from, range?.until]).toEqual([new Date(start), new Date(end)])
  })

  test('property: two ordered ranges become one in the same order, each entry once', () => {
    const entry = fc.record({
      at: fc.integer({ min: 0, max: 5 }).map((n) => new Date(n)),
      id: fc.constantFrom(...'abcdefgh'),
    })
    fc.assert(
      fc.property(fc.array(entry), fc.array(entry), fc.boolean(), fc.nat(12), (one, two, backwards, limit) => {
        const sign = backwards ? 1 : -1
        const key = ({ at, id }: { at: Date; id: string }) => `${at.getTime()}.${id}`
        const order = (list: { at: Date; id: string }[]) =>
          [...new Map(list.map((each) => [key(each), each])).values()].sort((a, b) => sign * (key(a) < key(b) ? -1 : 1))
        // An id is an entry's own: it has one time.
        const times = new Map([...one, ...two].map(({ id, at }) => [id, at]))
        const fix = (list: typeof one) => order(list.map(({ id }) => ({ id, at: times.get(id) ?? new Date(0) })))
        const merged = mergeRanges([fix(one), fix(two)], { backwards, limit })
        expect(merged).toEqual(fix([...one, ...two]).slice(0, limit))
      }),
    )
  })

  test('M7: what happened often is told once: of one kind, within a day, with how many it was done to', () => {
    const at = (hoursAgo: number, kind: string, subjectId: string | null, id: string) =>
      ({ id, kind, subjectId, at: earlier(START, hours(hoursAgo)) }) as StoredEvent
    const events = [
      at(0, 'user_invited', 'a', '1'),
      at(1, 'signed_out', 'x', '2'),
      at(2, 'user_invited', 'b', '3'),
      at(3, 'user_invited', 'a', '4'),
      at(25, 'user_invited', 'c', '5'),
    ]
    const told = groupEvents(events, 8).map(({ newest, events, people }) => [newest.id, events, people])
    expect(told).toEqual([
      ['1', 3, 2],
      ['2', 1, 1],
      ['5', 1, 1],
    ])
    expect(groupEvents(events, 1)).toHaveLength(1)
  })

  test('data that is no JSON any more is shown as it stands', () => {
    expect(dataOf({ data: '{"a":[1]}' })).toEqual({ a: [1] })
    expect(dataOf({ data: '{"a":' })).toBe('{"a":')
  })
})

eachDatabase('reading the audit log', (open, kind) => {
  let world: TestWorld
  let db: Db
  let admin: FreshAdmin
  let tenantId: string
  let other: string

  beforeAll(async () => {
    world = quickWorld(open())
    db = world.db
    const tenant = await aTenant(world)
    tenantId = tenant.id
    admin = (await aSession(world, tenant.ownerId)).freshAdmin
    other = (await aFurtherTenant(world)).id
  })
  beforeEach(async () => {
    await dropAuditTriggers(db)
    await db.auditSeal.deleteMany()
    await db.auditHead.deleteMany()
    await db.auditEvent.deleteMany()
  })

  let count = 0
  function anEvent(more: Partial<StoredEvent> = {}): StoredEvent {
    count += 1
    const at = more.at ?? later(START, count)
    return {
      id: newId(at, systemRandom),
      tenantId,
      at,
      kind: 'signed_out',
      actorKind: 'user',
      actorId: null,
      actorName: null,
      subjectId: null,
      subjectName: null,
      factorType: null,
      address: null,
      userAgent: null,
      requestId: null,
      data: '{}',
      ...more,
    }
  }

  async function keep(...events: StoredEvent[]): Promise<string[]> {
    await db.auditEvent.createMany({ data: events })
    return events.toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1)).map(({ id }) => id)
  }

  const list = (filters: Partial<AuditFilters> = {}, start: Parameters<typeof listAudit>[2]['start'] = 'newest') =>
    listAudit(world, admin, { ...ALL, ...filters, start })
  const idsOf = ({ events }: Pick<AuditPage, 'events'>) => events.map(({ id }) => id)

  async function walk(filters: Partial<AuditFilters>) {
    const down: AuditPage[] = [await list(filters)]
    for (let older = down[0]?.older; older; older = down.at(-1)?.older) down.push(await list(filters, { older }))
    const up: AuditPage[] = []
    for (let newer = down.at(-1)?.newer; newer; newer = up.at(-1)?.newer) up.push(await list(filters, { newer }))
    return { down, up }
  }

  test('M7: a row comes back as it was stored', async () => {
    const event = anEvent({
      kind: 'policy_changed',
      actorId: 'a',
      actorName: 'Änne 名前',
      subjectId: 's',
      subjectName: 'Acme',
      factorType: 'totp',
      address: '203.0.113.9',
      userAgent: 'Agent',
      requestId: 'r',
      data: '{"after":1}',
    })
    await keep(event)
    expect((await list()).events).toEqual([event])
    const { factorType, ...others } = event
    expect(exportedEvent(event)).toEqual({
      ...others,
      at: event.at.toISOString(),
      MfaFactorType: factorType,
      data: { after: 1 },
    })
    expect(Object.keys(loggedEvent(event))).toEqual([
      ...['id', 'tenantId', 'at', 'kind', 'actorKind', 'actorId', 'actorName', 'subjectId', 'subjectName'],
      ...['MfaFactorType', 'address', 'data'],
    ])
  })

  test('M7: by kind, by day, and all of them together', async () => {
    const [day, before] = [new Date('2026-11-20T00:00:00.000Z'), new Date('2026-11-19T23:59:59.999Z')]
    const after = later(day, days(1))
    const ids = {
      before: (await keep(anEvent({ at: before })))[0],
      first: (await keep(anEvent({ at: day })))[0],
      failed: (await keep(anEvent({ at: later(day, 1), kind: 'sign_in_failed', subjectId: 'u1' })))[0],
      last: (await keep(anEvent({ at: earlier(after, 1) })))[0],
      after: (await keep(anEvent({ at: after })))[0],
    }
    expect(idsOf(await list())).toEqual([ids.after, ids.last, ids.failed, ids.first, ids.before])
    expect(idsOf(await list({ kind: 'sign_in_failed' }))).toEqual([ids.failed])
    expect(idsOf(await list({ kind: 'role_changed' }))).toEqual([])
    expect(idsOf(await list({ from: '2026-11-20', to: '2026-11-20' }))).toEqual([ids.last, ids.failed, ids.first])
    expect(idsOf(await list({ from: '2026-11-21' }))).toEqual([ids.after])
    expect(idsOf(await list({ to: '2026-11-19' }))).toEqual([ids.before])
    expect(idsOf(await list({ from: '2026-11-21', to: '2026-11-19' }))).toEqual([])
    const all = { personId: 'u1', kind: 'sign_in_failed', from: '2026-11-20', to: '2026-11-20' } as const
    expect(idsOf(await list(all))).toEqual([ids.failed])
    expect(idsOf(await list({ ...all, kind: 'signed_out' }))).toEqual([])
    for (const far of ['1970-01-01', '2999-12-31'])
      expect((await list({ to: far, from: '1970-01-01' })).events).toHaveLength(far === '2999-12-31' ? 5 : 0)
  })

  test('X10: page and export have the days of whoever reads, and the log says whose the export has', async () => {
    const at = (time: string) => ({ at: new Date(`2026-11-${time}:00.000Z`) })
    const [, last, first] = await keep(...[at('18T14:59'), at('18T15:00'), at('19T14:59'), at('19T15:00')].map(anEvent))
    const reader: FreshAdmin = { ...admin, person: { ...admin.person, timeZone: 'Asia/Tokyo' } }
    const filters = { ...ALL, from: '2026-11-19', to: '2026-11-19' }
    const page = await listAudit(world, reader, { ...filters, start: 'newest' })
    expect(idsOf(page)).toEqual([last, first])
    world.clock.move(days(30))
    const seen: string[] = []
    for await (const part of await exportAudit(world, reader, { format: 'csv', filters }))
      seen.push(...part.map(({ id }) => id))
    expect(seen).toEqual([last, first])
    const noted = await db.auditEvent.findFirst({ where: { kind: 'audit_exported' } })
    expect(JSON.parse(noted?.data ?? '').filters).toEqual({ from: '2026-11-19', to: '2026-11-19', zone: 'Asia/Tokyo' })
  })

  test('M7: somebody is subject or actor, each entry once, in the order of time', async () => {
    const ids = await keep(
      anEvent({ actorId: 'u1', subjectId: 'u1' }),
      anEvent({ actorId: 'u2', subjectId: 'u1' }),
      anEvent({ actorId: 'u1', subjectId: 'u2' }),
      anEvent({ actorId: 'u1' }),
      anEvent({ subjectId: 'u1', kind: 'role_changed' }),
    )
    await keep(
      anEvent({ actorId: 'u2', subjectId: 'u3' }),
      anEvent(),
      anEvent({ tenantId: other, subjectId: 'u1', actorId: 'u1' }),
    )
    expect(idsOf(await list({ personId: 'u1' }))).toEqual(ids)
    expect(idsOf(await list({ personId: 'u1', kind: 'role_changed' }))).toEqual([ids[0]])
    expect(idsOf(await list({ personId: 'nobody' }))).toEqual([])
  })

  test.each([AUDIT_PAGE_SIZE, AUDIT_PAGE_SIZE + 1, 3 * AUDIT_PAGE_SIZE + 7])(
    'M7: %i events, most of one moment, are walked down and up without a gap or a repeat',
    async (size) => {
      const at = later(START, seconds(5))
      const events = Array.from({ length: size }, (_, n) =>
        anEvent({
          at: n % 10 === 0 ? later(at, n) : at,
          subjectId: n % 3 === 0 ? 'u1' : null,
          actorId: n % 2 === 0 ? 'u1' : null,
          kind: n % 5 === 0 ? 'role_changed' : 'signed_out',
        }),
      )
      const ids = await keep(...events)
      const byId = new Map(events.map((event) => [event.id, event]))
      const asked: [Partial<AuditFilters>, (event: StoredEvent) => boolean][] = [
        [{}, () => true],
        [{ kind: 'signed_out' }, (event) => event.kind === 'signed_out'],
        [{ kind: 'sign_in' }, (event) => KIND_GROUPS.sign_in.some((each) => each === event.kind)],
        [
          { personId: 'u1', kind: 'sign_in' },
          (event) =>
            KIND_GROUPS.sign_in.some((each) => each === event.kind) &&
            (event.subjectId === 'u1' || event.actorId === 'u1'),
        ],
        [{ personId: 'u1' }, (event) => event.subjectId === 'u1' || event.actorId === 'u1'],
        [
          { personId: 'u1', kind: 'signed_out' },
          (event) => event.kind === 'signed_out' && (event.subjectId === 'u1' || event.actorId === 'u1'),
        ],
      ]
      for (const [filters, fits] of asked) {
        const wanted = ids.filter((id) => fits(byId.get(id) ?? anEvent()))
        const { down, up } = await walk(filters)
        expect(down.flatMap(idsOf)).toEqual(wanted)
        expect(down.slice(0, -1).every(({ events: page }) => page.length === AUDIT_PAGE_SIZE)).toBe(true)
        expect(down[0]?.newer).toBeNull()
        expect(up.at(-1)?.newer ?? null).toBeNull()
        expect(up.toReversed().flatMap(idsOf)).toEqual(down.slice(0, -1).flatMap(idsOf))
      }
    },
  )

  test('S15: nothing of another tenant or of the installation is shown, whatever is asked for', async () => {
    const [own] = await keep(anEvent({ subjectId: 'u1' }))
    const theirs = [
      anEvent({ tenantId: other, subjectId: 'u1', actorId: 'u1', kind: 'signed_out' }),
      anEvent({ tenantId: INSTALLATION, subjectId: 'u1', actorId: 'u1' }),
      anEvent({ tenantId: '', subjectId: 'u1' }),
    ]
    await keep(...theirs)
    const starts = [
      'newest',
      ...theirs.flatMap((each) => [{ older: writePosition(each) }, { newer: writePosition(each) }]),
    ] as const
    for (const personId of [null, 'u1', other, INSTALLATION]) {
      for (const kindAsked of [null, 'signed_out'] as const) {
        for (const start of starts) {
          const page = await list({ personId, kind: kindAsked }, start)
          expect(idsOf(page).filter((id) => id !== own)).toEqual([])
        }
      }
    }
    world.clock.move(days(1))
    const exported = await exportAudit(world, admin, { format: 'jsonl', filters: ALL })
    const seen: string[] = []
    for await (const page of exported) seen.push(...page.map((event) => event.tenantId))
    expect(new Set(seen)).toEqual(new Set([tenantId]))
  })

  test('a forged place is a place and no more: it shows nothing else, and never fails', async () => {
    const ids = await keep(anEvent(), anEvent())
    for (const place of [
      '0.a',
      '99999999999999.zz',
      '1e9.x',
      '%',
      "1.' OR 1=1 --",
      '1.00000000-0000-0000-0000-000000000000',
    ]) {
      for (const start of [{ older: place }, { newer: place }]) {
        expect(idsOf(await list({}, start)).filter((id) => !ids.includes(id))).toEqual([])
      }
    }
    expect(idsOf(await list({}, { older: 'forged' }))).toEqual(ids)
  })

  test('M7: each filter walks an index of its own, newest first, and sorts nothing', async () => {
    const fill =
      kind === 'sqlite'
        ? `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
           INSERT INTO "audit_event" ("id", "tenantId", "at", "kind", "actorKind", "actorId", "subjectId", "data")
           SELECT printf('%012d', i), '${tenantId}', 1700000000000 + i * 1000, 'kind' || (i % 17), 'user', 'a' || (i % 41), 's' || (i % 53), '{}' FROM n`
        : `INSERT INTO "audit_event" ("id", "tenantId", "at", "kind", "actorKind", "actorId", "subjectId", "data")
           SELECT lpad(i::text, 12, '0'), '${tenantId}', timestamp '2023-11-14' + i * interval '1 second', 'kind' || (i % 17), 'user', 'a' || (i % 41), 's' || (i % 53), '{}'
           FROM generate_series(0, 19999) i`
    await db.$executeRawUnsafe(fill)
    // PostgreSQL does so by itself, SQLite never.
    if (kind === 'postgresql') await db.$executeRawUnsafe('ANALYZE')
    const middle = { at: new Date('2023-11-14T02:00:00.000Z'), id: '000000007200' }
    const range = { person: null, kind: null, from: null, until: null }
    const days = { from: new Date('2023-11-14T01:00:00.000Z'), until: new Date('2023-11-14T03:00:00.000Z') }
    const along = [
      ['tenantId_at_id', range],
      ['tenantId_kind_at_id', { ...range, kind: 'signed_out' }],
      ['tenantId_subjectId_at_id', { ...range, person: { as: 'subject', id: 's7' } }],
      ['tenantId_actorId_at_id', { ...range, person: { as: 'actor', id: 'a7' } }],
      ['tenantId_subjectId_kind_at_id', { ...range, person: { as: 'subject', id: 's7' }, kind: 'signed_out' }],
      ['tenantId_actorId_kind_at_id', { ...range, person: { as: 'actor', id: 'a7' }, kind: 'signed_out' }],
    ] as const
    const asked = along.flatMap(([index, range]) => [[index, range] as const, [index, { ...range, ...days }] as const])
    for (const [index, range] of asked) {
      for (const position of [null, middle]) {
        for (const backwards of position === null ? [false] : [false, true]) {
          const query = eventsQuery(tenantId, range, {
            ...{ position, backwards, limit: AUDIT_PAGE_SIZE + 1 },
            names: kind === 'sqlite',
          })
          const plan = await planOf(query.sql.replace(/\s+/g, ' '), query.values)
          expect(plan).toContain(`audit_event_${index}_idx`)
          expect(plan).not.toMatch(/sort|temp b-tree|seq scan|bitmap/i)
        }
      }
    }
    expect(databaseKind(db)).toBe(kind)
  })

  /** With values in position: PostgreSQL plans a statement of this connection alone. */
  async function planOf(sql: string, values: readonly unknown[]): Promise<string> {
    let at = 0
    const text = sql.replace(/\?/g, () => {
      const value = values[at]
      at += 1
      if (value instanceof Date) {
        return kind === 'sqlite' ? String(value.getTime()) : `timestamp '${value.toISOString().slice(0, -1)}'`
      }
      return typeof value === 'number' ? String(value) : `'${value}'`
    })
    const rows = await db.$queryRawUnsafe<object[]>(`${kind === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN'} ${text}`)
    return rows.map((row) => JSON.stringify(Object.values(row).filter((each) => typeof each === 'string'))).join('\n')
  }

  test('M8: the state of the chain, as far as it can be told without walking it', async () => {
    expect(await viewChain(world, admin)).toEqual({ is: 'unsealed' })
    world.clock.move(days(1))
    await keep(anEvent({ at: world.clock.now() }), anEvent({ at: world.clock.now() }))
    await sealEvents(world, 100)
    const told = { seq: 2, through: world.clock.now(), keyId: world.keys.currentId }
    expect(await viewChain(world, admin)).toEqual({ is: 'signed', ...told })
    await dropAuditTriggers(db)
    await db.auditHead.updateMany({ data: { signature: 'x' } })
    expect(await viewChain(world, admin)).toEqual({ is: 'bad_head', ...told })
    await db.auditHead.updateMany({ data: { keyId: 'gone' } })
    expect(await viewChain(world, admin)).toEqual({ is: 'unknown_key', ...told, keyId: 'gone' })
  })

  test('M7: an export of 2,500 events has each once, newest first, page by page, and is itself an event', async () => {
    const ids = await keep(
      ...Array.from({ length: 2500 }, (_, n) =>
        anEvent({ at: later(START, Math.floor(n / 700)), subjectId: n % 2 === 0 ? 'u1' : null, actorId: 'u1' }),
      ),
    )
    world.clock.move(days(1))
    const filters = { ...ALL, personId: 'u1', from: '2026-01-01' }
    const pages = await exportAudit(world, admin, { format: 'csv', filters })
    const [event] = await db.auditEvent.findMany({ where: { kind: 'audit_exported' } })
    expect(event).toMatchObject({ tenantId, actorId: admin.person.id, actorName: admin.person.name })
    expect(JSON.parse(event?.data ?? '')).toEqual({
      format: 'csv',
      filters: { person: 'u1', from: '2026-01-01', zone: 'UTC' },
    })
    const sizes: number[] = []
    const seen: string[] = []
    const statements = await statementsOf(async () => {
      const first = await pages.next()
      if (!first.done) seen.push(...first.value.map(({ id }) => id))
    })
    expect(statements.length).toBeGreaterThan(0)
    expect(statements.length).toBeLessThanOrEqual(4)
    for await (const page of pages) {
      sizes.push(page.length)
      seen.push(...page.map(({ id }) => id))
    }
    expect(sizes).toEqual([500, 500, 500, 500])
    expect(seen).toEqual(ids)
  })

  test('what happens after an export began is not in it, the export itself included', async () => {
    const ids = await keep(anEvent())
    world.clock.move(days(2))
    const pages = await exportAudit(world, admin, { format: 'jsonl', filters: { ...ALL, to: '2099-01-01' } })
    await keep(anEvent({ at: later(world.clock.now(), 1) }))
    const seen: string[] = []
    for await (const page of pages) seen.push(...page.map(({ id }) => id))
    expect(seen).toEqual(ids)
  })

  test('S14: an export that cannot be noted gives nothing', async () => {
    await keep(anEvent())
    const broken = { ...world, random: () => new Uint8Array(0) }
    await expect(exportAudit(broken, admin, { format: 'csv', filters: ALL })).rejects.toThrow()
  })

  test('somebody who left stands in the log as before', async () => {
    const person = await aPerson(world, admin.tenant.tenant.slug)
    const [id] = await keep(anEvent({ subjectId: person.id }))
    await db.membership.deleteMany({ where: { userId: person.id } })
    expect(idsOf(await list({ personId: person.id }))).toContain(id)
  })
})
