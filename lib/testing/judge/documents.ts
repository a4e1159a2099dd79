import { actionsOf } from './code'
import type { Source } from './source'
import type { Violation } from './violation'

/** `app/(portal)/sign-in/page.tsx` is `/sign-in`. */
export function pathOf(file: string): string {
  const parts = file.split('/').slice(1, -1)
  return `/${parts.filter((part) => !/^\(.*\)$/.test(part)).join('/')}`
}

/** The table of ARCHITECTURE.md that maps pages, routes and actions to files: complete, and nothing stale in it. */
export function checkMap(document: string, sources: readonly Source[]): Violation[] {
  const file = 'ARCHITECTURE.md'
  const rows = [...document.matchAll(/^\| (`[^|]+`) \| `([^`|]+)` \|/gm)].flatMap(([, names = '', target = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map((match) => `${match[1]} in ${target}`),
  )
  const mapped = new Set(rows.filter((row) => / in app\//.test(row)))
  const there = new Set(
    sources.flatMap((source) => {
      if (/^app\/(.*\/)?(page\.tsx|route\.ts)$/.test(source.path)) return [`${pathOf(source.path)} in ${source.path}`]
      if (!/^app\/(.*\/)?actions\.ts$/.test(source.path)) return []
      return actionsOf(source).map((name) => `${name} in ${source.path}`)
    }),
  )
  const missing = [...there].filter((each) => !mapped.has(each)).map((each) => `${each} is not in the map`)
  const stale = [...mapped]
    .filter((each) => !there.has(each))
    .map((each) => `${each} is in the map and not in the code`)
  return [...missing, ...stale].map((reason) => ({ file, rule: 'map', reason }))
}

export interface Invariant {
  id: string
  inForce: boolean
}

/** The S-table of SECURITY.md: `| S1 | rule | yes | … |`. */
export function readInvariants(document: string): Invariant[] {
  return [...document.matchAll(/^\| (S\d{1,2}) \|[^|]+\| (\w[\w ]*) \|/gm)].map(([, id = '', state = '']) => ({
    id,
    inForce: state.trim() === 'yes',
  }))
}

const ID = /\bS\d{1,2}\b/g

/** Every invariant in force stands in the name of a test. */
export function checkInvariants(document: string, names: readonly string[]): Violation[] {
  const file = 'SECURITY.md'
  const invariants = readInvariants(document)
  if (invariants.length === 0) return [{ file, rule: 'invariants', reason: 'has no table of rules S1, S2, …' }]
  const named = new Set(names.flatMap((name) => name.match(ID) ?? []))
  return invariants
    .filter(({ id, inForce }) => inForce && !named.has(id))
    .map(({ id }) => ({ file, rule: 'invariants', reason: `${id} is in force and in the name of no test` }))
}

/** Comments and test names cite no rule that SECURITY.md does not have. */
export function checkCitations(document: string, source: Source, names: readonly string[] = []): Violation[] {
  const ids = new Set(readInvariants(document).map(({ id }) => id))
  const cited = [
    ...source.comments.flatMap(({ text, line }) => (text.match(ID) ?? []).map((id) => ({ id, line }))),
    ...names.flatMap((name) => (name.match(ID) ?? []).map((id) => ({ id, line: undefined }))),
  ]
  return cited
    .filter(({ id }) => !ids.has(id))
    .map(({ id, line }) => ({ file: source.path, line, rule: 'invariants', reason: `SECURITY.md has no ${id}` }))
}

/** Rows of the form `NAME`, `lib/…ts`: the constant is in that file. */
export function checkConstants(document: string, file: string, textOf: (path: string) => string | null): Violation[] {
  const rows = document.matchAll(/^\|.*\| ((?:`[A-Z][A-Z_]+`, )+)`([^`]+\.ts)` \|$/gm)
  return [...rows].flatMap(([, names = '', path = '']) => {
    const text = textOf(path) ?? ''
    const missing = [...names.matchAll(/`(\w+)`/g)].filter(([, name]) => !new RegExp(`\\b${name}\\b`).test(text))
    return missing.map(([, name]) => ({ file, rule: 'constants', reason: `${name} is not in ${path}` }))
  })
}

/** .env.example names every setting once, each below a comment, and nothing else. */
export function checkEnvironment(example: string, names: readonly string[]): Violation[] {
  const file = '.env.example'
  const report = (reason: string): Violation => ({ file, rule: 'settings', reason })
  const lines = example.split('\n')
  const given = lines.flatMap((line, index) => {
    const name = /^([A-Z][A-Z_]*)=/.exec(line)?.[1]
    return name === undefined ? [] : [{ name, told: lines[index - 1]?.startsWith('# ') === true }]
  })
  const twice = given.filter(({ name }, index) => given.findIndex((each) => each.name === name) !== index)
  const strange = lines.filter((line) => line !== '' && !line.startsWith('#') && !/^[A-Z][A-Z_]*=/.test(line))
  return [
    ...names.filter((name) => !given.some((each) => each.name === name)).map((name) => report(`${name} is missing`)),
    ...given.filter(({ name }) => !names.includes(name)).map(({ name }) => report(`lib/core/env.ts reads no ${name}`)),
    ...twice.map(({ name }) => report(`${name} stands there twice`)),
    ...given.filter(({ told }) => !told).map(({ name }) => report(`${name} has no comment above it`)),
    ...strange.map((line) => report(`is no setting and no comment: ${line}`)),
  ]
}
