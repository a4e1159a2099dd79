import type { Source } from './source'
import type { Violation } from './violation'

const FILE = 'docs/requirements.md'
const STATES = ['in force', 'partly', 'not built'] as const

export interface Requirement {
  id: string
  state: (typeof STATES)[number]
  text: string
}

/** Entries of docs/requirements.md: `- **S3** (in force): sentence`, over as many lines as it takes. */
export function readRequirements(document: string): Requirement[] {
  const entries = document.matchAll(/^- \*\*([A-Z]{1,2}\d{1,2})\*\* \(([^)]+)\): (.*(?:\n {2}\S.*)*)/gm)
  return [...entries].flatMap(([, id = '', told = '', text = '']) => {
    const state = STATES.find((each) => each === told)
    return state === undefined ? [] : [{ id, state, text }]
  })
}

/** An id of docs/requirements.md; not a part of a longer word, of an address or of a time such as `T21:00`. */
const ID = /(?<![\w@#/.:%-])(?:SE|[UPEDRMTAXSN])\d{1,2}(?![\w%]|[.:]\d)/g

const idsIn = (text: string): string[] => text.match(ID) ?? []

/** Each id once; what is in force, wholly or in part, stands in the name of a test, and what is not built in none. */
export function checkRequirements(
  document: string,
  names: readonly string[],
  limits: ReadonlySet<string> = new Set(),
): Violation[] {
  const report = (reason: string): Violation => ({ file: FILE, rule: 'requirements', reason })
  const requirements = readRequirements(document)
  if (requirements.length === 0) return [report('holds no entry such as - **S1** (in force): sentence')]
  const ids = requirements.map(({ id }) => id)
  const begun = [...document.matchAll(/^- \*\*([A-Z]{1,2}\d{1,2})\*\*/gm)].map(([, id = '']) => id)
  const named = new Set(names.flatMap(idsIn))
  return [
    ...begun.filter((id) => !ids.includes(id)).map((id) => report(`${id} does not say how far it is built`)),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => report(`${id} stands there twice`)),
    ...requirements.flatMap(({ id, state, text }) => {
      if (state === 'partly' && !text.includes('*Today*')) return [report(`${id} is partly in force: say what is not`)]
      if (state === 'not built') return named.has(id) ? [report(`${id} is not built, and a test names it`)] : []
      // What has a row in SECURITY.md is compared with its constants (`checkLimits`).
      return named.has(id) || limits.has(id) ? [] : [report(`${id} is in force and in the name of no test`)]
    }),
  ]
}

const unheld = (document: string, text: string): string[] => {
  const ids = new Set(readRequirements(document).map(({ id }) => id))
  return idsIn(text).filter((id) => !ids.has(id))
}

interface Citation {
  text: string
  line?: number
}

/** Comments, those on lines that follow each other as one. */
function commentsOf(source: Source): Required<Citation>[] {
  const comments: { text: string; line: number; end: number }[] = []
  for (const { text, line } of source.comments) {
    const last = comments.at(-1)
    if (last?.text.startsWith('//') === true && text.startsWith('//') && last.end === line - 1) {
      last.text += `\n${text}`
      last.end = line
    } else comments.push({ text, line, end: line })
  }
  return comments
}

function check(
  citations: readonly Citation[],
  file: string,
  reasonsOf: (citation: Citation) => readonly string[],
): Violation[] {
  return citations.flatMap((citation) =>
    reasonsOf(citation).map((reason) => ({ file, line: citation.line, rule: 'requirements', reason })),
  )
}

/** Comments and names of tests cite ids that docs/requirements.md holds. */
export function checkIds(document: string, source: Source, names: readonly string[] = []): Violation[] {
  return check([...commentsOf(source), ...names.map((text) => ({ text }))], source.path, ({ text }) =>
    unheld(document, text).map((id) => `${FILE} has no ${id}`),
  )
}

const OUTSIDE = /\b(?:security|architecture|product|interface|platform|house|doors|models) (?:[A-Z]{1,2})?\d/g
const DOCUMENT = /[\w./-]+\.md\b/g

/** Comments and names of tests cite no document that is not in this repository. */
export function checkOutside(
  documents: ReadonlySet<string>,
  source: Source,
  names: readonly string[] = [],
): Violation[] {
  return check([...commentsOf(source), ...names.map((text) => ({ text }))], source.path, ({ text }) => {
    const named = (text.match(DOCUMENT) ?? []).filter((each) => !documents.has(each))
    return [...(text.match(OUTSIDE) ?? []), ...named].map((each) => `cites what is not in this repository: ${each}`)
  })
}

/** A reference is no word: an id, and a section of a standard. */
const REFERENCE = /\b(?:RFC|NIST|SP|ASVS|AAL|OWASP)\b[\s\d.,()B-]*/g

/** A heading (`// ——— devices (D4) ———`) names what follows. */
function leastWords(text: string): number {
  return /^\/\/ ?[—-]{3}/.test(text) ? 1 : 3
}

/** A comment says more than an id. */
export function checkWords(source: Source): Violation[] {
  return check(commentsOf(source), source.path, ({ text }) => {
    const cited = idsIn(text)
    const words =
      text
        .replace(ID, ' ')
        .replace(REFERENCE, ' ')
        .match(/\p{L}{2,}/gu) ?? []
    return cited.length > 0 && words.length < leastWords(text)
      ? [`is ${cited.join(', ')} and hardly a word: say the rule, the id behind it`]
      : []
  })
}

/** The other documents cite ids that docs/requirements.md holds. */
export function checkDocument(document: string, file: string, text: string): Violation[] {
  const lines = text.split('\n').map((content, index) => ({ text: content, line: index + 1 }))
  return check(lines, file, (each) => unheld(document, each.text).map((id) => `${FILE} has no ${id}`))
}

const WORDS: Readonly<Record<string, Requirement['state']>> = { yes: 'in force', partly: 'partly', later: 'not built' }

/**
 * A known limit is none of a rule that is in force, unless it says so: `reasons` names the ids of what stays beside
 * one.
 */
export function checkKnownLimits(document: string, security: string, reasons: ReadonlySet<string>): Violation[] {
  const [, section = ''] = security.split('## Known limits\n')
  const inForce = new Set(readRequirements(document).flatMap(({ id, state }) => (state === 'in force' ? [id] : [])))
  const bullets = (section.split('\n## ')[0] ?? '').split(/^- /m).slice(1)
  return bullets.flatMap((bullet) =>
    idsIn(bullet)
      .filter((id) => !id.startsWith('N') && inForce.has(id) && !reasons.has(`${id}: ${bullet.trim().slice(0, 24)}`))
      .map((id) => ({
        file: 'SECURITY.md',
        rule: 'requirements',
        reason: `a known limit of ${id}, which is in force: ${bullet.trim().slice(0, 24)}`,
      })),
  )
}

/**
 * The table of SECURITY.md that says how each rule is held: `| S1 | about | yes | how |`, every rule, as far as it is.
 */
export function checkHeld(document: string, security: string): Violation[] {
  const report = (reason: string): Violation => ({ file: 'SECURITY.md', rule: 'requirements', reason })
  const rows = [...security.matchAll(/^\| (S\d{1,2}) \|[^|]+\| (\w+) \|/gm)]
  const held = new Map(rows.map(([, id = '', word = '']) => [id, WORDS[word]]))
  const rules = readRequirements(document).filter(({ id }) => /^S\d/.test(id))
  return [
    ...rules.filter(({ id }) => !held.has(id)).map(({ id }) => report(`says nothing of ${id}`)),
    ...rules
      .filter(({ id, state }) => held.has(id) && held.get(id) !== state)
      .map(({ id, state }) => report(`${id} is ${state} in ${FILE}`)),
  ]
}
