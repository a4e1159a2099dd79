import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { writePosition } from '../../lib/audit/reading/rules'
import { listAudit } from '../../lib/audit/reading/service'
import type { AuditQuery } from '../../lib/audit/types'
import { databaseKind } from '../../lib/core/db'
import { days } from '../../lib/core/kernel/time'
import { median, number, say } from './figures'
import { aWorld, eachDatabase } from './people'

const FEW = 10_000
const MANY = Number(process.argv.find((word) => word.startsWith('--events='))?.split('=')[1] ?? 10_000_000)
const CHUNK = 100_000
const ROUNDS = 15

const YEAR = days(365)
const PER_PERSON = 1_000
/** Did a tenth of everything. */
const ADMIN = 'admin'
/** Once in a thousand events. */
const RARE = 'role_changed'

type World = Awaited<ReturnType<typeof aWorld>>

/** Writes by a connection of its own, whose statements may take as long as they do. */
async function filler(db: World['deps']['db'], url: string | undefined) {
  type Line = { name: string; sql: string }
  if (url === undefined) {
    return {
      run: async (sql: string) => void (await db.$executeRawUnsafe(sql)),
      lines: (sql: string) => db.$queryRawUnsafe<Line[]>(sql),
      close: async () => undefined,
    }
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    run: async (sql: string) => void (await client.query(sql)),
    lines: async (sql: string) => (await client.query<Line>(sql)).rows,
    close: () => client.end(),
  }
}

/**
 * A year of events, evenly: half of them sign-ins, a tenth failed ones, a rare kind, the rest of four kinds; a thousand
 * of each person, most of what they did themselves.
 */
export async function fillEvents(
  { deps: { db }, tenantId }: World,
  count: number,
  url: string | undefined,
): Promise<number> {
  const began = performance.now()
  const start = Date.UTC(2026, 0, 1)
  const people = count / PER_PERSON
  const sqlite = databaseKind(db) === 'sqlite'
  const ms = `(${start} + i * ${Math.floor(YEAR / count)})`
  const kind = `CASE WHEN i % 1000 = 7 THEN '${RARE}' WHEN i % 10 < 5 THEN 'sign_in_succeeded'
    WHEN i % 10 = 5 THEN 'sign_in_failed' WHEN i % 10 = 6 THEN 'device_verified' WHEN i % 10 = 7 THEN 'signed_out'
    WHEN i % 10 = 8 THEN 'passcode_sent' ELSE 'step_up_succeeded' END`
  const subject = `'p' || (i * 7919 % ${people})`
  const actor = `CASE WHEN i % 11 = 3 THEN '${ADMIN}' ELSE ${subject} END`
  const id = sqlite
    ? `printf('%08x-%04x-7000-8000-%012x', ${ms} >> 16, ${ms} & 65535, i)`
    : `regexp_replace(lpad(to_hex(${ms}), 12, '0'), '(.{8})(.{4})', '\\1-\\2-7000-8000-') || lpad(to_hex(i), 12, '0')`
  const at = sqlite ? ms : `timestamp '1970-01-01' + ${ms} * interval '1 millisecond'`
  const { run, lines, close } = await filler(db, url)
  // Made anew when all is in: one by one they would be grown row by row.
  const indexes = await lines(
    sqlite
      ? `SELECT "name", "sql" FROM sqlite_master WHERE type = 'index' AND tbl_name = 'audit_event' AND sql IS NOT NULL`
      : `SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE tablename = 'audit_event' AND indexdef NOT LIKE '%UNIQUE%'`,
  )
  for (const { name } of indexes) await run(`DROP INDEX "${name}"`)
  for (let from = 0; from < count; from += CHUNK) {
    const last = Math.min(from + CHUNK, count) - 1
    const numbers = sqlite
      ? `(WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${last}) SELECT i FROM n)`
      : `generate_series(${from}::bigint, ${last}::bigint) i`
    await run(`INSERT INTO "audit_event" ("id", "tenantId", "at", "kind", "actorKind", "actorId",
      "actorName", "subjectId", "subjectName", "factorType", "address", "userAgent", "requestId", "data")
      SELECT ${id}, '${tenantId}', ${at}, ${kind}, 'user', ${actor}, 'Person', ${subject}, 'Person', 'totp',
      '192.0.2.' || (i % 250), 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'r' || i, '{"methods":"pwd otp"}' FROM ${numbers}`)
  }
  for (const { sql } of indexes) await run(sql)
  // What a PostgreSQL server does by itself within minutes.
  if (!sqlite) await run('ANALYZE')
  await close()
  return (performance.now() - began) / 1000
}

const ALL: AuditQuery = { personId: null, kind: null, from: null, to: null, start: 'newest' }
const middle = { older: writePosition({ at: new Date(Date.UTC(2026, 6, 1)), id: '0' }) }

const QUERIES: readonly (readonly [string, AuditQuery])[] = [
  ['first page', ALL],
  ['a page in the middle', { ...ALL, start: middle }],
  ['a page in the middle, towards newer', { ...ALL, start: { newer: middle.older } }],
  ['a common kind', { ...ALL, kind: 'sign_in_succeeded', start: middle }],
  ['a rare kind', { ...ALL, kind: RARE }],
  ['a kind that never was', { ...ALL, kind: 'break_glass' }],
  ['a person', { ...ALL, personId: 'p7' }],
  ['a person, in the middle', { ...ALL, personId: 'p7', start: middle }],
  ['an admin who did a tenth of everything', { ...ALL, personId: ADMIN, start: middle }],
  ['a person and a kind', { ...ALL, personId: 'p7', kind: 'sign_in_succeeded' }],
  ['an admin and a kind that they never did', { ...ALL, personId: ADMIN, kind: 'break_glass' }],
  ['a month and a kind', { ...ALL, kind: 'sign_in_failed', from: '2026-03-01', to: '2026-03-31' }],
  ['a month', { ...ALL, from: '2026-03-01', to: '2026-03-31' }],
  [
    'a month, a kind and a person',
    { ...ALL, personId: 'p7', kind: 'sign_in_failed', from: '2026-03-01', to: '2026-03-31' },
  ],
]

async function milliseconds(world: World, query: AuditQuery): Promise<number> {
  const began = performance.now()
  await listAudit(world.deps, world.owner, query)
  return performance.now() - began
}

/** Security > Audit log with ten million events against the same with ten thousand. */
export async function auditFigures(): Promise<void> {
  await eachDatabase(async (kind, newUrl) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
    try {
      const [fewUrl, manyUrl] = [await newUrl(), await newUrl()]
      const few = await aWorld(join(dataDir, 'few'), 0, fewUrl)
      const many = await aWorld(join(dataDir, 'many'), 0, manyUrl)
      await fillEvents(few, FEW, fewUrl)
      const of = `10,000 and ${MANY.toLocaleString('en')}`
      say(`${kind}: ${MANY.toLocaleString('en')} events made (s)`, number(await fillEvents(many, MANY, manyUrl), 0))
      for (const [name, query] of QUERIES) {
        const times: [number, number][] = []
        for (let round = 0; round < ROUNDS; round += 1) {
          times.push([await milliseconds(few, query), await milliseconds(many, query)])
        }
        const [short, long] = [median(times.map(([each]) => each)), median(times.map(([, each]) => each))]
        say(`${kind}: ${name}, ${of} (ms)`, `${number(short, 1)} ${number(long, 1)}`)
        say('ratio', number(long / short), 'aim 2 or less')
      }
      await few.close()
      await many.close()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
}
