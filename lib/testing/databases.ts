import { randomUUID } from 'node:crypto'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { closeDb, createDb, type DatabaseKind, type Db } from '../core/db'

export const databaseKinds: readonly DatabaseKind[] = ['sqlite', 'postgresql']

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('databases').postgresqlUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** A database of its own, copied from the template; with `empty` one without any table. */
export async function newDatabase(kind: DatabaseKind, { empty = false } = {}): Promise<TestDatabase> {
  const { directory, sqliteFile, postgresqlUrl } = inject('databases')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  if (kind === 'sqlite') {
    const file = join(directory, `${name}.db`)
    if (!empty) await copyFile(sqliteFile, file)
    const drop = async () => {
      for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
    }
    return { url: `file:${file}`, drop }
  }
  await administer(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : 'template1'}`)
  const url = new URL(postgresqlUrl)
  url.pathname = name
  return { url: url.href, drop: () => administer(`DROP DATABASE ${name} WITH (FORCE)`) }
}

/** A migrated, empty database of its own and a client for it; `drop` closes the client first. */
export async function freshDatabase(kind: DatabaseKind): Promise<TestDatabase & { db: Db }> {
  const { url, drop } = await newDatabase(kind)
  const db = createDb({ url })
  return {
    db,
    url,
    drop: async () => {
      await closeDb(db)
      await drop()
    },
  }
}

/**
 * Describes `name` once on each database, with one fresh database for all tests of the block.
 * `open` gives its client and may be called within hooks and tests only.
 */
export function eachDatabase(name: string, tests: (open: () => Db, kind: DatabaseKind) => void): void {
  describe.each(databaseKinds)(`${name} (%s)`, (kind) => {
    let database: Awaited<ReturnType<typeof freshDatabase>> | undefined
    beforeAll(async () => {
      database = await freshDatabase(kind)
    })
    afterAll(async () => {
      await database?.drop()
    })
    tests(() => {
      if (!database) throw new Error('The database is open within hooks and tests only')
      return database.db
    }, kind)
  })
}
