import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { startServer } from './support/server'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const filesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(ending))

/** `node_modules/@prisma/client` of a file of that package, `null` of any other. */
function packageOf(path: string): string | null {
  return /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? null
}

/** What pages and routes read while serving, as the framework traced it. */
function tracedByFramework(): string[] {
  return filesIn('.next', '.nft.json').flatMap((trace) => {
    const { files }: { files: string[] } = JSON.parse(read(join('.next', trace)))
    return files.map((file) => relative(root, resolve(root, '.next', dirname(trace), file)))
  })
}

function importedByServer(): string[] {
  const imported = filesIn('dist', '.mjs').flatMap((file) => {
    return [...read(join('dist', file)).matchAll(/^import (?:.* from )?"([^"]+)";|\bimport\("([^"]+)"\)/gm)]
  })
  return imported
    .map(([, still = '', called = '']) => still || called)
    .filter((from) => !/^(\.|node:)/.test(from) && !builtinModules.includes(from))
    .map((from) => `node_modules/${from}`)
}

test('what was built reads no development dependency, so that npm ci --omit=dev leaves all that serving needs', () => {
  const { packages }: { packages: Record<string, { dev?: boolean }> } = JSON.parse(read('package-lock.json'))
  const [framework, server] = [tracedByFramework(), importedByServer()]
  const used = new Set([...framework, ...server].map(packageOf).filter((path) => path !== null))
  for (const one of ['next', 'react', 'pg', 'better-sqlite3', 'nodemailer'])
    expect(used).toContain(`node_modules/${one}`)
  expect([...used].filter((path) => packages[path] === undefined || packages[path].dev)).toEqual([])
})

test('X12: what npm run pack leaves serves and runs commands, and holds no sources', async () => {
  const work = mkdtempSync(join(tmpdir(), 'twofold-packed-'))
  const folder = join(work, 'twofold')
  execFileSync(process.execPath, ['--import', 'tsx', 'lib/cli/pack.ts', '--folder', folder], { cwd: root })
  for (const one of ['app', 'lib', 'e2e', 'node_modules', '.next/cache', 'prisma/schema.prisma']) {
    expect([one, existsSync(join(folder, one))]).toEqual([one, false])
  }
  for (const one of ['deploy/twofold.service', '.env.example', 'docs/operators.md', 'package-lock.json']) {
    expect([one, existsSync(join(folder, one))]).toEqual([one, true])
  }
  // As npm ci would bring them.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const server = await startServer({}, [], folder)
  try {
    const page = await fetch(new URL(server.setupLink()))
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<form')])
    const owner = ['--tenant', 'Acme', '--owner-name', 'Olga Owner', '--owner-email', 'olga@example.com']
    const { PATH, NODE_ENV } = process.env
    const told = execFileSync(process.execPath, ['dist/twofold.mjs', 'init', ...owner, '--password-stdin', '--json'], {
      cwd: folder,
      env: { PATH, NODE_ENV, ...server.environment },
      input: 'lantern harbour violet staircase',
      encoding: 'utf8',
    })
    expect(JSON.parse(told)).toMatchObject({ ok: true })
  } finally {
    await server.stop()
    rmSync(work, { recursive: true, force: true })
  }
})
