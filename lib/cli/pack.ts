import '../core/node-version'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type Lock, type LockEntry, placeOf } from './lock'

/** What serving and the commands read, and what an operator is to have at hand. */
const PARTS = ['.next', 'dist', 'prisma/migrations', 'public', 'next.config.js', '.env.example', 'deploy', 'docs']
const TEXTS = ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'LICENSE']
/** What only the next build or a debugger reads. */
const LEFT_OUT = /^\.next\/(cache|diagnostics|types|build|turbopack|trace.*)$|^dist\/stamp$|\.map$|\.nft\.json$/

/** Of the dependencies, what is for running sources. */
const FOR_SOURCES = ['tsx']

export interface Manifest {
  name: string
  version: string
  dependencies: Record<string, string>
  optionalDependencies: Record<string, string>
  allowScripts: Record<string, boolean>
  [field: string]: unknown
}

const without = <T>(record: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))

/** package.json of the archive: what is built needs no development dependency, and is started as it stands. */
export function packedManifest(source: Manifest, lock: Lock): Manifest {
  const kept = Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1))
  const { devDependencies: _, ...rest } = source
  return {
    ...rest,
    dependencies: without(source.dependencies, FOR_SOURCES),
    allowScripts: Object.fromEntries(Object.entries(source.allowScripts).filter(([name]) => kept.includes(name))),
    scripts: { start: 'node dist/serve.mjs', twofold: 'node dist/twofold.mjs' },
  }
}

function neededBy({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }: LockEntry): string[] {
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true)
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
}

/** The lock of the archive: what its dependencies need, each at the version and with the digest it has here. */
export function packedLock(lock: Lock): Lock {
  const { packages } = lock
  const whole: LockEntry = packages[''] ?? {}
  const { devDependencies: _, ...root } = whole
  const top: LockEntry = { ...root, dependencies: without(root.dependencies ?? {}, FOR_SOURCES) }
  const kept = new Set<string>()
  const visit = (path: string, entry: LockEntry) => {
    for (const name of neededBy(entry)) {
      const place = placeOf(packages, path, name)
      if (place === null || kept.has(place)) continue
      kept.add(place)
      visit(place, packages[place] ?? {})
    }
  }
  visit('', top)
  const entries = Object.entries(packages).filter(([path]) => kept.has(path))
  const plain = entries.map(([path, { dev: _, devOptional, ...entry }]): [string, LockEntry] => {
    return [path, devOptional ? { ...entry, optional: true } : entry]
  })
  return { ...lock, packages: { '': top, ...Object.fromEntries(plain) } }
}

const writeJson = (file: string, value: unknown) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

/** Writes what was built, with its lock, into a folder that is not there yet. */
function packInto(folder: string): void {
  mkdirSync(folder)
  for (const part of [...PARTS, ...TEXTS]) {
    cpSync(part, join(folder, part), {
      recursive: true,
      // The build leads to its packages by relative links.
      verbatimSymlinks: true,
      filter: (path) => !LEFT_OUT.test(path),
    })
  }
  const lock = packedLock(readJson('package-lock.json'))
  writeJson(join(folder, 'package-lock.json'), lock)
  writeJson(join(folder, 'package.json'), packedManifest(readJson('package.json'), lock))
}

/** `npm run pack` makes twofold-VERSION.tar.gz, `npm run pack -- --folder FOLDER` a folder with the same files. */
function main(args: readonly string[]): void {
  const { folder } = parseArgs({ args: [...args], options: { folder: { type: 'string' } } }).values
  if (folder !== undefined) {
    packInto(resolve(folder))
    return
  }
  const { name, version }: Manifest = readJson('package.json')
  const work = mkdtempSync(join(tmpdir(), 'twofold-pack-'))
  try {
    packInto(join(work, `${name}-${version}`))
    const archive = `${name}-${version}.tar.gz`
    // Whoever unpacks it as root gets files of root, whoever made it.
    const owner = ['--owner=0', '--group=0', '--numeric-owner']
    execFileSync('tar', ['--create', '--gzip', ...owner, '--file', archive, '--directory', work, `${name}-${version}`])
    process.stdout.write(`${archive}\n`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2))
