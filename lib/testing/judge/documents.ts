import { posix } from 'node:path'
import { actionsOf } from './code'
import type { Source } from './source'
import type { Violation } from './violation'

/** `app/(portal)/sign-in/page.tsx` is `/sign-in`. */
export function pathOf(file: string): string {
  const parts = file.split('/').slice(1, -1)
  return `/${parts.filter((part) => !/^\(.*\)$/.test(part)).join('/')}`
}

/** Items of a list, each as one line. */
function itemsOf(document: string): string[] {
  return [...document.matchAll(/^ *- .*(?:\n +(?!- )\S.*)*/gm)].map(([item]) => item.replace(/\n +/g, ' ').trim())
}

/**
 * The lists of ARCHITECTURE.md that map pages, routes and actions to files: complete, and nothing stale in them.
 * ``- `signIn`, `sendPasscode` in `app/(portal)/sign-in/actions.ts`: gate``
 */
export function checkMap(document: string, sources: readonly Source[]): Violation[] {
  const file = 'ARCHITECTURE.md'
  const rows = itemsOf(document).flatMap((item) => {
    const [, names = '', target = ''] = /^- ((?:`[^`]+`(?:, )?)+) in `(app\/[^`]+)`: \S/.exec(item) ?? []
    return [...names.matchAll(/`([^`]+)`/g)].map((match) => `${match[1]} in ${target}`)
  })
  const mapped = new Set(rows)
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

/**
 * Every folder of lib, given below it, has its sentence in ARCHITECTURE.md, a domain below its wing; and no other has.
 */
export function checkFolders(document: string, folders: readonly string[]): Violation[] {
  let wing = ''
  const told = itemsOf(document).flatMap((item) => {
    const [, top = '', below = ''] = /^- (?:\*\*`lib\/([\w-]+)`\*\*|`([\w-]+)`): \S/.exec(item) ?? []
    if (top !== '') wing = top
    else if (below === '') wing = ''
    if (wing === '') return []
    return [below === '' ? wing : `${wing}/${below}`]
  })
  const report = (reason: string): Violation => ({ file: 'ARCHITECTURE.md', rule: 'folders', reason })
  return [
    ...folders.filter((each) => !told.includes(each)).map((each) => report(`says nothing of lib/${each}`)),
    ...told.filter((each) => !folders.includes(each)).map((each) => report(`there is no lib/${each}`)),
  ]
}

/** Files and folders that a document names are there. */
export function checkPaths(document: string, file: string, isThere: (path: string) => boolean): Violation[] {
  return document.split('\n').flatMap((text, index) =>
    [...text.matchAll(/`((?:app|components|lib|prisma|e2e|docs)\/[^`\s]+)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !/[*<…]/.test(path) && !isThere(path))
      .map((path) => ({ file, line: index + 1, rule: 'paths', reason: `${path} is not there` })),
  )
}

/** Functions, types and constants that a document names are in the code. */
export function checkNames(document: string, file: string, words: ReadonlySet<string>): Violation[] {
  return document.split('\n').flatMap((text, index) =>
    [...text.matchAll(/`([A-Za-z]+[A-Z_]\w*|[A-Z][a-z]\w+)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => !words.has(name))
      .map((name) => ({ file, line: index + 1, rule: 'names', reason: `${name} is nowhere in the code` })),
  )
}

/**
 * Names and where a document says they are, ``` `a`, `b` (`lib/c.ts`) ``` or ``` `a` in `lib/c` ```: they are there.
 */
export function checkHomes(document: string, file: string, isIn: (name: string, path: string) => boolean): Violation[] {
  const told = document
    .replace(/\n +/g, ' ')
    .matchAll(/((?:`\w+`(?:, | and )?)+) (?:\(|in )`((?:app|components|lib)\/[^`]+)`/g)
  return [...told].flatMap(([, names = '', path = '']) =>
    [...names.matchAll(/`(\w+)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => !isIn(name, path))
      .map((name) => ({ file, rule: 'homes', reason: `${name} is not in ${path}` })),
  )
}

const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

/** Links within the repository lead to a file that is there, and to one of its headings. */
export function checkLinks(document: string, file: string, textOf: (path: string) => string | null): Violation[] {
  return document.split('\n').flatMap((text, index) =>
    [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)/g)].flatMap(([, target = '', anchor]) => {
      const path = target === '' ? file : posix.join(posix.dirname(file), target)
      const there = path === file ? document : textOf(path)
      const slugs = [...(there ?? '').matchAll(/^#+ (.*)$/gm)].map((match) => slugOf(match[1] ?? ''))
      if (there !== null && (anchor === undefined || slugs.includes(anchor))) return []
      return [{ file, line: index + 1, rule: 'links', reason: `${path}${anchor ? `#${anchor}` : ''} is not there` }]
    }),
  )
}

const WIDTH = 120

/** Lines of a document fit; a heading cannot be broken, nor a row of a table, nor what is there to be copied. */
export function checkWidth(document: string, file: string): Violation[] {
  let inCode = false
  return document.split('\n').flatMap((text, index) => {
    if (text.startsWith('```')) inCode = !inCode
    const width = Array.from(text).length
    if (width <= WIDTH || /^[#|]/.test(text) || inCode) return []
    return [{ file, line: index + 1, rule: 'width', reason: `has ${width} columns, ${WIDTH} fit` }]
  })
}

/** A comment fits as code does: the formatter leaves it alone. */
export function checkComments({ path, text, comments }: Pick<Source, 'path' | 'text' | 'comments'>): Violation[] {
  const lines = text.split('\n')
  const taken = comments.flatMap((each) => each.text.split('\n').map((_, index) => each.line + index))
  return taken.flatMap((line) => {
    const width = Array.from(lines[line - 1] ?? '').length
    if (width <= WIDTH) return []
    return [{ file: path, line, rule: 'width', reason: `a comment has ${width} columns, ${WIDTH} fit` }]
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
