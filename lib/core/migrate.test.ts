import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { afterEach, describe, expect, inject, test, vi } from 'vitest'
import { differenceFromModels, pendingForPrisma } from '../../prisma/migration'
import { databaseKinds, newDatabase, type TestDatabase } from '../testing/databases'
import { startRelay } from '../testing/silence'
import { closeDb, createDb, type Db, sqliteFile } from './db'
import { applyMigrations, MigrationError } from './migrate'

const root = join(import.meta.dirname, '..', '..')

const scratch = (): Promise<string> => mkdtemp(join(inject('databases').directory, 'migrate-'))

async function withClient<T>(url: string, use: (db: Db) => Promise<T>): Promise<T> {
  const db = createDb({ url })
  try {
    return await use(db)
  } finally {
    await closeDb(db)
  }
}

/** Applies them in a process of its own and gives the names applied. */
async function applyInProcess(options: Parameters<typeof applyMigrations>[0]): Promise<string[]> {
  const code = `import { applyMigrations } from './lib/core/migrate.ts'
    console.log(JSON.stringify(await applyMigrations(${JSON.stringify(options)})))`
  const parameters = ['--import', 'tsx', '--input-type=module', '-e', code]
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { cwd: root })
  return JSON.parse(stdout)
}

const tablesQuery = {
  sqlite: `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`,
  postgresql: `SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
}

describe.each(databaseKinds)('migrations (%s)', (kind) => {
  const made: TestDatabase[] = []

  async function emptyDatabase(): Promise<string> {
    const database = await newDatabase(kind, { empty: true })
    made.push(database)
    return database.url
  }

  afterEach(async () => {
    for (const database of made.splice(0)) await database.drop()
  })

  /** A folder of migrations for this database. */
  async function folderOf(migrations: Record<string, string>): Promise<string> {
    const folder = await scratch()
    await mkdir(join(folder, kind))
    for (const [name, sql] of Object.entries(migrations)) {
      await mkdir(join(folder, kind, name))
      await writeFile(join(folder, kind, name, 'migration.sql'), sql)
    }
    return folder
  }

  const tables = (url: string) =>
    withClient(url, async (db) => {
      const rows = await db.$queryRawUnsafe<{ name: string }[]>(tablesQuery[kind])
      return rows.map(({ name }) => name).filter((name) => name !== '_prisma_migrations')
    })

  const first = { '20260101000000_first': 'CREATE TABLE a (id INTEGER PRIMARY KEY);' }
  const second = { '20260102000000_second': 'CREATE TABLE b (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER);' }

  test('applied, they equal the models', async () => {
    const url = await emptyDatabase()
    expect(await applyMigrations({ url })).not.toHaveLength(0)
    expect(await differenceFromModels(url)).toBe('')
  })

  test('a database that differs from the models is told', async () => {
    const url = await emptyDatabase()
    await applyMigrations({ url })
    await withClient(url, (db) => db.$executeRawUnsafe('DROP INDEX "session_userId_idx"'))
    expect(await differenceFromModels(url)).toContain('CREATE INDEX "session_userId_idx"')
  })

  /** Holds what a migration needs, until let go. */
  async function held(url: string): Promise<() => Promise<void>> {
    if (kind === 'sqlite') {
      const other = new Sqlite(sqliteFile(url))
      other.exec('BEGIN IMMEDIATE')
      return async () => {
        other.close()
      }
    }
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    await other.query('SELECT pg_advisory_lock(72707369)')
    return () => other.end()
  }

  test('N38: a start that finds the lock held says so, goes on when it is free, and otherwise ends with a sentence', async () => {
    const url = await emptyDatabase()
    await applyMigrations({ url, folder: await folderOf(first) })
    const folder = await folderOf({ ...second, ...first })
    const lines: string[] = []
    const onWait = (sentence: string) => lines.push(sentence)
    const release = await held(url)
    const stuck = applyMigrations({ url, folder, onWait, patience: { lock: 500, tell: 100 } })
    await expect(stuck).rejects.toThrow(MigrationError)
    await expect(stuck).rejects.toThrow('Another process is migrating the database or writing to it')
    expect(lines.length).toBeGreaterThan(0)
    expect(new Set(lines.map((line) => line.replace(/\d+/, 'N')))).toEqual(
      new Set(['Another process holds the database while it migrates or writes: waiting for up to N s more.']),
    )

    const waiting = applyMigrations({ url, folder, onWait, patience: { tell: 100 } })
    const before = lines.length
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(before), 10_000)
    await release()
    expect(await waiting).toEqual(Object.keys(second))
  })

  test('N38: a start with nothing to apply waits for no lock', async () => {
    const url = await emptyDatabase()
    await applyMigrations({ url, folder: await folderOf(first) })
    const release = await held(url)
    expect(await applyMigrations({ url, folder: await folderOf(first), patience: { lock: 0 } })).toEqual([])
    await release()
  })

  if (kind === 'postgresql') {
    test('N38: a start before a silent server ends with a sentence, wherever the silence begins', async () => {
      const url = await emptyDatabase()
      const relay = await startRelay(url)
      try {
        const folder = await folderOf({
          ...first,
          '20260103000000_slow': 'SELECT pg_sleep(600);',
        })
        const patience = { silence: 1000 }
        const lines: string[] = []
        const onWait = (sentence: string) => {
          lines.push(sentence)
          relay.hush()
        }
        const halfWay = applyMigrations({ url: relay.url, folder, patience: { silence: 2500 }, onWait })
        await expect(halfWay).rejects.toThrow('said nothing')
        expect(lines[0]).toMatch(/^Migration 20260103000000_slow has been running for \d+ s\.$/)
        await expect(applyMigrations({ url: relay.url, folder, patience })).rejects.toThrow('said nothing')
      } finally {
        await relay.close()
      }
    })
  }

  test('a second run applies nothing, and one of a later version only what is new', async () => {
    const url = await emptyDatabase()
    expect(await applyMigrations({ url, folder: await folderOf(first) })).toEqual(Object.keys(first))
    const later = await folderOf({ ...second, ...first })
    expect(await applyMigrations({ url, folder: later })).toEqual(Object.keys(second))
    expect(await applyMigrations({ url, folder: later })).toEqual([])
    expect(await tables(url)).toEqual(['a', 'b', 'c'])
  })

  test('Prisma itself takes them as applied, by name and checksum', async () => {
    const url = await emptyDatabase()
    await applyMigrations({ url })
    expect(await pendingForPrisma(url)).toEqual([])
    await withClient(url, (db) => db.$executeRawUnsafe(`UPDATE _prisma_migrations SET checksum = 'other'`))
    await expect(pendingForPrisma(url)).rejects.toThrow('another history')
  })

  test('the record of a migration has the checksum of its file and its times', async () => {
    const url = await emptyDatabase()
    const folder = await folderOf(first)
    await applyMigrations({ url, folder })
    const file = await readFile(join(folder, kind, '20260101000000_first', 'migration.sql'))
    const rows = await withClient(url, (db) => db.$queryRaw`SELECT * FROM _prisma_migrations`)
    expect(rows).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        checksum: createHash('sha256').update(file).digest('hex'),
        migration_name: '20260101000000_first',
        started_at: expect.any(Date),
        finished_at: expect.any(Date),
        logs: null,
        rolled_back_at: null,
        applied_steps_count: expect.toSatisfy((count) => Number(count) === 1),
      },
    ])
  })

  test('processes that start at once all succeed and apply each migration once, even a slow one', async () => {
    const url = await emptyDatabase()
    await applyMigrations({ url, folder: await folderOf(first) })
    const slowly = {
      sqlite:
        'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000000) SELECT max(i) FROM n;',
      postgresql: 'SELECT pg_sleep(1);',
    }
    const slow = { '20260102000000_second': `${slowly[kind]} CREATE TABLE b (id INTEGER);` }
    const options = { url, folder: await folderOf({ ...first, ...slow }) }
    const applied = await Promise.all([1, 2, 3].map(() => applyInProcess(options)))
    expect(applied.flat()).toEqual(Object.keys(slow))
  })

  test('processes that start at once on nothing all succeed', async () => {
    const url = await emptyDatabase()
    const applied = await Promise.all([1, 2, 3].map(() => applyInProcess({ url })))
    expect(applied.flat().sort()).toEqual((await readdir(join(root, 'prisma', 'migrations', kind))).sort())
  })

  test('parallel calls in one process all succeed and apply each migration once', async () => {
    const url = await emptyDatabase()
    const folder = await folderOf({ ...first, ...second })
    const applied = await Promise.all([1, 2, 3, 4].map(() => applyMigrations({ url, folder })))
    expect(applied.flat().sort()).toEqual([...Object.keys(first), ...Object.keys(second)])
  })

  test('an applied migration whose file was edited is refused, and nothing is applied', async () => {
    const url = await emptyDatabase()
    await applyMigrations({ url, folder: await folderOf(first) })
    const edited = { '20260101000000_first': 'CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);' }
    const applying = applyMigrations({ url, folder: await folderOf({ ...edited, ...second }) })
    await expect(applying).rejects.toThrow(/20260101000000_first was changed after it was applied/)
    await expect(applying).rejects.toBeInstanceOf(MigrationError)
    expect(await tables(url)).toEqual(['a'])
  })

  test('a database that a newer version has migrated is refused, and nothing is applied', async () => {
    const url = await emptyDatabase()
    await applyMigrations({
      url,
      folder: await folderOf({ '20270101000000_newer': 'CREATE TABLE newer (id INTEGER);' }),
    })
    const applying = applyMigrations({ url, folder: await folderOf(first) })
    await expect(applying).rejects.toThrow(/20270101000000_newer, which this version does not know/)
    expect(await tables(url)).toEqual(['newer'])
  })

  test('a migration that fails leaves nothing behind, those before it stay, and it can be tried again', async () => {
    const url = await emptyDatabase()
    const broken = { '20260102000000_second': 'CREATE TABLE b (id INTEGER); INSERT INTO missing VALUES (1);' }
    const applying = applyMigrations({ url, folder: await folderOf({ ...first, ...broken }) })
    await expect(applying).rejects.toThrow(/20260102000000_second failed and was undone: .*missing/)
    expect(await tables(url)).toEqual(['a'])
    expect(await applyMigrations({ url, folder: await folderOf({ ...first, ...second }) })).toEqual(Object.keys(second))
    expect(await tables(url)).toEqual(['a', 'b', 'c'])
  })

  test('a migration that another tool left unfinished is refused; rolled back, it is applied', async () => {
    const url = await emptyDatabase()
    const folder = await folderOf(first)
    await applyMigrations({ url, folder })
    await withClient(url, async (db) => {
      await db.$executeRawUnsafe('DROP TABLE a')
      await db.$executeRawUnsafe('UPDATE _prisma_migrations SET finished_at = NULL')
    })
    await expect(applyMigrations({ url, folder })).rejects.toThrow(/20260101000000_first was begun .* never finished/)
    await withClient(url, (db) => db.$executeRaw`UPDATE _prisma_migrations SET rolled_back_at = ${new Date()}`)
    expect(await applyMigrations({ url, folder })).toEqual(Object.keys(first))
  })
})

describe('SQLite migrations', () => {
  const parentAndChild = `
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (parent INTEGER REFERENCES parent (id) ON DELETE CASCADE);
    INSERT INTO parent VALUES (1);
    INSERT INTO child VALUES (1);`

  async function folderOf(...migrations: string[]): Promise<string> {
    const folder = await scratch()
    for (const [index, sql] of migrations.entries()) {
      await mkdir(join(folder, 'sqlite', `${index}`), { recursive: true })
      await writeFile(join(folder, 'sqlite', `${index}`, 'migration.sql'), sql)
    }
    return folder
  }

  test('a table that is built anew keeps the rows of its children', async () => {
    const url = `file:${join(await scratch(), 'twofold.db')}`
    const rebuild = `
      PRAGMA defer_foreign_keys=ON;
      PRAGMA foreign_keys=OFF;
      CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO new_parent (id) SELECT id FROM parent;
      DROP TABLE parent;
      ALTER TABLE new_parent RENAME TO parent;
      PRAGMA foreign_keys=ON;
      PRAGMA defer_foreign_keys=OFF;`
    await applyMigrations({ url, folder: await folderOf(parentAndChild, rebuild) })
    await withClient(url, async (db) => {
      expect(await db.$queryRaw`SELECT parent FROM child`).toEqual([{ parent: 1 }])
      await db.$executeRaw`DELETE FROM parent`
      expect(await db.$queryRaw`SELECT parent FROM child`).toEqual([])
    })
  })

  test('a migration that leaves a row without its parent is undone', async () => {
    const url = `file:${join(await scratch(), 'twofold.db')}`
    const folder = await folderOf(parentAndChild, 'DELETE FROM parent;')
    await expect(applyMigrations({ url, folder })).rejects.toThrow('a row of child refers to a missing row of parent')
    await withClient(url, async (db) => {
      expect(await db.$queryRaw`SELECT id FROM parent`).toEqual([{ id: 1 }])
    })
  })

  test('a new file and its folder are open to their owner only', async () => {
    const file = join(await scratch(), 'data', 'deeper', 'twofold.db')
    await applyMigrations({ url: `file:${file}` })
    const mode = async (path: string) => (await stat(path)).mode & 0o777
    expect(await mode(file)).toBe(0o600)
    expect(await mode(dirname(file))).toBe(0o700)
    await withClient(`file:${file}`, async (db) => {
      await db.throttle.create({ data: { key: 'k', windowEndsAt: new Date() } })
      expect(await mode(`${sqliteFile(`file:${file}`)}-wal`)).toBe(0o600)
    })
  })
})
