import type { Violation } from './violation'

export interface LockedPackage {
  version?: string
  resolved?: string
  integrity?: string
  hasInstallScript?: boolean
}

export interface Manifest {
  engines?: { node?: string }
  dependencies?: Readonly<Record<string, string>>
  devDependencies?: Readonly<Record<string, string>>
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
    name: 'next-auth',
    version: '5.0.0-beta.32',
    because: 'GHSA-8fpg-xm3f-6cx3, GHSA-7rqj-j65f-68wh, GHSA-x445-f3h2-j279, GHSA-xmf8-cvqr-rfgj',
    needed: false,
  },
  {
    name: '@auth/core',
    version: '0.41.3',
    because: 'GHSA-8fpg-xm3f-6cx3, GHSA-7rqj-j65f-68wh, GHSA-x445-f3h2-j279, GHSA-xmf8-cvqr-rfgj',
    needed: false,
  },
  {
    name: 'nodemailer',
    version: '10.4.1',
    because: 'CVE-2026-125755, CVE-2026-90776, CVE-2026-100699',
    needed: false,
  },
]

/** Node 20 from the first version with the module and TLS repairs that the dependencies ask for. */
export const NODE_FLOOR = '20.19.0'

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
      .filter(([, copy]) => compareVersions(copy.version ?? '0.0.0', version) < 0)
      .map(([path, copy]) => {
        return { file, rule: 'floors', reason: `${path} is ${copy.version}, below ${version}: ${because}` }
      })
  })
  const node = /^>=(\d+\.\d+(?:\.\d+)?)$/.exec(manifest.engines?.node ?? '')?.[1]
  if (node !== undefined && compareVersions(node, NODE_FLOOR) >= 0) return below
  return [...below, { file: 'package.json', rule: 'floors', reason: `engines.node is not >=${NODE_FLOOR} or above` }]
}

/** Semantic versioning 2.0.0, section 11; a missing part counts as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => {
    const [numbers = '', ...rest] = (text.split('+')[0] ?? '').split('-')
    return { numbers: numbers.split('.').map(Number), words: rest.length === 0 ? [] : rest.join('-').split('.') }
  })
  for (const at of [0, 1, 2]) {
    const difference = (left?.numbers[at] ?? 0) - (right?.numbers[at] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  const [before, after] = [left?.words ?? [], right?.words ?? []]
  if (before.length === 0 || after.length === 0) return Math.sign(after.length) - Math.sign(before.length)
  for (let at = 0; at < Math.max(before.length, after.length); at += 1) {
    const [one, two] = [before[at], after[at]]
    if (one === undefined || two === undefined) return one === undefined ? -1 : 1
    const numeric = [one, two].map((word) => /^\d+$/.test(word))
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1
    const order = numeric[0] ? Number(one) - Number(two) : one < two ? -1 : Number(one > two)
    if (order !== 0) return Math.sign(order)
  }
  return 0
}

/** No address of a registry in the lock; a decision about every install script; one exact version of everything. */
export function checkPackages(packages: Packages, manifest: Manifest): Violation[] {
  const lock = 'package-lock.json'
  const violations: Violation[] = []
  for (const [path, entry] of Object.entries(packages)) {
    if (entry.resolved !== undefined)
      violations.push({ file: lock, rule: 'addresses', reason: `${path} has an address` })
    const name = path.split('node_modules/').at(-1) ?? ''
    if (entry.hasInstallScript && manifest.allowScripts?.[name] === undefined) {
      violations.push({ file: 'package.json', rule: 'install scripts', reason: `allowScripts says nothing of ${name}` })
    }
  }
  for (const name of Object.keys(manifest.allowScripts ?? {})) {
    if (copiesOf(packages, name).some(([, copy]) => copy.hasInstallScript)) continue
    violations.push({ file: 'package.json', rule: 'install scripts', reason: `${name} has none: take it out` })
  }
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies }
  for (const [name, version] of Object.entries(wanted)) {
    if (/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) continue
    violations.push({ file: 'package.json', rule: 'exact versions', reason: `${name} is ${version}` })
  }
  return violations
}
