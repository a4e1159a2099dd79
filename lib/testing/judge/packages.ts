import { compare, subset, valid } from 'semver'
import { packageOf, resolveImport, type Source } from './source'
import type { Violation } from './violation'

export interface LockedPackage {
  /** Where it is installed under another name than its own. */
  name?: string
  version?: string
  resolved?: string
  integrity?: string
  hasInstallScript?: boolean
}

export interface Manifest {
  engines?: { node?: string }
  dependencies?: Readonly<Record<string, string>>
  devDependencies?: Readonly<Record<string, string>>
  optionalDependencies?: Readonly<Record<string, string>>
  scripts?: Readonly<Record<string, string>>
  overrides?: Readonly<Record<string, unknown>>
  allowScripts?: Readonly<Record<string, boolean>>
}

export type Packages = Readonly<Record<string, LockedPackage>>

const REACT = 'CVE-2026-23870 and the React2Shell line'

/** Lowest versions without a known hole that concerns us; reviewed whenever one becomes known. */
export const FLOORS: readonly { name: string; version: string; because: string; needed: boolean }[] = [
  { name: 'next', version: '16.4.1', because: 'CVE-2026-94482', needed: true },
  { name: 'react', version: '19.2.6', because: REACT, needed: true },
  { name: 'react-dom', version: '19.2.6', because: REACT, needed: true },
  {
    name: 'nodemailer',
    version: '10.4.1',
    because: 'CVE-2026-125755, CVE-2026-90776, CVE-2026-100699',
    needed: false,
  },
]

/** The lines of Node with upstream fixes, from where every dependency runs. */
export const NODE_FLOOR = '>=22.15.0'

/** Every copy of a package in the lock, nested ones too. */
function copiesOf(packages: Packages, name: string): [string, LockedPackage][] {
  return Object.entries(packages).filter(
    ([path]) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`),
  )
}

export function checkFloors(packages: Packages, manifest: Manifest): Violation[] {
  const file = 'package-lock.json'
  const below = FLOORS.flatMap(({ name, version, because, needed }) => {
    const copies = copiesOf(packages, name)
    if (copies.length === 0 && needed) return [{ file, rule: 'floors', reason: `${name} is not there` }]
    return copies
      .filter(([, copy]) => compare(copy.version ?? '0.0.0', version) < 0)
      .map(([path, copy]) => {
        return { file, rule: 'floors', reason: `${path} is ${copy.version}, below ${version}: ${because}` }
      })
  })
  if (subset(manifest.engines?.node ?? '', NODE_FLOOR)) return below
  return [...below, { file: 'package.json', rule: 'floors', reason: `engines.node is not within ${NODE_FLOOR}` }]
}

/** No address of a registry in the lock; a decision about every install script; one exact version of everything. */
export function checkPackages(packages: Packages, manifest: Manifest): Violation[] {
  const lock = 'package-lock.json'
  const violations: Violation[] = []
  for (const [path, entry] of Object.entries(packages)) {
    if (entry.resolved !== undefined)
      violations.push({ file: lock, rule: 'addresses', reason: `${path} has an address` })
    const name = nameOf(path, entry)
    if (entry.hasInstallScript && manifest.allowScripts?.[name] === undefined) {
      violations.push({ file: 'package.json', rule: 'install scripts', reason: `allowScripts says nothing of ${name}` })
    }
  }
  for (const [name, allowed] of Object.entries(manifest.allowScripts ?? {})) {
    const copies = Object.entries(packages).filter(([path, entry]) => nameOf(path, entry) === name)
    // npm also asks about a package with a binding.gyp, of which the lock does not tell.
    if (copies.some(([, copy]) => copy.hasInstallScript || !allowed)) continue
    violations.push({ file: 'package.json', rule: 'install scripts', reason: `${name} has none: take it out` })
  }
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
  for (const [name, version] of Object.entries(wanted)) {
    const exact = version.replace(/^npm:@?[^@]+@/, '')
    if (valid(exact) === exact) continue
    violations.push({ file: 'package.json', rule: 'exact versions', reason: `${name} is ${version}` })
  }
  return violations
}

function nameOf(path: string, entry: LockedPackage): string {
  return entry.name ?? path.split('node_modules/').at(-1) ?? ''
}

/** What is started or read while serving; commands of operators too. */
const STARTED =
  /^(app\/|instrumentation\.ts$|lib\/web\/server\/main\.ts$|lib\/job\/import-thread\.ts$|lib\/cli\/(main|build)\.ts$)/

/** Read only where something is built, which needs development dependencies. */
const BUILDS = ['lib/cli/bundle.ts']

/** Scripts that must run after `npm ci --omit=dev`. */
const SCRIPTS = ['start', 'prestart', 'twofold', 'pretwofold']

/** No module reachable from what runs in production needs a development dependency. */
export function checkProduction(sources: readonly Source[], manifest: Manifest): Violation[] {
  const files = new Map(sources.map((source) => [source.path, source]))
  const known = new Set(files.keys())
  const reached = new Set([...known].filter((path) => STARTED.test(path)))
  const violations: Violation[] = []
  for (const path of reached) {
    for (const { from, typeOnly, line } of files.get(path)?.imports ?? []) {
      if (typeOnly) continue
      const target = resolveImport(from, path, known)
      if (target !== null && !BUILDS.includes(target)) reached.add(target)
      const name = packageOf(from)
      if (target !== null || manifest.devDependencies?.[name] === undefined) continue
      const reason = `${name} is a development dependency, and production reads this file`
      violations.push({ file: path, line, rule: 'production', reason })
    }
  }
  for (const script of SCRIPTS) {
    const [, name = ''] = /--import (\S+)/.exec(manifest.scripts?.[script] ?? '') ?? []
    if (manifest.devDependencies?.[name] === undefined) continue
    violations.push({ file: 'package.json', rule: 'production', reason: `the script ${script} needs ${name}` })
  }
  return violations
}
