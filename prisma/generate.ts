import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))
const modules = join(here, '..', 'node_modules')
const generated = join(here, 'generated')
const stampFile = join(generated, 'stamp')

/** The models for PostgreSQL: the same text with provider and output swapped. */
export function toPostgresql(schema: string): string {
  const swapped = schema
    .replace(/^(datasource \w+ \{[^}]*?provider\s*=\s*)"sqlite"/m, '$1"postgresql"')
    .replace(/^(generator client \{[^}]*?output\s*=\s*)"generated\/sqlite"/m, '$1"postgresql"')
  if (!swapped.includes('= "postgresql"\n}') || swapped.includes('generated/sqlite')) {
    throw new Error('prisma/schema.prisma: provider "sqlite" or output "generated/sqlite" not found')
  }
  return swapped
}

async function generateClient(schemaFile: string): Promise<void> {
  await promisify(execFile)(
    process.execPath,
    [join(modules, 'prisma', 'build', 'index.js'), 'generate', '--schema', schemaFile],
    {
      cwd: join(here, '..'),
      // `generate` never runs the schema engine, yet it would download it unless this names an existing file.
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
    },
  )
}

/** Writes prisma/generated unless it is up to date; true when it wrote. */
export async function generate(): Promise<boolean> {
  const sqliteFile = join(here, 'schema.prisma')
  const postgresqlFile = join(generated, 'postgresql.prisma')
  const schema = await readFile(sqliteFile, 'utf8')
  const postgresql = toPostgresql(schema)
  const versions = await Promise.all(
    ['prisma', '@prisma/client'].map((name) => readFile(join(modules, name, 'package.json'), 'utf8')),
  )
  const stamp = createHash('sha256')
    .update(JSON.stringify([schema, postgresql, versions.map((text) => JSON.parse(text).version)]))
    .digest('hex')
  const current = existsSync(stampFile) ? await readFile(stampFile, 'utf8') : ''
  if (current === stamp) return false

  await mkdir(generated, { recursive: true })
  await writeFile(stampFile, '')
  await writeFile(postgresqlFile, postgresql)
  await Promise.all([generateClient(sqliteFile), generateClient(postgresqlFile)])
  await writeFile(stampFile, stamp)
  return true
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await generate()
