import { posix } from 'node:path'

export interface Import {
  /** As written: `../kernel/result`, `@/lib/web/gate/guard`, `zod`. */
  from: string
  /** Leaves nothing behind at run time; `import { type A }` does leave the import itself. */
  typeOnly: boolean
  /** What the braces name, without `type` and `as`; `*` for a whole module. */
  names: readonly string[]
  line: number
}

export interface Source {
  path: string
  text: string
  /** The text with every comment blanked; lines stay where they are. */
  code: string
  comments: readonly { text: string; line: number }[]
  imports: readonly Import[]
}

const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:([\w$*{},\s]+?)\s+from\s+)?'([^'\n]+)'/gm
const CALL = /(typeof\s+)?\b(?:import|require)\(\s*(['"`])([^'"`\n]+)\2/g

/** Reads what the judge looks at. A scan and no parser: code is formatted, and imports stand at the start of lines. */
export function readSource(path: string, text: string): Source {
  const { code, comments } = splitComments(text)
  const statements = [...code.matchAll(STATEMENT)].map(({ 1: type, 2: clause = '', 3: from = '', index }): Import => {
    return { from, typeOnly: type !== undefined, names: namesOf(clause), line: lineAt(code, index) }
  })
  const calls = [...code.matchAll(CALL)].map(({ 1: type, 3: from = '', index }): Import => {
    return { from, typeOnly: type !== undefined, names: ['*'], line: lineAt(code, index) }
  })
  return { path, text, code, comments, imports: [...statements, ...calls] }
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function namesOf(clause: string): string[] {
  const inBraces = /\{([^}]*)\}/.exec(clause)?.[1] ?? ''
  const names = inBraces.split(',').map((each) =>
    each
      .trim()
      .replace(/^type\s+/, '')
      .replace(/\s+as\s+.*$/s, ''),
  )
  return [...names.filter((name) => name !== ''), ...(clause.includes('*') ? ['*'] : [])]
}

function splitComments(text: string): { code: string; comments: { text: string; line: number }[] } {
  const comments: { text: string; line: number }[] = []
  let code = ''
  for (let at = 0; at < text.length; ) {
    const end = stringEnd(text, at)
    if (end !== null) {
      code += text.slice(at, end)
      at = end
      continue
    }
    const until = commentEnd(text, at)
    if (until === null) {
      code += text.charAt(at)
      at += 1
      continue
    }
    const comment = text.slice(at, until)
    comments.push({ text: comment, line: lineAt(text, at) })
    code += comment.replace(/[^\n]/g, ' ')
    at = until
  }
  return { code, comments }
}

/** Where the string that begins here ends; null when none does: an apostrophe in JSX text has no partner on its line. */
function stringEnd(text: string, at: number): number | null {
  const quote = text.charAt(at)
  if (quote === '`') return templateEnd(text, at)
  if (quote !== "'" && quote !== '"') return null
  for (let next = at + 1; next < text.length; next += 1) {
    const sign = text.charAt(next)
    if (sign === '\n') return null
    if (sign === '\\') next += 1
    else if (sign === quote) return next + 1
  }
  return null
}

function templateEnd(text: string, at: number): number {
  let next = at + 1
  for (let depth = 0; next < text.length; next += 1) {
    const sign = text.charAt(next)
    if (sign === '\\') next += 1
    else if (depth === 0 && sign === '`') return next + 1
    else if (depth === 0 && text.startsWith('${', next)) {
      depth = 1
      next += 1
    } else if (depth > 0 && sign === '`') next = templateEnd(text, next) - 1
    else if (depth > 0 && sign === '{') depth += 1
    else if (depth > 0 && sign === '}') depth -= 1
  }
  return next
}

function commentEnd(text: string, at: number): number | null {
  // After a back slash or a colon it is a regular expression or an address.
  if (/[\\:]/.test(text.charAt(at - 1))) return null
  if (text.startsWith('//', at)) {
    const end = text.indexOf('\n', at)
    return end === -1 ? text.length : end
  }
  if (!text.startsWith('/*', at)) return null
  const end = text.indexOf('*/', at + 2)
  return end === -1 ? text.length : end + 2
}

/** The file of the repository that an import means, or null for a package. */
export function resolveImport(from: string, importer: string, known: ReadonlySet<string>): string | null {
  if (!/^(\.{1,2}|@)\//.test(from)) return null
  const base = from.startsWith('@/') ? from.slice(2) : posix.join(posix.dirname(importer), from)
  const endings = ['', '.ts', '.tsx', '/index.ts', '/index.tsx']
  return endings.map((ending) => `${base}${ending}`).find((path) => known.has(path)) ?? base
}

/** `zod` of `zod/v4`, `@prisma/client` of `@prisma/client/runtime`, `node:fs` of `node:fs/promises`. */
export function packageOf(from: string): string {
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Names of tests and of the groups around them, as written. */
export function testNames(source: Source): string[] {
  const call = /(?:\b(?:test|it|describe)(?:\.\w+)*\(|[\])\w]\)\()\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g
  return [...source.code.matchAll(call)].map((match) => match[2] ?? '')
}
