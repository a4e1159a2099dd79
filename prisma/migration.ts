import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils'
import { __wbg_set_wasm, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { type DatabaseKind, databaseKindOf, sqliteFile } from '../lib/core/db'
import { applyMigrations } from '../lib/core/migrate'
import { startPostgresql } from '../lib/testing/postgresql-server'
import { generate } from './generate'

const here = dirname(fileURLToPath(import.meta.url))
const schemaFiles = { sqlite: join(here, 'schema.prisma'), postgresql: join(here, 'generated', 'postgresql.prisma') }
const wasmFile = join(here, '..', 'node_modules', '@prisma', 'schema-engine-wasm', 'schema_engine_bg.wasm')

const filters = { externalTables: [], externalEnums: [] }

interface SchemaFile {
  path: string
  content: string
}

let loaded: Promise<void> | undefined

// Node cannot import the package's main file, which imports the .wasm file itself.
async function loadEngine(): Promise<void> {
  const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const { instance } = await WebAssembly.instantiate(await readFile(wasmFile), {
    './schema_engine_bg.js': { ...bindings },
  })
  __wbg_set_wasm(instance.exports)
  const start = instance.exports.__wbindgen_start
  if (typeof start === 'function') start()
}

/**
 * The adapter rejects PostgreSQL's internal type "char" (18), in which the catalogue tells of constraints: it is let
 * through as the unused array type (1002) and then given the name the engine expects.
 */
function postgresqlFactory(url: string): SqlMigrationAwareDriverAdapterFactory {
  const pool = new pg.Pool({ connectionString: url })
  const send = pool.query.bind(pool) as (request: unknown) => Promise<pg.QueryResult>
  const query = async (request: unknown) => {
    const result = await send(request)
    for (const field of result.fields) if (field.dataTypeID === 18) field.dataTypeID = 1002
    return result
  }
  const factory = new PrismaPg(Object.assign(pool, { query }), { disposeExternalPool: true })
  const open = factory.connect.bind(factory)
  const connect = async () => {
    const adapter = await open()
    const read = adapter.queryRaw.bind(adapter)
    const queryRaw = async (request: SqlQuery) => {
      const result = await read(request)
      const { Character, CharacterArray } = ColumnTypeEnum
      return { ...result, columnTypes: result.columnTypes.map((type) => (type === CharacterArray ? Character : type)) }
    }
    return Object.assign(adapter, { queryRaw })
  }
  return Object.assign(factory, { connect })
}

async function withEngine<T>(url: string, work: (engine: SchemaEngine, models: SchemaFile) => Promise<T>): Promise<T> {
  loaded ??= loadEngine()
  await loaded
  const kind = databaseKindOf(url)
  const factory = kind === 'sqlite' ? new PrismaBetterSqlite3({ url: sqliteFile(url) }) : postgresqlFactory(url)
  const models = { path: schemaFiles[kind], content: await readFile(schemaFiles[kind], 'utf8') }
  const engine = await SchemaEngine.new(
    { datamodels: [[models.path, models.content]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  )
  try {
    return await work(engine, models)
  } finally {
    engine.free()
  }
}

/** The SQL that would bring the database to the models of prisma/schema.prisma; empty when they are equal. */
export function differenceFromModels(url: string): Promise<string> {
  return withEngine(url, async (engine, models) => {
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files: [models], configDir: here },
      to: { tag: 'schemaDatamodel', files: [models] },
      script: true,
      exitCode: null,
      filters,
    })
    const script = stdout ?? ''
    return script.includes('This is an empty migration') ? '' : script
  })
}

/** What `prisma migrate deploy` would apply; throws when it would find an edited or failed migration. */
export function pendingForPrisma(url: string): Promise<string[]> {
  return withEngine(url, async (engine) => {
    const baseDir = join(here, 'migrations', databaseKindOf(url))
    const names = (await readdir(baseDir)).sort()
    const migrationDirectories = await Promise.all(
      names.map(async (path) => {
        const value = await readFile(join(baseDir, path, 'migration.sql'), 'utf8')
        return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } }
      }),
    )
    const { editedMigrationNames, failedMigrationNames, history } = await engine.diagnoseMigrationHistory({
      migrationsList: {
        baseDir,
        lockfile: { path: 'migration_lock.toml', content: null },
        shadowDbInitScript: '',
        migrationDirectories,
      },
      optInToShadowDatabase: false,
      filters,
    })
    const trouble = [...editedMigrationNames, ...failedMigrationNames]
    if (trouble.length > 0 || (history && history.diagnostic !== 'databaseIsBehind')) {
      throw new Error(`Prisma finds another history: ${history?.diagnostic} ${trouble}`)
    }
    return history?.unappliedMigrationNames ?? []
  })
}

// Models cannot name a collation.
const sortedByBytes = `
-- Names and addresses are sorted and searched by their bytes, as on SQLite, whatever the server's locale (M4).
ALTER TABLE "membership"
    ALTER COLUMN "nameKey" TYPE TEXT COLLATE "C",
    ALTER COLUMN "emailKey" TYPE TEXT COLLATE "C";
`

async function writeMigration(kind: DatabaseKind, url: string, name: string): Promise<void> {
  await mkdir(join(here, 'migrations', kind), { recursive: true })
  await applyMigrations({ url })
  const script = await differenceFromModels(url)
  if (script === '') {
    console.log(`${kind}: the migrations equal the models, nothing written`)
    return
  }
  const folder = join(here, 'migrations', kind, name)
  await mkdir(folder, { recursive: true })
  const addition = kind === 'postgresql' && script.includes('CREATE TABLE "membership"') ? sortedByBytes : ''
  await writeFile(join(folder, 'migration.sql'), script + addition)
  console.log(`${kind}: ${join(folder, 'migration.sql')}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const name = process.argv[2] ?? ''
  if (!/^[a-z0-9_]+$/.test(name)) throw new Error('usage: tsx prisma/migration.ts <name in a-z, 0-9 and _>')
  await generate()
  const stamped = `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${name}`
  const server = await startPostgresql()
  try {
    await writeMigration('sqlite', `file:${join(server.directory, 'scratch.db')}`, stamped)
    await writeMigration('postgresql', server.url('postgres'), stamped)
  } finally {
    await server.stop()
  }
}
