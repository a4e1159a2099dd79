import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { generateKeyRing, type KeyRing, parseKeyRing } from '../core/crypto/keys'
import { signText } from '../core/crypto/signature'
import { createDb, type Db, transact } from '../core/db'
import { newId } from '../core/kernel/ids'
import { systemRandom } from '../core/kernel/random'
import { earlier, hours, later, minutes, seconds } from '../core/kernel/time'
import { dropAuditTriggers, listTriggers } from '../testing/audit-triggers'
import { databaseKinds, freshDatabase } from '../testing/databases'
import { chainEvents, hashEntry, headText, SEAL_MARGIN } from './chain/rules'
import { sealEvents } from './chain/service'
import { verifyChain } from './inspection/service'
import { recordEvent } from './service'
import { listUnsealed } from './store'
import type { AuditEntry, ChainReport, StoredEvent } from './types'

function ring(text: string): KeyRing {
  const parsed = parseKeyRing(text)
  if (!parsed.ok) throw new Error('malformed')
  return parsed.value
}

const oldKey = generateKeyRing(systemRandom)
const newKey = generateKeyRing(systemRandom)
const tenantA = 'aaaaaaaa-0000-7000-8000-000000000000'
const tenantB = 'bbbbbbbb-0000-7000-8000-000000000000'

function entry(tenantId: string, n: number): AuditEntry {
  return {
    tenantId,
    kind: 'sign_in_succeeded',
    actor: { kind: 'user', id: `user-${n}`, name: `Person ${n} 名前` },
    subject: { id: `user-${n}`, name: `Person ${n}` },
    factorType: 'totp',
    request: { address: '203.0.113.9', userAgent: 'Agent', requestId: `r-${n}` },
    data: { n, before: null, list: [1, 'two'] },
  }
}

describe.each(databaseKinds)('audit log (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let db: Db
  let now: Date
  let deps: { db: Db; clock: { now(): Date }; random: typeof systemRandom; keys: KeyRing }

  beforeEach(async () => {
    database = await freshDatabase(kind)
    db = database.db
    now = new Date('2026-11-21T08:00:00.000Z')
    deps = { db, clock: { now: () => now }, random: systemRandom, keys: ring(oldKey) }
  })
  afterEach(async () => {
    await database.drop()
  })

  /** A second apart, so that their order is theirs. */
  async function record(tenantId: string, count: number, first = 1): Promise<void> {
    for (let n = first; n < first + count; n += 1) {
      now = later(now, seconds(1))
      await recordEvent(deps, entry(tenantId, n))
    }
  }

  async function sealedChain(tenantId: string, count: number): Promise<StoredEvent[]> {
    await record(tenantId, count)
    expect(await sealEvents(deps, 100)).toEqual({ sealed: count, refused: [] })
    return db.auditEvent.findMany({ where: { tenantId }, orderBy: { id: 'asc' } })
  }

  async function verifyOne(tenantId: string): Promise<ChainReport> {
    const [report, ...rest] = await verifyChain(deps, { tenantId })
    if (!report || rest.length > 0) throw new Error('one report was expected')
    return report
  }

  async function findings(tenantId: string) {
    return (await verifyOne(tenantId)).findings
  }

  /** What somebody with the database can do, foreign keys or not. */
  async function dropForeignKeys(): Promise<void> {
    if (kind === 'sqlite') await db.$executeRawUnsafe('PRAGMA foreign_keys=OFF')
    else await db.$executeRawUnsafe('ALTER TABLE "audit_seal" DROP CONSTRAINT "audit_seal_eventId_fkey"')
  }

  test('an event is stored as told, with time and an id that sorts by it', async () => {
    await recordEvent(deps, entry(tenantA, 1))
    const rows = await db.auditEvent.findMany()
    expect(rows).toEqual([
      {
        id: expect.any(String),
        tenantId: tenantA,
        at: now,
        kind: 'sign_in_succeeded',
        actorKind: 'user',
        actorId: 'user-1',
        actorName: 'Person 1 名前',
        subjectId: 'user-1',
        subjectName: 'Person 1',
        factorType: 'totp',
        address: '203.0.113.9',
        userAgent: 'Agent',
        requestId: 'r-1',
        data: '{"before":null,"list":[1,"two"],"n":1}',
      },
    ])
    expect(rows[0]?.id.slice(0, 13)).toBe(newId(now, systemRandom).slice(0, 13))
  })

  test('S14: an event goes with the transaction it was written in, rolled back or committed', async () => {
    const work = transact(deps, async (deps) => {
      await recordEvent(deps, entry(tenantA, 1))
      throw new Error('the change failed')
    })
    await expect(work).rejects.toThrow('the change failed')
    expect(await db.auditEvent.count()).toBe(0)
    await transact(deps, (deps) => recordEvent(deps, entry(tenantA, 2)))
    expect(await db.auditEvent.count()).toBe(1)
  })

  test('S14: an event that cannot be written takes its change with it', async () => {
    // The same random bytes at the same time make an id that is there already.
    const stuck = { ...deps, random: (length: number) => new Uint8Array(length) }
    await recordEvent(stuck, entry(tenantA, 1))
    const work = transact(stuck, async (stuck) => {
      await stuck.db.throttle.create({ data: { key: 'a change', windowEndsAt: now } })
      await recordEvent(stuck, entry(tenantA, 2))
    })
    await expect(work).rejects.toThrow()
    expect(await db.throttle.count()).toBe(0)
    expect(await db.auditEvent.count()).toBe(1)
  })

  test('M8: sealed events of several tenants verify, each in a chain of its own and in order', async () => {
    for (let round = 0; round < 3; round += 1) {
      await record(tenantA, 2, round * 2)
      await record(tenantB, 1, round)
    }
    expect(await sealEvents(deps, 100)).toEqual({ sealed: 9, refused: [] })
    await record(tenantA, 2, 10)
    expect(await sealEvents(deps, 100)).toEqual({ sealed: 2, refused: [] })
    expect(await sealEvents(deps, 100)).toEqual({ sealed: 0, refused: [] })
    const reports = await verifyChain(deps)
    expect(
      reports.map(({ tenantId, entries, head, findings, unsealed }) => [
        tenantId,
        entries,
        head?.seq,
        findings,
        unsealed,
      ]),
    ).toEqual([
      [tenantA, 8, 8, [], 0],
      [tenantB, 3, 3, [], 0],
    ])
    const order = await db.auditSeal.findMany({
      where: { tenantId: tenantA },
      orderBy: { seq: 'asc' },
      select: { event: { select: { at: true } } },
    })
    const times = order.map(({ event }) => event.at.getTime())
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(await db.auditHead.count()).toBe(2)
  })

  test('sealing leaves every event row as it was', async () => {
    await record(tenantA, 3)
    const before = await db.auditEvent.findMany({ orderBy: { id: 'asc' } })
    await sealEvents(deps, 100)
    expect(await db.auditEvent.findMany({ orderBy: { id: 'asc' } })).toEqual(before)
  })

  test('the limit holds, and the oldest of all tenants go first', async () => {
    await record(tenantB, 3)
    await record(tenantA, 3)
    expect((await sealEvents(deps, 4)).sealed).toBe(4)
    expect((await verifyOne(tenantB)).unsealed).toBe(0)
    expect((await verifyOne(tenantA)).unsealed).toBe(2)
    expect((await sealEvents(deps, 4)).sealed).toBe(2)
    expect(await findings(tenantA)).toEqual([])
  })

  test('M8: the unsealed tail is counted and no finding', async () => {
    await sealedChain(tenantA, 2)
    await record(tenantA, 3)
    expect(await verifyOne(tenantA)).toMatchObject({ entries: 2, unsealed: 3, findings: [] })
  })

  test('parallel sealers on connections of their own neither fork nor lose, over many rounds', async () => {
    const clients = Array.from({ length: 4 }, () => createDb({ url: database.url }))
    try {
      await record(tenantA, 30)
      await record(tenantB, 30)
      let sealed = 0
      for (let round = 0; round < 40 && sealed < 60; round += 1) {
        const rounds = await Promise.all(
          clients.flatMap((client) => [sealEvents({ ...deps, db: client }, 7), sealEvents({ ...deps, db: client }, 5)]),
        )
        for (const each of rounds) {
          expect(each.refused).toEqual([])
          sealed += each.sealed
        }
      }
      expect(sealed).toBe(60)
      for (const report of await verifyChain(deps)) {
        expect(report).toMatchObject({ entries: 30, unsealed: 0, findings: [], head: { seq: 30 } })
      }
    } finally {
      await Promise.all(clients.map((client) => client.$disconnect()))
    }
  })

  test('events recorded and verified while sealers work give no finding', async () => {
    let recording = true
    const writer = (async () => {
      for (let n = 0; n < 60; n += 1) {
        now = later(now, seconds(1))
        await transact(deps, (deps) => recordEvent(deps, entry(tenantA, n)))
      }
      recording = false
    })()
    // SQLite's driver answers within the turn of the event loop: without a break the others would never have one.
    const others = () => new Promise((resolve) => setImmediate(resolve))
    const sealer = async () => {
      for (; recording; await others()) await sealEvents(deps, 10)
    }
    const verifier = async () => {
      for (; recording; await others()) {
        for (const report of await verifyChain(deps)) expect(report.findings).toEqual([])
      }
    }
    await Promise.all([writer, sealer(), sealer(), verifier()])
    while ((await sealEvents(deps, 10)).sealed > 0);
    expect(await verifyOne(tenantA)).toMatchObject({ entries: 60, unsealed: 0, findings: [] })
  })

  test('an event that became visible late is sealed while it is within the look-back, and not after', async () => {
    await sealedChain(tenantA, 2)
    const through = now
    const late = async (at: Date) => recordEvent({ ...deps, clock: { now: () => at } }, entry(tenantA, 99))
    await late(earlier(through, minutes(5)))
    expect((await sealEvents(deps, 100, minutes(1))).sealed).toBe(0)
    expect((await sealEvents(deps, 100)).sealed).toBe(1)
    await late(earlier(through, SEAL_MARGIN - 1))
    expect((await sealEvents(deps, 100)).sealed).toBe(1)
    expect(await findings(tenantA)).toEqual([])
    await late(earlier(through, SEAL_MARGIN))
    expect((await sealEvents(deps, 100)).sealed).toBe(0)
    expect((await findings(tenantA)).map(({ kind: found }) => found)).toEqual(['inserted'])
  })

  test('N40: an event from the future is sealed at once, and neither it nor those behind it are called tampering', async () => {
    await sealedChain(tenantA, 1)
    await recordEvent({ ...deps, clock: { now: () => later(now, hours(24)) } }, entry(tenantA, 50))
    expect((await sealEvents(deps, 100)).sealed).toBe(1)
    await record(tenantA, 1, 60)
    expect((await sealEvents(deps, 100)).sealed).toBe(1)
    const report = await verifyOne(tenantA)
    expect(report).toMatchObject({ findings: [], unsealed: 0, notes: [{ kind: 'clock_ahead', seq: 2 }] })
  })

  test('N40: a clock two hours ahead for a minute leaves a note, and everything is sealed and verified as before', async () => {
    await sealedChain(tenantA, 2)
    const before = now
    now = later(before, hours(2))
    await record(tenantA, 2, 10)
    await sealEvents(deps, 100, minutes(1))
    const jumpedFrom = now
    now = later(before, minutes(1))
    await record(tenantA, 2, 20)
    expect(await verifyOne(tenantA)).toMatchObject({ findings: [], unsealed: 2 })
    await sealEvents(deps, 100, minutes(1))
    now = later(before, minutes(2))
    await record(tenantA, 1, 30)
    await sealEvents(deps, 100, minutes(1))
    const report = await verifyOne(tenantA)
    expect(report).toMatchObject({ findings: [], unsealed: 0, entries: 7, notes: [{ kind: 'clock_back', seq: 5 }] })
    const noted = await db.auditEvent.findMany({ where: { kind: 'clock_went_back' } })
    expect(noted.map(({ data }) => JSON.parse(data).from)).toEqual([jumpedFrom.toISOString()])
    // Real tampering of that time is found all the same.
    const [victim] = await db.auditEvent.findMany({ where: { tenantId: tenantA, at: { gt: later(before, hours(1)) } } })
    await dropAuditTriggers(db)
    await db.auditEvent.update({ where: { id: victim?.id ?? '' }, data: { actorName: 'Nobody' } })
    expect((await findings(tenantA)).map(({ kind: found }) => found)).toEqual(['changed'])
  })

  test('M8: after any pause the backlog is sealed, however old', async () => {
    await sealedChain(tenantA, 1)
    now = later(now, hours(24 * 30))
    await record(tenantB, 2)
    now = later(now, hours(24 * 30))
    await record(tenantA, 2)
    expect((await sealEvents(deps, 1)).sealed).toBe(1)
    expect((await sealEvents(deps, 100)).sealed).toBe(3)
    expect((await verifyChain(deps)).every((report) => report.findings.length === 0 && report.unsealed === 0)).toBe(
      true,
    )
  })

  test.each([
    ['kind', { kind: 'sign_in_failed' }],
    ['actor', { actorName: 'Nobody' }],
    ['data', { data: '{"n":7}' }],
    ['time', { at: new Date('2026-11-21T08:00:02.500Z') }],
    ['tenant', { tenantId: tenantB }],
    ['a null', { address: null }],
  ])('M8: a changed event is named: %s', async (_, data) => {
    const events = await sealedChain(tenantA, 3)
    const victim = events[1]
    await dropAuditTriggers(db)
    await db.auditEvent.update({ where: { id: victim?.id ?? '' }, data })
    expect(await findings(tenantA)).toEqual([
      { kind: 'changed', seq: 2, eventId: victim?.id, at: 'at' in data ? data.at : victim?.at },
    ])
  })

  test('M8: a changed event is named although its seal was hashed anew', async () => {
    const events = await sealedChain(tenantA, 3)
    await dropAuditTriggers(db)
    const changed = await db.auditEvent.update({ where: { id: events[1]?.id ?? '' }, data: { actorName: 'Nobody' } })
    const seal = await db.auditSeal.findUniqueOrThrow({ where: { eventId: changed.id } })
    await db.auditSeal.update({ where: { eventId: changed.id }, data: { hash: hashEntry(seal, changed) } })
    expect(await findings(tenantA)).toEqual([{ kind: 'changed', seq: 2, eventId: changed.id, at: changed.at }])
  })

  test('M8: a removed event is named by place and id', async () => {
    const events = await sealedChain(tenantA, 3)
    await dropForeignKeys()
    await dropAuditTriggers(db)
    await db.auditEvent.delete({ where: { id: events[1]?.id ?? '' } })
    expect(await findings(tenantA)).toEqual([{ kind: 'removed', seq: 2, eventId: events[1]?.id }])
  })

  test('a sealed event cannot be deleted while the foreign key stands', async () => {
    const events = await sealedChain(tenantA, 1)
    await dropAuditTriggers(db)
    await expect(db.auditEvent.delete({ where: { id: events[0]?.id ?? '' } })).rejects.toThrow()
  })

  test('M8: the database itself refuses to change or take away an entry, a seal or the end of a chain', async () => {
    const [event] = await sealedChain(tenantA, 2)
    await record(tenantA, 1, 10)
    const unsealed = await db.auditEvent.findFirstOrThrow({ where: { seal: null } })
    const rows = async () => [
      await db.auditEvent.findMany({ orderBy: { id: 'asc' } }),
      await db.auditSeal.findMany({ orderBy: { seq: 'asc' } }),
      await db.auditHead.findMany(),
    ]
    const before = await rows()
    const other = (column: string) => {
      if (column === 'seq') return '"seq" + 10'
      if (column !== 'at' && column !== 'sealedAt') return "'other'"
      return kind === 'sqlite' ? `"${column}" + 1` : `"${column}" + interval '1 s'`
    }
    const statements = [
      ...Object.keys(unsealed).map((column) => `UPDATE "audit_event" SET "${column}" = ${other(column)}`),
      // To nothing, while the salts are there.
      ...['actorName', 'address', 'userAgent', 'subjectName'].map((column) => {
        return `UPDATE "audit_event" SET "${column}" = NULL`
      }),
      ...Object.keys(before[1]?.[0] ?? {}).map((column) => `UPDATE "audit_seal" SET "${column}" = ${other(column)}`),
      ...['actorDigest', 'subjectDigest'].map((column) => `UPDATE "audit_seal" SET "${column}" = NULL`),
      // Nothing stands for it.
      `INSERT INTO "audit_deletion" ("eventId") VALUES ('${event?.id}')`,
      `DELETE FROM "audit_event" WHERE "id" = '${unsealed.id}'`,
      `DELETE FROM "audit_seal" WHERE "eventId" = '${event?.id}'`,
      `UPDATE "audit_head" SET "id" = 'other'`,
      `UPDATE "audit_head" SET "tenantId" = 'other'`,
      `UPDATE "audit_head" SET "seq" = 1`,
      `UPDATE "audit_head" SET "hash" = 'other'`,
      kind === 'sqlite'
        ? `UPDATE "audit_head" SET "through" = 1`
        : `UPDATE "audit_head" SET "through" = "through" + interval '1 s'`,
      `DELETE FROM "audit_head"`,
      ...(kind === 'sqlite'
        ? [
            `INSERT OR REPLACE INTO "audit_event" ("id", "tenantId", "at", "kind", "actorKind")
              SELECT "id", "tenantId", "at", 'other', "actorKind" FROM "audit_event"`,
          ]
        : ['audit_event', 'audit_seal', 'audit_head'].map((table) => `TRUNCATE "${table}" CASCADE`)),
    ]
    expect(statements.length).toBeGreaterThan(25)
    for (const statement of statements) {
      await expect(db.$executeRawUnsafe(statement), statement).rejects.toThrow(
        /append only|what it said|the end of|no checkpoint/,
      )
    }
    expect(await rows()).toEqual(before)
    expect((await sealEvents(deps, 100)).sealed).toBe(1)
    expect(await findings(tenantA)).toEqual([])
  })

  test('M8: maintenance takes the triggers away and puts them back in one transaction', async () => {
    await record(tenantA, 1)
    const before = await listTriggers(db)
    expect(before.length).toBeGreaterThan(6)
    const undone = transact(deps, async (deps) => {
      for (const { name, of } of before) {
        await deps.db.$executeRawUnsafe(`DROP TRIGGER "${name}"${kind === 'sqlite' ? '' : ` ON ${of}`}`)
      }
      await deps.db.auditEvent.deleteMany()
      throw new Error('maintenance failed')
    })
    await expect(undone).rejects.toThrow('maintenance failed')
    expect(await listTriggers(db)).toEqual(before)
    await expect(db.$executeRawUnsafe('DELETE FROM "audit_event"')).rejects.toThrow('append only')
  })

  test('M8: entries removed with their seals are named by place', async () => {
    const events = await sealedChain(tenantA, 6)
    const ids = events.slice(2, 4).map(({ id }) => id)
    await dropAuditTriggers(db)
    await db.auditSeal.deleteMany({ where: { eventId: { in: ids } } })
    await db.auditEvent.deleteMany({ where: { id: { in: ids } } })
    expect(await findings(tenantA)).toEqual([{ kind: 'removed', seq: 3, lastSeq: 4 }])
  })

  test('M8: an event slipped in at an early time is named, and never sealed', async () => {
    await sealedChain(tenantA, 2)
    now = later(now, hours(5))
    await record(tenantA, 2, 10)
    await sealEvents(deps, 100)
    const early = earlier(now, hours(3))
    await db.auditEvent.create({
      data: { id: newId(now, systemRandom), tenantId: tenantA, at: early, kind: 'signed_out', actorKind: 'user' },
    })
    const [slipped] = await db.auditEvent.findMany({ where: { at: early } })
    expect((await sealEvents(deps, 100)).sealed).toBe(0)
    expect(await verifyOne(tenantA)).toMatchObject({
      unsealed: 0,
      findings: [{ kind: 'inserted', eventId: slipped?.id, at: early }],
    })
  })

  test('M8: of very many slipped-in events none is missed or named twice', async () => {
    await sealedChain(tenantA, 1)
    for (let batch = 0; batch < 2; batch += 1) {
      await db.auditEvent.createMany({
        data: Array.from({ length: 1203 }, (_, n) => ({
          id: newId(now, systemRandom),
          tenantId: tenantA,
          at: earlier(now, hours(3) + Math.floor(n / 3)),
          kind: 'signed_out',
          actorKind: 'user',
        })),
      })
    }
    const report = await verifyOne(tenantA)
    expect(report.findings).toHaveLength(1000)
    expect(new Set(report.findings.map(({ eventId }) => eventId)).size).toBe(1000)
    expect(report.moreFindings).toBe(2 * 1203 - 1000)
    expect(report.unsealed).toBe(0)
  })

  test('M8: an event with a seal at a place of its own beyond the head or before the first is named', async () => {
    await sealedChain(tenantA, 2)
    for (const [id, seq] of [
      ['beyond', 3],
      ['before', -5],
    ] as const) {
      const event = await db.auditEvent.create({
        data: { id, tenantId: tenantA, at: earlier(now, hours(2)), kind: 'signed_out', actorKind: 'user' },
      })
      const digests = { actorSalt: null, actorDigest: null, subjectSalt: null, subjectDigest: null }
      const place = { tenantId: tenantA, seq, previous: '', sealedAt: now, ...digests }
      await db.auditSeal.create({ data: { ...place, eventId: id, hash: hashEntry(place, event) } })
    }
    const found = await findings(tenantA)
    expect(found.map(({ kind: name, seq, eventId }) => [name, seq, eventId])).toEqual([
      ['inserted', -5, 'before'],
      ['inserted', 3, 'beyond'],
    ])
  })

  test('M8: a cut-off end is named from the first missing place to the signed one', async () => {
    const events = await sealedChain(tenantA, 5)
    const ids = events.slice(3).map(({ id }) => id)
    await dropAuditTriggers(db)
    await db.auditSeal.deleteMany({ where: { eventId: { in: ids } } })
    await db.auditEvent.deleteMany({ where: { id: { in: ids } } })
    expect(await findings(tenantA)).toEqual([{ kind: 'cut_off', seq: 4, lastSeq: 5 }])
  })

  test('M8: a chain written anew from an entry on does not fit the signed head', async () => {
    const events = await sealedChain(tenantA, 4)
    await dropAuditTriggers(db)
    await db.auditEvent.update({ where: { id: events[1]?.id ?? '' }, data: { actorName: 'Nobody' } })
    const changed = await db.auditEvent.findMany({ where: { tenantId: tenantA }, orderBy: { id: 'asc' } })
    for (const seal of chainEvents(tenantA, null, changed, now, () => 'salt')) {
      await db.auditSeal.update({ where: { eventId: seal.eventId }, data: seal })
    }
    expect((await findings(tenantA)).map(({ kind: found, seq }) => [found, seq])).toEqual([['rewritten', 4]])
  })

  test('M8: a head that is gone or not signed by us is named, and the chain is not continued over it', async () => {
    await sealedChain(tenantA, 3)
    const head = await db.auditHead.findFirstOrThrow({ where: { tenantId: tenantA } })

    await dropAuditTriggers(db)
    await db.auditHead.update({ where: { id: head.id }, data: { through: later(head.through, 1) } })
    expect(await findings(tenantA)).toEqual([{ kind: 'bad_head', seq: 3 }])
    await record(tenantA, 1, 10)
    expect(await sealEvents(deps, 100)).toEqual({ sealed: 0, refused: [{ tenantId: tenantA, reason: 'bad_head' }] })

    const stranger = { ...head, signature: signText(ring(newKey).derive('audit-head'), headText(head)) }
    await db.auditHead.update({ where: { id: head.id }, data: stranger })
    expect(await findings(tenantA)).toEqual([{ kind: 'bad_head', seq: 3 }])

    await db.auditHead.delete({ where: { id: head.id } })
    expect(await findings(tenantA)).toEqual([{ kind: 'bad_head' }])
    expect(await sealEvents(deps, 100)).toEqual({
      sealed: 0,
      refused: [{ tenantId: tenantA, reason: 'seals_beyond_head' }],
    })

    await db.auditHead.create({ data: head })
    expect(await sealEvents(deps, 100)).toEqual({ sealed: 1, refused: [] })
    expect(await findings(tenantA)).toEqual([])
  })

  test('M8: a head and its seals rolled back together show against a head noted elsewhere', async () => {
    const events = await sealedChain(tenantA, 2)
    const [older] = await db.auditHead.findMany()
    await record(tenantA, 2, 10)
    await sealEvents(deps, 100)
    const [noted] = (await verifyChain(deps)).map(({ tenantId, head }) => ({
      tenantId,
      seq: head?.seq ?? 0,
      hash: head?.hash ?? '',
    }))
    if (!older || !noted) throw new Error('no head')
    expect((await verifyChain(deps, { expected: [noted] }))[0]?.findings).toEqual([])

    const kept = events.map(({ id }) => id)
    await dropAuditTriggers(db)
    await db.auditSeal.deleteMany({ where: { eventId: { notIn: kept } } })
    await db.auditEvent.deleteMany({ where: { id: { notIn: kept } } })
    await db.auditHead.deleteMany()
    await db.auditHead.create({ data: older })
    expect(await findings(tenantA)).toEqual([])
    expect((await verifyChain(deps, { expected: [noted] }))[0]?.findings).toEqual([
      { kind: 'cut_off', seq: 3, lastSeq: 4 },
    ])
    await db.auditSeal.deleteMany()
    await db.auditEvent.deleteMany()
    await db.auditHead.deleteMany()
    expect(await verifyChain(deps, { expected: [noted] })).toMatchObject([
      { tenantId: tenantA, entries: 0, findings: [{ kind: 'cut_off', seq: 1, lastSeq: 4 }] },
    ])
  })

  test('M8: a log whose seals and head are gone shows against the heads of the other tenants', async () => {
    await sealedChain(tenantA, 2)
    now = later(now, hours(3))
    await sealedChain(tenantB, 1)
    await dropAuditTriggers(db)
    await db.auditSeal.deleteMany({ where: { tenantId: tenantA } })
    await db.auditHead.deleteMany({ where: { tenantId: tenantA } })
    expect((await findings(tenantA)).map(({ kind: found }) => found)).toEqual(['inserted', 'inserted'])
    expect(await findings(tenantB)).toEqual([])
  })

  test('a refused chain keeps no other tenant waiting, however long its tail', async () => {
    await sealedChain(tenantA, 1)
    await dropAuditTriggers(db)
    await db.auditHead.updateMany({ where: { tenantId: tenantA }, data: { signature: 'x' } })
    await record(tenantA, 12)
    await record(tenantB, 3)
    expect(await sealEvents(deps, 5)).toEqual({ sealed: 3, refused: [{ tenantId: tenantA, reason: 'bad_head' }] })
    expect(await findings(tenantB)).toEqual([])
    expect(await verifyOne(tenantA)).toMatchObject({ findings: [{ kind: 'bad_head', seq: 1 }] })
  })

  test('M8: after a rotation old heads verify, new ones name the new key, and a key that is gone is named', async () => {
    await sealedChain(tenantA, 2)
    await sealedChain(tenantB, 1)
    deps = { ...deps, keys: ring(`${newKey},${oldKey}`) }
    expect(await findings(tenantA)).toEqual([])
    await record(tenantA, 1, 10)
    await sealEvents(deps, 100)
    expect(await findings(tenantA)).toEqual([])
    const [oldId, newId] = [oldKey.split(':')[0], newKey.split(':')[0]]
    const keyOf = async (tenantId: string) => (await db.auditHead.findFirstOrThrow({ where: { tenantId } })).keyId
    expect([await keyOf(tenantA), await keyOf(tenantB)]).toEqual([newId, oldId])
    expect(await verifyOne(tenantA)).toMatchObject({ entries: 3, head: { seq: 3 } })
    deps = { ...deps, keys: ring(newKey) }
    expect(await findings(tenantA)).toEqual([])
    expect(await findings(tenantB)).toEqual([{ kind: 'unknown_key', seq: 1, keyId: oldId }])
  })

  test('M8: a chain whose head names a key that left the ring is not continued, and goes on once it is back', async () => {
    await sealedChain(tenantA, 2)
    deps = { ...deps, keys: ring(newKey) }
    await record(tenantA, 1, 10)
    expect(await sealEvents(deps, 100)).toEqual({ sealed: 0, refused: [{ tenantId: tenantA, reason: 'unknown_key' }] })
    deps = { ...deps, keys: ring(`${newKey},${oldKey}`) }
    expect(await sealEvents(deps, 100)).toEqual({ sealed: 1, refused: [] })
    expect(await verifyOne(tenantA)).toMatchObject({ entries: 3, unsealed: 0, findings: [] })
  })

  test('M8: a head of ours renamed to a key that nobody has is named, as is one renamed to another key of the ring', async () => {
    await sealedChain(tenantA, 2)
    await dropAuditTriggers(db)
    await db.auditHead.updateMany({ data: { keyId: 'nobodys' } })
    expect(await findings(tenantA)).toEqual([{ kind: 'unknown_key', seq: 2, keyId: 'nobodys' }])
    deps = { ...deps, keys: ring(`${oldKey},${newKey}`) }
    await db.auditHead.updateMany({ data: { keyId: newKey.split(':')[0] } })
    expect(await findings(tenantA)).toEqual([{ kind: 'bad_head', seq: 2 }])
  })

  test('each event is told once, after its seal is committed, by whichever sealer sealed it', async () => {
    await record(tenantA, 20)
    await record(tenantB, 5)
    const told: string[] = []
    const seals: number[] = []
    const others: Promise<unknown>[] = []
    const tell = (events: readonly StoredEvent[]) => {
      told.push(...events.map(({ id }) => id))
      others.push(
        db.auditSeal.count({ where: { eventId: { in: events.map(({ id }) => id) } } }).then((count) => {
          seals.push(count - events.length)
        }),
      )
    }
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([3, 7, 4].map((limit) => sealEvents(deps, limit, SEAL_MARGIN, tell)))
    }
    await Promise.all(others)
    expect(await db.auditSeal.count()).toBe(25)
    expect(told.toSorted()).toEqual(
      (await db.auditEvent.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id).toSorted(),
    )
    expect(new Set(seals)).toEqual(new Set([0]))
  })

  test('an event whose seal is not committed is not told', async () => {
    await sealedChain(tenantA, 1)
    await dropAuditTriggers(db)
    await db.auditHead.updateMany({ data: { signature: 'x' } })
    await record(tenantA, 2, 10)
    const told: string[] = []
    await sealEvents(deps, 100, SEAL_MARGIN, (events) => told.push(...events.map(({ id }) => id)))
    expect(told).toEqual([])
  })

  test('M8: chains longer than a page are walked to their end', async () => {
    await db.auditEvent.createMany({
      data: Array.from({ length: 1234 }, (_, n) => {
        const at = later(now, n)
        return { id: newId(at, systemRandom), tenantId: tenantA, at, kind: 'signed_out', actorKind: 'user' }
      }),
    })
    now = later(now, minutes(1))
    let sealed = 0
    for (let round = 0; round < 5; round += 1) sealed += (await sealEvents(deps, 500)).sealed
    expect(sealed).toBe(1234)
    expect(await verifyOne(tenantA)).toMatchObject({ entries: 1234, head: { seq: 1234 }, findings: [] })
    const victim = await db.auditSeal.findFirstOrThrow({ where: { tenantId: tenantA, seq: 1001 } })
    await dropAuditTriggers(db)
    await db.auditEvent.update({ where: { id: victim.eventId }, data: { kind: 'signed_in' } })
    expect((await findings(tenantA)).map(({ kind: found, seq }) => [found, seq])).toEqual([['changed', 1001]])
  })

  test('the search for unsealed events is bounded by id and by time', async () => {
    await record(tenantA, 3)
    const [first, second, third] = await db.auditEvent.findMany({ orderBy: { id: 'asc' } })
    if (!first || !second || !third) throw new Error('no events')
    const whole = { afterId: '', after: new Date(0), exceptTenants: [] }
    const found = async (range: Partial<typeof whole>) =>
      (await listUnsealed(db, { ...whole, ...range }, 10)).map(({ id }) => id)
    expect(await found({})).toEqual([first.id, second.id, third.id])
    expect(await found({ afterId: first.id })).toEqual([second.id, third.id])
    expect(await found({ after: second.at })).toEqual([third.id])
  })
})
