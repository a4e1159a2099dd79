import { posix } from 'node:path'
import { type Expression, type ModuleExportName, type Program, parseSync, Visitor } from 'oxc-parser'

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

/** Reads what the judge looks at. A text that breaks off is read as far as it goes. */
export function readSource(path: string, text: string): Source {
  const parsed = parseSync(path, text)
  const comments = parsed.comments.map(({ start, end }) => ({
    text: text.slice(start, end),
    line: lineAt(text, start),
  }))
  const blanked = (code: string, { start, end }: Range) => {
    return code.slice(0, start) + code.slice(start, end).replace(/[^\n]/g, ' ') + code.slice(end)
  }
  return { path, text, code: parsed.comments.reduce(blanked, text), comments, imports: importsOf(parsed.program, text) }
}

/** Models are no TypeScript: their comments alone, one a line. */
export function readModels(path: string, text: string): Source {
  const comments = text.split('\n').flatMap((content, index) => {
    const comment = /^\s*(\/\/.*)$/.exec(content)?.[1]
    return comment === undefined ? [] : [{ text: comment, line: index + 1 }]
  })
  return { path, text, code: '', comments, imports: [] }
}

interface Range {
  start: number
  end: number
}

function importsOf(program: Program, text: string): Import[] {
  const imports: Import[] = []
  const add = (from: string | null, { start }: Range, typeOnly: boolean, names: readonly string[]) => {
    if (from !== null) imports.push({ from, typeOnly, names, line: lineAt(text, start) })
  }
  new Visitor({
    ImportDeclaration(node) {
      const names = node.specifiers.flatMap((each) => {
        if (each.type === 'ImportSpecifier') return [nameOf(each.imported)]
        return each.type === 'ImportNamespaceSpecifier' ? ['*'] : []
      })
      add(node.source.value, node, node.importKind === 'type', names)
    },
    ExportNamedDeclaration(node) {
      const names = node.specifiers.map((each) => nameOf(each.local))
      add(node.source?.value ?? null, node, node.exportKind === 'type', names)
    },
    ExportAllDeclaration(node) {
      add(node.source.value, node, node.exportKind === 'type', ['*'])
    },
    ImportExpression(node) {
      add(textOf(node.source), node, false, ['*'])
    },
    CallExpression(node) {
      const [first] = node.arguments
      const isRequire = node.callee.type === 'Identifier' && node.callee.name === 'require'
      if (isRequire && first !== undefined && first.type !== 'SpreadElement') add(textOf(first), node, false, ['*'])
    },
    TSImportType(node) {
      add(node.source.value, node, true, ['*'])
    },
  }).visit(program)
  return imports
}

function nameOf(name: ModuleExportName): string {
  return name.type === 'Literal' ? name.value : name.name
}

/** What a string, or a template without holes, says. */
function textOf(expression: Expression): string | null {
  if (expression.type === 'Literal') return typeof expression.value === 'string' ? expression.value : null
  if (expression.type !== 'TemplateLiteral' || expression.expressions.length > 0) return null
  return expression.quasis[0]?.value.cooked ?? null
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
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
