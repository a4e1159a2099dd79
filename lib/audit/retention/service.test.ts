import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../../core/crypto/digest'
import { generateKeyRing, type KeyRing, parseKeyRing } from '../../core/crypto/keys'
import { type Db, transact } from '../../core/db'
import { systemRandom } from '../../core/kernel/random'
import { days, earlier, hours, later, seconds } from '../../core/kernel/time'
import { dropAuditTriggers } from '../../testing/audit-triggers'
import { databaseKinds, freshDatabase } from '../../testing/databases'
import { blankPerson } from '../blanking/service'
import { sealEvents } from '../chain/service'
import { verifyChain } from '../inspection/service'
import { recordEvent } from '../service'
import type { AuditEntry } from '../types'
import { PruneRefused, pruneAudit, setRetention } from './service'

const TENANT = 'aaaaaaaa-0000-7000-8000-000000000000'
const OTHER = 'bbbbbbbb-0000-7000-8000-000000000000'
const go = () => false

function ring(): KeyRing {
  const parsed = parseKeyRing(generateKeyRing(systemRandom))
  if (!parsed.ok) throw new Error('malformed')
  return parsed.value
}

const entry = (tenantId: string, n: number): AuditEntry => ({
  tenantId,
  kind: 'reset_denied',
  actor: { kind: 'user', id: 'olga', name: 'Olga Owner' },
  subject: { id: `user-${n % 3}`, name: `Person ${n % 3}` },
  request: { address: '203.0.113.9', userAgent: 'Agent', requestId: `r-${n}` },
  data: { reason: `because ${n}`, n },
})

describe.each(databaseKinds)('keeping the audit log (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let db: Db
  let now: Date
  let deps: Parameters<typeof pruneAudit>[0]
  let files: Map<string, string>
  const archive = {
    keep: async (name: string, lines: Iterable<string>) => {
      files.set(name, [...lines].join(''))
      return sha256(files.get(name) ?? '')
    },
  }

  beforeEach(async () => {
    database = await freshDatabase(kind)
    db = database.db
    // The triggers ask the database's own clock: entries are as old as they are for it.
    now = earlier(new Date(), days(200))
    deps = { db, clock: { now: () => now }, random: systemRandom, keys: ring() } as unknown as typeof deps
    files = new Map()
  })
  afterEach(() => database.drop())

  async function record(tenantId: string, count: number, first = 1): Promise<void> {
    for (let n = first; n < first + count; n += 1) {
      now = later(now, seconds(1))
      await recordEvent(deps, entry(tenantId, n))
    }
    await sealEvents(deps, 100)
  }
  /** Old entries, and one of today; kept for 90 days from now on. */
  async function anOldLog(count: number): Promise<void> {
    await record(TENANT, count)
    await record(OTHER, 2)
    now = new Date()
    await record(TENANT, 2, 100)
    await keepFor(90)
    now = later(now, seconds(1))
  }
  async function keepFor(wanted: number | null, tenantId = TENANT): Promise<void> {
    await transact(deps, (deps) => setRetention(deps, tenantId, wanted))
    await db.auditRetention.updateMany({ where: { nextAt: { not: null } }, data: { nextAt: now } })
  }
  const prune = async () => {
    while (await pruneAudit(deps, archive, go));
    await sealEvents(deps, 100)
  }
  const verified = async (tenantId = TENANT) => {
    const [report] = await verifyChain(deps, { tenantId })
    if (report === undefined) throw new Error('no report')
    return report
  }

  test('X12: what is past its time is in a file first, and then gone; the chain explains it and verifies', async () => {
    await anOldLog(5)
    const before = await db.auditSeal.findMany({ where: { tenantId: TENANT }, orderBy: { seq: 'asc' } })
    const events = await db.auditEvent.findMany({ where: { tenantId: TENANT }, orderBy: { id: 'asc' } })
    await prune()
    expect([...files.keys()]).toEqual([`${TENANT}.0000000001-0000000005.jsonl.gz`])
    const lines = [...files.values()]
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map((line) => [line.id, line.seal.seq, line.seal.hash])).toEqual(
      before.slice(0, 5).map(({ eventId, seq, hash }) => [eventId, seq, hash]),
    )
    expect(lines[0]).toMatchObject({ actorName: 'Olga Owner', data: { reason: 'because 1', n: 1 } })
    const left = await db.auditEvent.findMany({ where: { tenantId: TENANT }, orderBy: { id: 'asc' } })
    expect(left.map(({ kind }) => kind)).toEqual(['reset_denied', 'reset_denied', 'audit_pruned'])
    expect(JSON.parse(left[2]?.data ?? '')).toEqual({
      entries: 5,
      first: 1,
      last: 5,
      hash: before[4]?.hash,
      oldest: events[0]?.at.toISOString(),
      newest: events[4]?.at.toISOString(),
      export: [...files.keys()][0],
      sha256: sha256([...files.values()][0] ?? ''),
      days: 90,
    })
    const report = await verified()
    expect(report).toMatchObject({
      entries: 3,
      findings: [],
      checkpoint: { seq: 5, hash: before[4]?.hash, firstAt: events[0]?.at, lastAt: events[4]?.at },
      expectedGone: false,
    })
    expect(await db.auditDeletion.count()).toBe(0)
    expect((await verified(OTHER)).entries).toBe(2)
    const noted = (seq: number, hash: string) =>
      verifyChain(deps, { tenantId: TENANT, expected: [{ tenantId: TENANT, seq, hash }] })
    expect((await noted(3, before[2]?.hash ?? ''))[0]).toMatchObject({ findings: [], expectedGone: true })
    expect((await noted(5, before[4]?.hash ?? ''))[0]).toMatchObject({ findings: [], expectedGone: false })
    expect((await noted(5, 'x'))[0]?.findings).toMatchObject([{ kind: 'rewritten', seq: 5 }])
  })

  test('X12: a second cut goes on from the first; of a log with nothing old nothing goes', async () => {
    const cut = async (days: number) => {
      await keepFor(days)
      await db.auditRetention.updateMany({ data: { lookAt: now } })
      now = later(now, seconds(1))
      await prune()
    }
    const checkpoints = async () => (await db.auditCheckpoint.findMany()).map(({ seq }) => seq)
    await record(TENANT, 3)
    now = earlier(new Date(), days(150))
    await record(TENANT, 2, 50)
    now = new Date()
    await record(TENANT, 2, 100)
    await cut(180)
    expect(await checkpoints()).toEqual([3])
    await cut(90)
    expect(await checkpoints()).toEqual([5])
    expect((await verified()).findings).toEqual([])
    await cut(90)
    const of = (from: number, to: number) => `${TENANT}.000000000${from}-000000000${to}.jsonl.gz`
    expect([...files.keys()]).toEqual([of(1, 3), of(4, 5)])
    // As if it were older: the rule is what is shortened here, the database's own 90 days stay.
    await record(OTHER, 1)
    expect((await verified()).findings).toEqual([])
  })

  test('X12: of eight workers at once each entry is deleted by one, and told once', async () => {
    await anOldLog(4)
    await Promise.all(Array.from({ length: 8 }, () => pruneAudit(deps, archive, go)))
    await prune()
    expect(await db.auditEvent.count({ where: { kind: 'audit_pruned' } })).toBe(1)
    expect((await verified()).findings).toEqual([])
  })

  test('X12: a worker that dies once the file is written deletes nothing, and the next one goes on', async () => {
    await anOldLog(4)
    const dying = { keep: () => Promise.reject(new Error('killed')) }
    await expect(pruneAudit(deps, dying, go)).rejects.toThrow('killed')
    expect(await db.auditEvent.count({ where: { tenantId: TENANT } })).toBe(6)
    expect(await pruneAudit(deps, archive, go)).toBe(false)
    now = later(now, hours(1))
    await prune()
    expect((await verified()).checkpoint?.seq).toBe(4)
  })

  test('X12: a rule that was lengthened while the file was written keeps what it keeps', async () => {
    await anOldLog(4)
    const meanwhile = {
      keep: async (name: string, lines: Iterable<string>) => {
        await keepFor(null)
        return archive.keep(name, lines)
      },
    }
    await pruneAudit(deps, meanwhile, go)
    await prune()
    expect(await db.auditEvent.count({ where: { tenantId: TENANT } })).toBe(6)
    expect(await db.auditCheckpoint.count()).toBe(0)
  })

  test('X12: a shorter time counts after seven days, not before', async () => {
    await record(TENANT, 3)
    now = new Date()
    await record(TENANT, 1, 100)
    await transact(deps, (deps) => setRetention(deps, TENANT, 90))
    now = later(now, days(7) - 1)
    await prune()
    expect(files.size).toBe(0)
    now = later(now, 1)
    await prune()
    expect((await verified()).checkpoint?.seq).toBe(3)
  })

  test('M8, X12: a log that was tampered with is kept, and said', async () => {
    await anOldLog(4)
    await dropAuditTriggers(db)
    const [first] = await db.auditEvent.findMany({ where: { tenantId: TENANT }, orderBy: { id: 'asc' } })
    await db.auditEvent.update({ where: { id: first?.id ?? '' }, data: { actorName: 'Nobody' } })
    await expect(pruneAudit(deps, archive, go)).rejects.toThrow(PruneRefused)
    expect(files.size).toBe(0)
    expect(await pruneAudit(deps, archive, go)).toBe(false)
  })

  test('M8: the gate opens for what a checkpoint stands for and is old, and for nothing else', async () => {
    await anOldLog(3)
    const seals = await db.auditSeal.findMany({ where: { tenantId: TENANT }, orderBy: { seq: 'asc' } })
    const insert = (id: string) => db.$executeRaw`INSERT INTO "audit_deletion" ("eventId") VALUES (${id})`
    const claim = {
      tenantId: TENANT,
      hash: 'x',
      firstAt: now,
      lastAt: now,
      latest: now,
      madeAt: now,
      keyId: deps.keys.currentId,
      signature: '',
    }
    await expect(insert(seals[0]?.eventId ?? '')).rejects.toThrow('no checkpoint')
    await db.auditCheckpoint.create({ data: { ...claim, seq: 5 } })
    // Of the last 90 days nothing goes, whatever a row says.
    await expect(insert(seals[4]?.eventId ?? '')).rejects.toThrow('no checkpoint')
    await insert(seals[0]?.eventId ?? '')
    await expect(db.auditEvent.deleteMany({ where: { id: seals[0]?.eventId } })).rejects.toThrow()
    await expect(db.$executeRaw`DELETE FROM "audit_seal" WHERE "seq" = 2`).rejects.toThrow('append only')
    await expect(db.$executeRaw`DELETE FROM "audit_checkpoint"`).rejects.toThrow('stands for')
    await expect(db.$executeRaw`UPDATE "audit_checkpoint" SET "seq" = 4`).rejects.toThrow(/append only|what it said/)
    // Nor does a row that we did not sign explain anything.
    await db.auditSeal.deleteMany({ where: { tenantId: TENANT, seq: 1 } })
    expect((await verified()).findings).toContainEqual(expect.objectContaining({ kind: 'bad_checkpoint', seq: 5 }))
  })

  test('X12: a person is blanked on either side, the chain stays whole, and the log says so', async () => {
    await record(TENANT, 6)
    await record(OTHER, 3)
    const operator = { request: { address: null, userAgent: null, requestId: null } }
    const done = await blankPerson(deps, [{ id: 'user-1' }, { invited: 'a@example.com' }], operator)
    expect(done).toEqual({ blanked: 3, kept: 0, unsealed: 0 })
    const rows = await db.auditEvent.findMany({ where: { subjectId: 'user-1', kind: 'reset_denied' } })
    expect(
      rows.map(({ subjectName, actorName, data }) => [subjectName, actorName, Object.keys(JSON.parse(data))]),
    ).toEqual(rows.map(() => [null, 'Olga Owner', ['n']]))
    expect(await db.auditEvent.count({ where: { subjectName: 'Person 2' } })).toBe(3)
    expect(await verified()).toMatchObject({ findings: [], blanked: 2 })
    expect(await verified(OTHER)).toMatchObject({ findings: [], blanked: 1 })
    const told = await db.auditEvent.findMany({ where: { kind: 'audit_forgotten' }, orderBy: { tenantId: 'asc' } })
    expect(told.map(({ tenantId, subjectId, data }) => [tenantId, subjectId, JSON.parse(data).blanked])).toEqual([
      [TENANT, 'user-1', 2],
      [OTHER, 'user-1', 1],
    ])
    expect((await blankPerson(deps, [{ id: 'user-1' }], operator)).blanked).toBe(0)
    expect(await blankPerson(deps, [{ id: 'olga' }], operator)).toMatchObject({ blanked: 9 })
    expect(
      await db.auditEvent.count({ where: { OR: [{ actorName: { not: null } }, { address: { not: null } }] } }),
    ).toBe(0)
    await sealEvents(deps, 100)
    expect(await verified()).toMatchObject({ findings: [], blanked: 6 })
  })

  test('X12: entries of before there were digests stay as they are, and are counted', async () => {
    await record(TENANT, 3)
    await dropAuditTriggers(db)
    await db.auditSeal.updateMany({
      data: { actorDigest: null, actorSalt: null, subjectDigest: null, subjectSalt: null },
    })
    await recordEvent(deps, entry(TENANT, 1))
    const operator = { request: { address: null, userAgent: null, requestId: null } }
    expect(await blankPerson(deps, [{ id: 'user-1' }], operator)).toEqual({ blanked: 0, kept: 1, unsealed: 1 })
  })
})
