import { parseSync } from 'oxc-parser'
import { lineAt, type Source } from './source'
import type { Violation } from './violation'

/** What the framework reads by name, from each page and route. */
const OF_THE_FRAMEWORK = ['generateMetadata', 'metadata', 'GET', 'HEAD', 'POST', 'dynamic', 'config', 'default']

/** A name is exported in one file, so that nobody is offered the wrong one; handing it on is no other one. */
export function checkExports(sources: readonly Pick<Source, 'path' | 'text'>[]): Violation[] {
  const homes = new Map<string, string>()
  return sources.flatMap(({ path, text }) => {
    const entries = parseSync(path, text).module.staticExports.flatMap((each) => each.entries)
    const own = entries
      .filter(({ moduleRequest }) => !moduleRequest)
      .map(({ exportName }) => exportName.name ?? 'default')
    return [...new Set(own)].flatMap((name) => {
      if (OF_THE_FRAMEWORK.includes(name)) return []
      const home = homes.get(name)
      homes.set(name, home ?? path)
      return home === undefined ? [] : [{ file: path, rule: 'names', reason: `${name} is exported by ${home} as well` }]
    })
  })
}

const SKIPPED = /\b(?:test|it|describe)\b[\w.]*\.(?:skip|skipIf|runIf|todo|fixme|only)\b|\bskip\(/g

/** A test runs or fails: what it needs is provided, and one of a single database is there for that one alone. */
export function checkSkips({ path, code }: Pick<Source, 'path' | 'code'>): Violation[] {
  const reason = 'a test is never skipped: let it fail where what it needs is missing'
  return [...code.matchAll(SKIPPED)].map(({ index }) => ({
    file: path,
    line: lineAt(code, index),
    rule: 'skipped tests',
    reason,
  }))
}

const LENGTH = 300

/** A file that a reader cannot hold has a reason at its top: `// Above 300 lines: …`. */
export function checkLength({ path, text }: Pick<Source, 'path' | 'text'>): Violation[] {
  const lines = text.split('\n').length - 1
  if (lines <= LENGTH || /^\/\/ Above 300 lines: \S+( \S+){3}/.test(text)) return []
  return [
    { file: path, rule: 'length', reason: `has ${lines} lines: split it, or begin it with // Above 300 lines: why` },
  ]
}
