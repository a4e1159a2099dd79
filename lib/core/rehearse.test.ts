import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { databaseKinds, newDatabase, type TestDatabase } from '../testing/databases'
import { closeDb, createDb, sqliteFile } from './db'
import { applyMigrations, MigrationError } from './migrate'
import { rehearseMigrations } from './rehearse'

describe.each(databaseKinds)('X12: a rehearsal of an upgrade (%s)', (kind) => {
  const made: TestDatabase[] = []
  afterEach(async () => {
    for (const database of made.splice(0)) await database.drop()
  })

  async function emptyDatabase(): Promise<string> {
    const database = await newDatabase(kind, { empty: true })
    made.push(database)
    return database.url
  }
  async function folderOf(migrations: Record<string, string>): Promise<string> {
    const folder = await mkdtemp(join(inject('databases').directory, 'rehearse-'))
    for (const [name, sql] of Object.entries(migrations)) {
      await mkdir(join(folder, kind, name), { recursive: true })
      await writeFile(join(folder, kind, name, 'migration.sql'), sql)
    }
    return folder
  }
  async function rowsOf(url: string, sql: string): Promise<unknown[]> {
    const db = createDb({ url })
    try {
      return await db.$queryRawUnsafe<unknown[]>(sql)
    } finally {
      await closeDb(db)
    }
  }
  const FIRST = { '1_a': 'CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (1);' }
  const MORE = { ...FIRST, '2_b': 'ALTER TABLE a ADD COLUMN m INTEGER;', '3_c': 'UPDATE a SET m = n;' }

  test('tells what would be applied and how long it took, and leaves nothing behind', async () => {
    const url = await emptyDatabase()
    await applyMigrations({ url, folder: await folderOf(FIRST) })
    const before = await rowsOf(url, 'SELECT * FROM a')
    const files =
      kind === 'sqlite' ? (await readdir(dirname(sqliteFile(url)))).filter((name) => name.startsWith('.')) : []
    const folder = await folderOf(MORE)
    const { migrations, copied } = await rehearseMigrations({ url, folder })
    expect(migrations.map(({ name }) => name)).toEqual(['2_b', '3_c'])
    expect(migrations.every(({ milliseconds }) => milliseconds >= 0)).toBe(true)
    expect(copied === null).toBe(kind === 'postgresql')
    expect(await rowsOf(url, 'SELECT * FROM a')).toEqual(before)
    expect(await rowsOf(url, 'SELECT migration_name FROM _prisma_migrations')).toEqual([{ migration_name: '1_a' }])
    if (kind === 'sqlite') {
      const left = (await readdir(dirname(sqliteFile(url)))).filter((name) => name.startsWith('.'))
      expect(left).toEqual(files)
    }
    expect(await applyMigrations({ url, folder })).toEqual(['2_b', '3_c'])
    expect((await rehearseMigrations({ url, folder })).migrations).toEqual([])
  })

  test('says of a migration that fails what a start would say, and changes nothing', async () => {
    const url = await emptyDatabase()
    await applyMigrations({ url, folder: await folderOf(FIRST) })
    const broken = await folderOf({ ...MORE, '4_d': 'INSERT INTO nowhere VALUES (1);' })
    await expect(rehearseMigrations({ url, folder: broken })).rejects.toThrow(/^Migration 4_d failed and was undone: /)
    expect(await rowsOf(url, 'SELECT * FROM a')).toEqual([{ n: 1 }])
  })

  test('refuses a database of a newer version, as a start does', async () => {
    const url = await emptyDatabase()
    await applyMigrations({ url, folder: await folderOf(MORE) })
    await expect(rehearseMigrations({ url, folder: await folderOf(FIRST) })).rejects.toThrow(MigrationError)
  })

  test('the real migrations, from an empty database on', async () => {
    const url = await emptyDatabase()
    const { migrations } = await rehearseMigrations({ url }).catch(async (error: unknown) => {
      // A SQLite file that is not there is made by a start, and has nothing to rehearse.
      if (kind === 'postgresql') throw error
      await writeFile(sqliteFile(url), '')
      return rehearseMigrations({ url })
    })
    expect(migrations.length).toBeGreaterThan(20)
    expect((await applyMigrations({ url })).length).toBe(migrations.length)
  })
})
