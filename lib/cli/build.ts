import '../core/node-version'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canGenerate, generate } from '../../prisma/generate'

const SOURCES = ['app', 'components', 'lib', 'public', 'prisma/schema.prisma', 'instrumentation.ts']
const SETTINGS = ['next.config.js', 'postcss.config.mjs', 'tsconfig.json', 'package-lock.json']
const STAMP = 'dist/stamp'
const CANNOT_BUILD =
  'The sources are not those that were built, and what builds is not installed: run npm ci, npm run build, and then ' +
  'npm ci --omit=dev again.'

function filesOf(path: string): string[] {
  if (!existsSync(path)) return []
  if (!readdirSync('.', { withFileTypes: true }).some((entry) => entry.name === path && entry.isDirectory())) {
    return [path]
  }
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** What the build was made from: it is made again only when this differs. */
function stampOf(): string {
  const hash = createHash('sha256').update(process.version)
  for (const file of [...SOURCES, ...SETTINGS].flatMap(filesOf)) hash.update(file).update(readFileSync(file))
  return hash.digest('hex')
}

const stamp = stampOf()
const current = existsSync(STAMP) && existsSync('.next/BUILD_ID') ? readFileSync(STAMP, 'utf8') : ''
if (process.argv.includes('--force') || current !== stamp) {
  if (!canGenerate()) {
    process.stderr.write(`${CANNOT_BUILD}\n`)
    process.exit(1)
  }
  await generate()
  rmSync(STAMP, { force: true })
  // What builds is not installed where only what runs is: read here alone.
  const { bundle } = await import('./bundle')
  // The names of server actions depend on this value: one source makes one set of names, on every instance. What
  // encrypts at run time is our own key (lib/core/env.ts).
  await bundle(createHash('sha256').update(`actions:${stamp}`).digest('base64'))
  mkdirSync('dist', { recursive: true })
  writeFileSync(STAMP, stamp)
}
