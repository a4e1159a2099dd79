import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { generate } from '../../prisma/generate'

const SOURCES = ['app', 'components', 'lib', 'public', 'prisma/schema.prisma', 'instrumentation.ts']
const SETTINGS = ['next.config.js', 'postcss.config.mjs', 'tsconfig.json', 'package-lock.json']
const STAMP = 'dist/stamp'

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

function run(script: string, args: string[], more: Record<string, string>): void {
  const done = spawnSync(process.execPath, [script, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...more },
  })
  if (done.status !== 0) process.exit(done.status ?? 1)
}

await generate()
const stamp = stampOf()
const current = existsSync(STAMP) && existsSync('.next/BUILD_ID') ? readFileSync(STAMP, 'utf8') : ''
if (process.argv.includes('--force') || current !== stamp) {
  rmSync(STAMP, { force: true })
  // The names of server actions depend on this value: one source makes one set of names, on every instance. What
  // encrypts at run time is our own key (lib/core/env.ts).
  const naming = createHash('sha256').update(`actions:${stamp}`).digest('base64')
  run('node_modules/next/dist/bin/next', ['build'], { NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: naming })
  await build({
    entryPoints: { serve: 'lib/web/server/serve.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
  })
  mkdirSync('dist', { recursive: true })
  writeFileSync(STAMP, stamp)
}
