import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))
const modules = join(here, '..', 'node_modules')
const command = join(modules, 'prisma-cli', 'build', 'index.js')
const generated = join(here, 'generated')
const stampFile = join(generated, 'stamp')

const outputLine = /^(generator client \{[^}]*?output\s*=\s*)"generated\/sqlite"/m
const providerLine = /^(datasource db \{[^}]*?provider\s*=\s*)"sqlite"/m

/** The models for one database: the same text but for provider and output, which is beside the schema. */
function schemaFor(kind: 'sqlite' | 'postgresql', schema: string): string {
  if (!outputLine.test(schema) || !providerLine.test(schema)) {
    throw new Error('prisma/schema.prisma: provider "sqlite" or output "generated/sqlite" not found')
  }
  return schema.replace(outputLine, `$1"${kind}"`).replace(providerLine, `$1"${kind}"`)
}

const wasmImport =
  /const \{ wasm \} = await import\("(@prisma\/client\/runtime\/query_compiler_[\w.]+\.wasm-base64\.mjs)"\)\s+return await decodeBase64AsWasm\(wasm\)/

/**
 * The query compiler comes as a module of 4 MB of text, which a process that imports it keeps twice for as long as it
 * runs. Read as a file it is let go of.
 */
const readingWasm = `const [{ createRequire }, { readFileSync }] = await Promise.all([import('node:module'), import('node:fs')])
    const text = readFileSync(createRequire(import.meta.url).resolve("$1"), 'latin1')
    return await decodeBase64AsWasm(text.slice(text.indexOf('"') + 1, text.lastIndexOf('"')))`

async function readWasmAsFile(folder: string): Promise<void> {
  const file = join(folder, 'internal', 'class.ts')
  const text = await readFile(file, 'utf8')
  if (!wasmImport.test(text)) throw new Error(`${file}: where the query compiler is imported was not found`)
  await writeFile(file, text.replace(wasmImport, readingWasm))
}

async function generateClient(schemaFile: string): Promise<void> {
  await promisify(execFile)(process.execPath, [command, 'generate', '--schema', schemaFile], {
    cwd: join(here, '..'),
    // `generate` never runs the schema engine, yet it would download it unless this names an existing file.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  })
}

/** Puts a finished folder in the place of an old one, whoever else does so at the same time. */
async function replaceFolder(made: string, target: string): Promise<void> {
  for (;;) {
    await rename(target, `${made}-old`).catch(() => undefined)
    try {
      return await rename(made, target)
    } catch (error) {
      if (!existsSync(target)) throw error
      await rm(`${made}-old`, { recursive: true, force: true })
    }
  }
}

/** Whether Prisma's command line is installed: `npm ci --omit=dev` leaves it out. */
export function canGenerate(): boolean {
  return existsSync(command)
}

/** Writes prisma/generated unless it is up to date; true when it wrote. */
export async function generate(): Promise<boolean> {
  const schema = await readFile(join(here, 'schema.prisma'), 'utf8')
  const schemas = { sqlite: schemaFor('sqlite', schema), postgresql: schemaFor('postgresql', schema) }
  const { version } = JSON.parse(await readFile(join(modules, '@prisma', 'client', 'package.json'), 'utf8'))
  const stamp = createHash('sha256')
    .update(JSON.stringify([schemas, version, readingWasm]))
    .digest('hex')
  if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp) return false
  if (!canGenerate()) throw new Error('prisma/generated is not up to date, and what generates is missing: run npm ci')

  await mkdir(generated, { recursive: true })
  const work = await mkdtemp(join(generated, 'new-'))
  try {
    await Promise.all(
      Object.entries(schemas).map(async ([kind, text]) => {
        await writeFile(join(work, `${kind}.prisma`), text)
        await generateClient(join(work, `${kind}.prisma`))
        await readWasmAsFile(join(work, kind))
      }),
    )
    for (const kind of Object.keys(schemas)) await replaceFolder(join(work, kind), join(generated, kind))
    await rename(join(work, 'postgresql.prisma'), join(generated, 'postgresql.prisma'))
    await writeFile(stampFile, stamp)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return true
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await generate()
