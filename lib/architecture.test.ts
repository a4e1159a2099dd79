import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'
import { compare } from 'semver'
import { describe, expect, test } from 'vitest'
import { KEY_PURPOSES } from './core/crypto/keys'
import { ENVIRONMENT_NAMES } from './core/env'
import {
  CODE_RULES,
  checkActions,
  checkCode,
  checkDoor,
  checkGates,
  GATES_IN_RUN,
  PUBLIC_DOORS,
} from './testing/judge/code'
import { CYCLE_EXCEPTIONS, checkCycles } from './testing/judge/cycles'
import {
  checkComments,
  checkEnvironment,
  checkFolders,
  checkHomes,
  checkLinks,
  checkMap,
  checkNames,
  checkPaths,
  checkWidth,
  pathOf,
} from './testing/judge/documents'
import { checkLimits, checkTimesInWords, readLimits } from './testing/judge/limits'
import { checkExports, checkLength, checkSkips } from './testing/judge/names'
import {
  checkFloors,
  checkPackages,
  checkProduction,
  FLOORS,
  type Manifest,
  type Packages,
} from './testing/judge/packages'
import {
  checkDocument,
  checkHeld,
  checkIds,
  checkKnownLimits,
  checkOutside,
  checkRequirements,
  checkWords,
  readRequirements,
} from './testing/judge/requirements'
import { checkImports, checkVocabulary, EXCEPTIONS, isTest, locate } from './testing/judge/rings'
import { readModels, readSource, type Source, testNames } from './testing/judge/source'
import { sentenceOf, type Violation } from './testing/judge/violation'
import { checkWriters, WRITER_EXCEPTIONS } from './testing/judge/writers'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const readJson = (path: string) => JSON.parse(read(path))

function filesIn(folder: string, ending = /\.tsx?$/): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}

const paths = [
  ...['app', 'components', 'lib', 'e2e', 'prisma'].flatMap((folder) => filesIn(folder)),
  ...['instrumentation.ts', 'proxy.ts'].filter((path) => existsSync(join(root, path))),
]
const known: ReadonlySet<string> = new Set(paths)
const sources = paths
  .filter((path) => !path.startsWith('prisma/generated/'))
  .map((path) => readSource(path, read(path)))
const schema = readModels('prisma/schema.prisma', read('prisma/schema.prisma'))
/** Known limits that cite a rule in force, by their first words: what is left beside the rule. */
const BESIDE_THE_RULE: ReadonlySet<string> = new Set([
  'S13: A password whose hash an',
  'S26: A browser carries five m',
  "P4: A team member's factors ",
])
// This file quotes tests and rules that break the rules.
const testNamesIn = (source: Source) => (isTest(source.path) ? testNames(source) : [])
const tests = sources.filter(({ path }) => isTest(path) && path !== 'lib/architecture.test.ts')
/** Comments of migrations, and of files beside package.json. */
const further = [
  ...filesIn('prisma/migrations', /\.sql$/).map((path) => readModels(path, read(path).replace(/^-- ?/gm, '/// '))),
  ...readdirSync(root)
    .filter((name) => /\.(ts|mjs|js)$/.test(name) && !paths.includes(name))
    .map((path) => readSource(path, read(path))),
]
const commented = [...further, ...sources.filter(({ path }) => path !== 'lib/architecture.test.ts'), schema]
const product = sources.filter((source) => /^(app|components|lib)\//.test(source.path) || !source.path.includes('/'))

/** The wing of a file of lib, and its domain. */
function folderOf(path: string): string[] {
  const [top, ...parts] = path.split('/').slice(0, -1)
  if (top !== 'lib' || parts[0] === undefined) return []
  return parts.length === 1 ? [parts[0]] : [parts[0], `${parts[0]}/${parts[1]}`]
}

const documents = ['', 'docs/'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}${name}`),
)
const requirements = read('docs/requirements.md')

/** What was found, in sentences: an empty list, or what to read. */
const told = (violations: readonly Violation[]) => violations.map(sentenceOf)

describe('this repository', () => {
  test('holds the files that the judge looks at', () => {
    expect(product.length).toBeGreaterThan(100)
    expect(tests.length).toBeGreaterThan(20)
    for (const path of [
      'lib/web/gate/guard.ts',
      'lib/authentication/signin/rules.ts',
      'app/(portal)/sign-in/actions.ts',
    ]) {
      expect(known).toContain(path)
    }
  })

  test('every file can be read to its end, so that nothing in it is overlooked', () => {
    const broken = sources.filter(({ path, text }) => parseSync(path, text).errors.length > 0)
    expect(broken.map(({ path }) => path)).toEqual([])
  })

  test('imports point inwards, and no exception stands without a need', () => {
    const used = new Set<string>()
    expect(told(product.flatMap((source) => checkImports(source, known, used)))).toEqual([])
    expect([...used].sort()).toEqual(EXCEPTIONS.map(({ file, to }) => `${file} → ${to}`).sort())
  })

  test('each table is written by one domain, and no exception stands without a need', () => {
    const used = new Set<string>()
    expect(told(checkWriters(product, read('prisma/schema.prisma'), used))).toEqual([])
    expect([...used].sort()).toEqual(WRITER_EXCEPTIONS.map(({ file, table }) => `${file}: ${table}`).sort())
  })

  test('domains hold the closed vocabulary of files, and there are no barrels', () => {
    expect(told(product.flatMap(checkVocabulary))).toEqual([])
  })

  test('no circle of value imports, and no exception stands without a need', () => {
    expect(told(checkCycles(product))).toEqual([])
    for (const exception of CYCLE_EXCEPTIONS) {
      const others = CYCLE_EXCEPTIONS.filter((each) => each !== exception)
      expect(checkCycles(product, others), exception.file).not.toEqual([])
    }
  })

  test('a product file above 300 lines says why', () => {
    const files = product.filter(({ path }) => !isTest(path) && !path.startsWith('lib/testing/'))
    expect(told(files.flatMap(checkLength))).toEqual([])
  })

  test('no name is exported twice', () => {
    expect(told(checkExports(product.filter(({ path }) => !isTest(path) && !path.startsWith('lib/testing/'))))).toEqual(
      [],
    )
  })

  test('no test is skipped', () => {
    expect(told(tests.flatMap(checkSkips))).toEqual([])
  })

  test('code says nothing that the rules forbid, and no exception stands without a need', () => {
    const used = new Set<string>()
    expect(told(product.flatMap((source) => checkCode(source, used)))).toEqual([])
    const exceptions = CODE_RULES.flatMap(({ rule, except = {} }) =>
      Object.keys(except).map((file) => `${rule}: ${file}`),
    )
    expect([...used].sort()).toEqual([...new Set(exceptions)].sort())
  })

  test('every action is one defineAction, defineAdminAction or defineButton', () => {
    expect(told(product.flatMap(checkActions))).toEqual([])
  })

  test('no action calls a gate in `run`, and no exception stands without a need', () => {
    const used = new Set<string>()
    expect(told(product.flatMap((source) => checkGates(source, used)))).toEqual([])
    expect([...used].sort()).toEqual(Object.keys(GATES_IN_RUN).sort())
  })

  test('every page awaits a loader and every route a gate, but for those listed as public', () => {
    expect(told(product.flatMap(checkDoor))).toEqual([])
    for (const path of Object.keys(PUBLIC_DOORS)) expect(known).toContain(path)
  })

  test('ARCHITECTURE.md maps every page, route and action to its file, and nothing else', () => {
    expect(told(checkMap(read('ARCHITECTURE.md'), product))).toEqual([])
  })

  test('ARCHITECTURE.md says of every folder of lib what it is for', () => {
    const domains = new Set(product.flatMap(({ path }) => folderOf(path)))
    expect(told(checkFolders(read('ARCHITECTURE.md'), [...domains]))).toEqual([])
  })

  test('every file and folder that a document names is there', () => {
    const isThere = (path: string) => existsSync(join(root, path))
    const checked = documents.filter((path) => !/^(DECISIONS|CHANGELOG)/.test(path))
    expect(told(checked.flatMap((path) => checkPaths(read(path), path, isThere)))).toEqual([])
  })

  test('every function, type and constant that a document names is in the code', () => {
    const words = new Set([...sources.map(({ code }) => code), schema.text].flatMap((text) => text.match(/\w+/g) ?? []))
    const checked = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/permissions.md']
    expect(told(checked.flatMap((path) => checkNames(read(path), path, words)))).toEqual([])
  })

  test('every name that a document places in a file or folder is there', () => {
    const isIn = (name: string, path: string) =>
      sources.some((each) => `${each.path}/`.startsWith(`${path}/`) && new RegExp(`\\b${name}\\b`).test(each.code))
    const checked = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/permissions.md']
    expect(told(checked.flatMap((path) => checkHomes(read(path), path, isIn)))).toEqual([])
  })

  test('every link from document to document leads to a heading or file that is there', () => {
    const textOf = (path: string) => (existsSync(join(root, path)) ? read(path) : null)
    expect(told(documents.flatMap((path) => checkLinks(read(path), path, textOf)))).toEqual([])
  })

  test('docs/requirements.md holds each id once, and what is in force is in the name of a test', () => {
    const limits = new Set(readLimits(read('SECURITY.md')).map(({ id }) => id))
    expect(told(checkRequirements(requirements, tests.flatMap(testNames), limits))).toEqual([])
  })

  test('comments, names of tests and documents cite only ids that docs/requirements.md holds', () => {
    const cited = [
      ...commented.flatMap((source) => checkIds(requirements, source, testNamesIn(source))),
      ...documents.flatMap((path) => checkDocument(requirements, path, read(path))),
    ]
    expect(told(cited)).toEqual([])
  })

  test('comments and names of tests cite no document that is not here, and no comment is an id alone', () => {
    const held = new Set(documents)
    expect(told(commented.flatMap((source) => checkOutside(held, source, testNamesIn(source))))).toEqual([])
    expect(told(commented.flatMap(checkWords))).toEqual([])
  })

  test('no known limit in SECURITY.md is of a rule in force, but those that say what stays beside it', () => {
    const left = checkKnownLimits(requirements, read('SECURITY.md'), BESIDE_THE_RULE)
    expect(told(left)).toEqual([])
    for (const reason of BESIDE_THE_RULE) {
      const others = new Set([...BESIDE_THE_RULE].filter((each) => each !== reason))
      expect(checkKnownLimits(requirements, read('SECURITY.md'), others)).toHaveLength(1)
    }
  })

  test('SECURITY.md says of every S rule how it is held', () => {
    expect(told(checkHeld(requirements, read('SECURITY.md')))).toEqual([])
  })

  test('every limit in SECURITY.md is the value of the constant beside it', async () => {
    const limits = readLimits(read('SECURITY.md'))
    expect(limits.length).toBeGreaterThan(50)
    const modules = new Map<string, Record<string, unknown>>()
    for (const path of new Set(limits.map((limit) => limit.path))) {
      if (path.endsWith('.ts') && known.has(path)) modules.set(path, await import(join(root, path)))
    }
    const constantOf = (path: string, name: string) => modules.get(path)?.[name]
    expect(told(checkLimits(read('SECURITY.md'), 'SECURITY.md', constantOf))).toEqual([])
    expect(told(checkTimesInWords(read('SECURITY.md'), 'SECURITY.md'))).toEqual([])
  })

  test('SECURITY.md lists the keys that are derived, each with its algorithm (ASVS 11.1.2)', () => {
    const keys = /^## Keys$(.*?)^## /ms.exec(read('SECURITY.md'))?.[1] ?? ''
    const purposes = [...keys.matchAll(/^\| `([\w-]+)` \|[^|]*[^|\s][^|]*\|[^|]*[^|\s][^|]*\|/gm)].map(
      (match) => match[1],
    )
    expect(purposes.sort()).toEqual([...KEY_PURPOSES].sort())
  })

  test('lines of documents and of comments fit', () => {
    expect(told(documents.flatMap((path) => checkWidth(read(path), path)))).toEqual([])
    const own = further.filter(({ path }) => !path.endsWith('.sql'))
    expect(told([...own, ...sources, schema].flatMap(checkComments))).toEqual([])
  })

  test('.env.example and the operators’ guide name exactly the settings that lib/core/env.ts reads', () => {
    expect(told(checkEnvironment(read('.env.example'), ENVIRONMENT_NAMES))).toEqual([])
    const rows = [...read('docs/operators.md').matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map((match) => match[1])
    expect(rows.sort()).toEqual([...ENVIRONMENT_NAMES].sort())
  })

  test('no locked package is below its floor', () => {
    expect(told(checkFloors(readJson('package-lock.json').packages, readJson('package.json')))).toEqual([])
  })

  test('packages: no address in the lock, one exact version each, a decision about each install script', () => {
    expect(told(checkPackages(readJson('package-lock.json').packages, readJson('package.json')))).toEqual([])
  })

  test('nothing that runs in production needs a development dependency', () => {
    expect(told(checkProduction(sources, readJson('package.json')))).toEqual([])
  })
})

// The judge, judged: each rule fires on a snippet that breaks it and stays quiet on one that does not.

const source = (path: string, ...lines: string[]): Source => readSource(path, `${lines.join('\n')}\n`)
const rulesOf = (violations: readonly Violation[]) => violations.map(({ rule }) => rule)

/** The rules that an import in this file breaks. */
const importing = (path: string, line: string) => rulesOf(checkImports(source(path, line), known))

describe('what the judge reads', () => {
  test('every form of an import, with its names and whether it is gone at run time', () => {
    const read = source(
      'lib/a.tsx',
      "import 'a'",
      "import type { A } from 'b'",
      'import {',
      '  type B,',
      '  c as d,',
      "} from 'c'",
      "import e, * as f from 'd'",
      "export { g as h } from 'e'",
      "export type * from 'f'",
      "const i = await import('g')",
      'const j = require(`h`)',
      "type K = typeof import('i')",
      "type L = import('j').L",
      "import m from './m.json' with { type: 'json' }",
    )
    expect(read.imports.map(({ from, typeOnly, names, line }) => [line, from, typeOnly, names.join()])).toEqual([
      [1, 'a', false, ''],
      [2, 'b', true, 'A'],
      [3, 'c', false, 'B,c'],
      [7, 'd', false, '*'],
      [8, 'e', false, 'g'],
      [9, 'f', true, '*'],
      [10, 'g', false, '*'],
      [11, 'h', false, '*'],
      [12, 'i', true, '*'],
      [13, 'j', true, '*'],
      [14, './m.json', false, ''],
    ])
  })

  test('comments are none of the code, and what only looks like one is none', () => {
    const text = [
      "const a = 'it // is' // one",
      'const b = <p>don’t // two</p>',
      'const c = /["\'`]/.test(a) /* three */',
      `const d = \`\${a /* four */} // no\` // five`,
      "// import { e } from 'six'",
    ]
    const read = source('lib/a.tsx', ...text)
    expect(read.comments.map((each) => each.text)).toEqual([
      '// one',
      '/* three */',
      '/* four */',
      '// five',
      "// import { e } from 'six'",
    ])
    expect(read.code).not.toMatch(/one|three|four|five|six/)
    expect(read.code).toMatch(/it \/\/ is.*two.*no/s)
    expect(read.imports).toEqual([])
  })
})

describe('the judge on imports', () => {
  test.each([
    ['lib/core/kernel/time.ts', "import { z } from 'zod'"],
    ['lib/core/kernel/time.ts', "import { hmac } from '../crypto/digest'"],
    ['lib/core/crypto/seal.ts', "import { effectivePolicy } from '../../identity/user/rules'"],
    ['lib/core/crypto/seal.ts', "import { readFileSync } from 'node:fs'"],
    ['lib/core/otp/totp.ts', "import { hashRaw } from '@node-rs/argon2'"],
    ['lib/identity/user/types.ts', "import { effectivePolicy } from './rules'"],
    ['lib/identity/user/rules.ts', "import { z } from 'zod'"],
    ['lib/identity/user/rules.ts', "import { readFileSync } from 'node:fs'"],
    ['lib/identity/user/rules.ts', "import type { Db } from '../../core/db'"],
    ['lib/identity/user/rules.ts', "import { personById } from './service'"],
    ['lib/identity/user/rules.ts', "import { cookies } from 'next/headers'"],
    ['lib/identity/user/rules.ts', "import { emailField } from './schema'"],
    ['lib/identity/user/schema.ts', "import { personById } from './service'"],
    ['lib/identity/user/store.ts', "import { transact } from '../../core/db'"],
    ['lib/identity/user/store.ts', "import * as db from '../../core/db'"],
    ['lib/identity/user/store.ts', "import '../../core/db'"],
    ['lib/identity/user/store.ts', "import { effectivePolicy } from './rules'"],
    ['lib/identity/user/store.ts', "import { METHODS } from '../../authentication/session/types'"],
    ['lib/identity/user/store.ts', "import { personById } from './service'"],
    ['lib/identity/user/service.ts', "import { readProcessConfig } from '../../core/env'"],
    ['lib/identity/user/service.ts', "import type { Config } from '../../core/env'"],
    ['lib/identity/user/service.ts', "import { redirect } from 'next/navigation'"],
    ['lib/identity/user/service.ts', "import { cache } from 'react'"],
    ['lib/identity/user/service.ts', "import { assured } from '../../web/gate/guard'"],
    ['lib/identity/user/service.ts', "import { startWorker } from '../../job/worker'"],
    ['lib/identity/user/service.ts', "import { log } from '../../core/log'"],
    [
      'lib/identity/user/service.ts',
      "import { createDirectoryTransport } from '../../messaging/mail/directory-transport'",
    ],
    ['lib/identity/user/service.ts', "const { log } = await import('../../core/log')"],
    ['lib/messaging/mail/messages.ts', "import type { DbOrTx } from '../../core/db'"],
    ['lib/messaging/mail/messages.ts', "import { translator } from '../../web/text'"],
    ['lib/messaging/mail/types.ts', "import { localeOf } from '../../i18n/locales'"],
    ['lib/i18n/translate.ts', "import { headers } from 'next/headers'"],
    ['lib/web/gate/guard.ts', "import { Button } from '@/components/ui/button'"],
    ['lib/web/gate/guard.ts', "import { signOut } from '@/app/actions'"],
    ['lib/web/gate/guard.ts', "import { main } from '../../cli/main'"],
    ['lib/web/words/enrol-texts.ts', "import { EnrolForm } from '@/components/portal/enrol-form'"],
    ['lib/cli/main.ts', "import { assured } from '../web/gate/guard'"],
    ['lib/cli/main.ts', "import { cookies } from 'next/headers'"],
    ['lib/job/worker.ts', "import { assured } from '../web/gate/guard'"],
    ['lib/job/worker.ts', "import { readProcessConfig } from '../core/env'"],
    ['lib/job/worker.ts', "import { main } from '../cli/main'"],
    ['app/page.tsx', "import { personById } from '@/lib/identity/user/service'"],
    ['app/page.tsx', "import type { Deps } from '@/lib/core/deps'"],
    ['app/api/v1/me/route.ts', "import { createDb } from '@/lib/core/db'"],
    ['app/(portal)/sign-in/actions.ts', "import { readProcessConfig } from '@/lib/core/env'"],
    ['components/portal/enrol-form.tsx', "import { personById } from '@/lib/identity/user/service'"],
    ['components/portal/enrol-form.tsx', "import type { Started } from '@/lib/authentication/signin/start/service'"],
    ['components/portal/enrol-form.tsx', "import { reader } from '@/lib/web/words/reader'"],
    ['components/portal/enrol-form.tsx', "import { signOut } from '@/app/actions'"],
    ['components/portal/enrol-form.tsx', "import { effectivePolicy } from '@/lib/identity/user/rules'"],
    ['components/portal/enrol-form.tsx', "import { z } from 'zod'"],
    ['components/ui/button.tsx', "import { Wordmark } from '../shell/wordmark'"],
    ['components/ui/button.tsx', "import type { Person } from '@/lib/identity/user/types'"],
    ['lib/core/deps.ts', "import { createDb } from './db'"],
    ['lib/core/log.ts', "import { readProcessConfig } from './env'"],
    ['instrumentation.ts', "import { boot } from './lib/core/boot'"],
  ])('%s with %s breaks the rings', (path, line) => {
    expect(importing(path, line)).toEqual(['rings'])
  })

  test.each([
    ['lib/identity/user/rules.ts', "import { personById } from './store'", 'rings'],
    ['lib/identity/user/service.ts', "import { findTenantBySlug } from '../tenant/store'", 'stores'],
    ['lib/authentication/session/store.ts', "import { findPersonByEmail } from '../../identity/user/store'", 'stores'],
    ['lib/web/gate/guard.ts', "import { findTenantBySlug } from '../../identity/tenant/store'", 'stores'],
    ['lib/cli/people.ts', "import { findTenantBySlug } from '../identity/tenant/store'", 'stores'],
    ['app/(portal)/sign-in/actions.ts', "import { findPersonByEmail } from '@/lib/identity/user/store'", 'stores'],
    ['lib/identity/user/service.ts', "import { testWorld } from '../../testing/world'", 'tests'],
    ['lib/web/server/serve.ts', "import { run } from '../../cli/testing'", 'tests'],
    ['app/page.tsx', "import { portal } from '@/e2e/support/portal'", 'tests'],
    ['lib/identity/user/store.ts', "import { PrismaClient } from '@prisma/client'", 'one home'],
    ['lib/cli/doctor.ts', "import pg from 'pg'", 'one home'],
    ['lib/job/worker.ts', "import { spawn } from 'node:child_process'", 'one home'],
    ['lib/cli/doctor.ts', "import { spawn } from 'child_process'", 'one home'],
    ['lib/web/gate/action.ts', "import { mint } from '../../core/kernel/proof'", 'proofs'],
    ['lib/web/loaders/portal.ts', "import { mint as make } from '../../core/kernel/proof'", 'proofs'],
    ['lib/identity/tenant/service.ts', "import * as proof from '../../core/kernel/proof'", 'proofs'],
    ['lib/identity/tenant/service.ts', "const { mint } = await import('../../core/kernel/proof')", 'proofs'],
  ])('%s with %s is refused: %s', (path, line, rule) => {
    expect(importing(path, line)).toEqual([rule])
  })

  test.each([
    ['lib/core/kernel/ids.ts', "import type { RandomBytes } from './random'"],
    ['lib/core/crypto/seal.ts', "import { createCipheriv } from 'node:crypto'"],
    ['lib/core/otp/totp.ts', "import { TOTP } from 'otpauth'"],
    ['lib/identity/user/types.ts', "import type { EffectivePolicy } from './rules'"],
    ['lib/identity/user/rules.ts', "import { strictest } from '../policy/rules'"],
    ['lib/identity/user/rules.ts', "import type { TypePolicy } from '../policy/types'"],
    ['lib/credentials/password/rules.ts', "import common from './common-passwords.json'"],
    ['lib/identity/user/schema.ts', "import { z } from 'zod'"],
    ['lib/identity/user/store.ts', "import { type DbOrTx, Prisma } from '../../core/db'"],
    ['lib/identity/user/store.ts', "import type { Role } from './types'"],
    ['lib/authentication/session/store.ts', "import { METHODS } from './types'"],
    ['lib/identity/user/service.ts', "import { insertPerson } from './store'"],
    ['lib/identity/user/service.ts', "import type { Deps } from '../../core/deps'"],
    ['lib/identity/user/service.ts', "import { transact } from '../../core/db'"],
    ['lib/identity/user/service.ts', "import { recordEvent } from '../../audit/service'"],
    ['lib/identity/user/service.ts', "import { enqueueMail } from '../../messaging/mail/outbox-service'"],
    ['lib/messaging/mail/directory-transport.ts', "import { mkdir } from 'node:fs/promises'"],
    ['lib/messaging/mail/outbox-store.ts', "import type { DbOrTx } from '../../core/db'"],
    ['lib/messaging/mail/outbox-service.ts', "import { renderMail } from './messages'"],
    ['lib/messaging/mail/messages.ts', "import { translator } from '../../i18n/translate'"],
    ['lib/messaging/mail/types.ts', "import type { Locale } from '../../i18n/locales'"],
    ['lib/i18n/translate.ts', "import { createTranslator } from 'use-intl/core'"],
    ['lib/i18n/translate.ts', "import en from './messages/en.json'"],
    ['lib/web/gate/guard.ts', "import { mint } from '../../core/kernel/proof'"],
    ['lib/cli/world.ts', "import { mint } from '../core/kernel/proof'"],
    ['lib/job/worker.ts', "import { mint } from '../core/kernel/proof'"],
    ['lib/authentication/session/types.ts', "import type { Proof } from '../../core/kernel/proof'"],
    ['lib/web/server/serve.ts', "import { createServer } from 'node:http'"],
    ['lib/web/words/enrol-texts.ts', "import type { EnrolTexts } from '@/components/portal/enrol-form'"],
    ['app/(portal)/sign-in/actions.ts', "import { cancelSignIn } from '@/lib/authentication/signin/attempt/service'"],
    ['app/page.tsx', "import { loadHome } from '@/lib/web/loaders/portal'"],
    ['app/page.tsx', "import { MINIMUM_ALONE } from '@/lib/credentials/password/rules'"],
    ['app/layout.tsx', "import './globals.css'"],
    ['components/shell/banner.tsx', "import { Icon } from '../ui/icon'"],
    ['components/portal/enrol-form.tsx', "import type { Person } from '@/lib/identity/user/types'"],
    ['lib/identity/user/service.test.ts', "import { spawn } from 'node:child_process'"],
    ['lib/testing/world.ts', "import { mint } from '../core/kernel/proof'"],
  ])('%s with %s is as it should be', (path, line) => {
    expect(importing(path, line)).toEqual([])
  })

  test('a violation says file, line, rule and reason', () => {
    const [violation] = checkImports(source('lib/identity/user/rules.ts', '', "import { z } from 'zod'"), known)
    expect(violation && sentenceOf(violation)).toBe(
      'lib/identity/user/rules.ts:2 [rings] rules (imports the kernel, types, rules, lib/core/crypto, lib/core/otp and pure libraries) may not import zod',
    )
  })
})

describe('the judge on files', () => {
  test.each([
    ['lib/identity/user/helpers.ts', 'vocabulary'],
    ['lib/identity/user/rules/deep.ts', 'vocabulary'],
    ['lib/identity/user/a/b/rules.ts', 'vocabulary'],
    ['lib/newwing/rules.ts', 'vocabulary'],
    ['lib/newdomain/manager.ts', 'vocabulary'],
    ['lib/util.ts', 'vocabulary'],
    ['lib/web/anything.ts', 'vocabulary'],
    ['components/ui/index.ts', 'barrels'],
    ['app/index.tsx', 'barrels'],
  ])('%s is refused: %s', (path, rule) => {
    expect(rulesOf(checkVocabulary(source(path, 'export const a = 1')))).toEqual([rule])
  })

  test.each([
    ["export * from './rules'"],
    ["export { effectivePolicy } from './rules'"],
    ["export type { EffectivePolicy } from './rules'"],
    ["export * as rules from './rules'"],
    ['export {\n  effectivePolicy,\n} from "./rules"'],
  ])('a barrel is refused: %s', (line) => {
    expect(rulesOf(checkVocabulary(source('lib/identity/user/service.ts', line)))).toEqual(['barrels'])
  })

  test.each([
    'lib/identity/user/types.ts',
    'lib/identity/user/rules.test.ts',
    'lib/identity/user/flow.test.ts',
    'lib/identity/newdomain/rules.ts',
    'lib/identity/user/sub-concern/rules.ts',
    'lib/administration/report/service.ts',
    'lib/web/paths.ts',
    'lib/web/words/anything.ts',
    'lib/testing/judge/rings.ts',
    'lib/core/env.ts',
  ])('%s is as it should be', (path) => {
    expect(checkVocabulary(source(path, "import { a } from './b'", 'export { a }', 'export type { Db }'))).toEqual([])
  })

  test('a place is read from the path alone', () => {
    expect(locate('lib/identity/user/service.ts')).toMatchObject({ kind: 'service', folder: 'identity/user', wing: 4 })
    expect(locate('lib/messaging/mail/types.ts').kind).toBe('types')
    expect(locate('lib/messaging/mail/rules.ts').kind).toBe('rules')
    expect(locate('lib/cli/store.ts').kind).toBe('cli')
    expect(locate('lib/job/store.ts').kind).toBe('store')
    expect(locate('lib/identity/user/service.test.ts').kind).toBe('testing')
    expect(locate('prisma/generated/sqlite/client.ts').kind).toBe('generated')
  })
})

describe('the judge on circles', () => {
  const file = (path: string, ...imports: string[]) =>
    source(path, ...imports.map((from) => `import { x } from '${from}'`))

  test('between files', () => {
    const violations = checkCycles([
      file('lib/web/a.ts', './b'),
      file('lib/web/b.ts', './c'),
      file('lib/web/c.ts', './a'),
      file('lib/web/d.ts', './a'),
    ])
    expect(told(violations)).toEqual([
      'lib/web/a.ts [cycles] a circle of value imports: lib/web/a.ts → lib/web/b.ts → lib/web/c.ts → lib/web/a.ts',
    ])
  })

  const a = file('lib/a/service.ts', '../b/rules')
  const b = file('lib/b/service.ts', '../a/rules')
  const leaves = [file('lib/a/rules.ts'), file('lib/b/rules.ts')]

  test('between domains, even where no file closes it', () => {
    expect(told(checkCycles([a, b, ...leaves], []))).toEqual(['lib/a [cycles] a circle of value imports: a → b → a'])
  })

  test('an exception by file opens it; an import of types never closed it', () => {
    const exception = { file: 'lib/b/service.ts', to: 'lib/a/rules.ts', reason: 'because' }
    expect(checkCycles([a, b, ...leaves], [exception])).toEqual([])
    const types = source('lib/b/service.ts', "import type { X } from '../a/rules'")
    expect(checkCycles([a, types, ...leaves], [])).toEqual([])
    const inline = source('lib/b/service.ts', "import { type X } from '../a/rules'")
    expect(checkCycles([a, inline, ...leaves], [])).toHaveLength(1)
  })
})

describe('the judge on writers', () => {
  const models = 'model MailedLink {\n  id String @id\n\n  @@map("mailed_link")\n}\n'
  const owner = source('lib/credentials/link/store.ts', 'await db.mailedLink.create({ data })')
  const writers = (text: string, path = 'lib/identity/user/store.ts') =>
    checkWriters([owner, source(path, text)], models, new Set(), [])

  test.each([
    ['await db.mailedLink.update({ where, data })'],
    ['await inside.db.mailedLink\n  .deleteMany({ where })'],
    ['await tx.mailedLink.upsert({ where, create, update })'],
    ['await db.$executeRaw`UPDATE "mailed_link" SET "usedAt" = 1`'],
    ['await db.$executeRaw`INSERT INTO\n  "mailed_link" ("id") VALUES (1)`'],
    ['await db.$executeRaw`DELETE FROM "mailed_link"`'],
    ["await db.$executeRaw(insertion('mailed_link', row))"],
  ])('a second domain that writes is named, and so is the first: %s', (text) => {
    const both = 'mailedLink is written by lib/credentials/link and lib/identity/user'
    expect(writers(text)).toMatchObject([
      { file: 'lib/credentials/link/store.ts', rule: 'writers', reason: expect.stringContaining(both) },
      { file: 'lib/identity/user/store.ts', rule: 'writers', reason: expect.stringContaining(both) },
    ])
  })

  test.each([
    ['await db.mailedLink.findMany({ where })'],
    ['await db.$queryRaw`SELECT 1 FROM "mailed_link"`'],
    ['await cache.other.update({ where })'],
    ['// db.mailedLink.update({ where, data })'],
  ])('who reads, or writes something else, is no second writer: %s', (text) => {
    expect(writers(text)).toEqual([])
  })

  test('sub-concerns of a domain are one writer, and tests are none', () => {
    const text = 'await db.mailedLink.update({ where, data })'
    expect(writers(text, 'lib/credentials/link/opened/store.ts')).toEqual([])
    expect(writers(text, 'lib/identity/user/service.test.ts')).toEqual([])
  })

  test('an exception is needed where the table has another writer', () => {
    const exception = { file: 'lib/identity/user/store.ts', table: 'mailedLink', reason: 'because' }
    const other = source(exception.file, 'await db.mailedLink.update({ where, data })')
    const used = new Set<string>()
    expect(checkWriters([owner, other], models, used, [exception])).toEqual([])
    expect([...used]).toEqual(['lib/identity/user/store.ts: mailedLink'])
    const alone = new Set<string>()
    expect(checkWriters([other], models, alone, [exception])).toEqual([])
    expect([...alone]).toEqual([])
  })
})

describe('the judge on code', () => {
  const hole = (name: string) => `\${${name}}`
  const saying = (path: string, ...lines: string[]) => rulesOf(checkCode(source(path, ...lines)))

  test.each([
    ['lib/web/server/request.ts', 'const port = process.env.PORT', 'environment'],
    ['lib/web/server/request.ts', "const port = process['env'].PORT", 'environment'],
    ['lib/web/server/request.ts', 'const { env } = process', 'environment'],
    ['lib/web/server/request.ts', "import { env } from 'node:process'", 'environment'],
    ['lib/web/server/request.ts', 'const port = process?.env?.PORT', 'environment'],
    ['app/page.tsx', 'const mode = process.env.NODE_ENV', 'environment'],
    ['lib/core/boot.ts', 'const db = new PrismaClient({ adapter })', 'one client'],
    ['lib/cli/store.ts', 'const db = new SqliteClient({ adapter })', 'one client'],
    ['lib/web/server/deps.ts', 'const db = createDb({ url })', 'one client'],
    ['lib/identity/user/rules.ts', 'const now = Date.now()', 'clock'],
    ['lib/identity/user/store.ts', 'const now = new Date()', 'clock'],
    ['lib/identity/user/service.ts', 'const now = new Date( )', 'clock'],
    ['lib/messaging/mail/messages.ts', 'const now = new Date()', 'clock'],
    ['lib/job/worker.ts', 'const now = Date.now()', 'clock'],
    ['lib/core/crypto/seal.ts', 'const now = performance.now()', 'clock'],
    ['lib/identity/user/rules.ts', 'const pick = Math.random()', 'randomness'],
    ['lib/web/server/serve.ts', 'const pick = Math.random()', 'randomness'],
    ['components/ui/field.tsx', 'const id = Math.random()', 'randomness'],
    ['lib/identity/user/service.ts', 'const id = randomUUID()', 'randomness'],
    ['lib/core/crypto/token.ts', 'crypto.getRandomValues(bytes)', 'randomness'],
    ['lib/identity/user/rules.ts', 'export async function decide() {}', 'pure rules'],
    ['lib/identity/user/rules.ts', 'export function decide(): Promise<void> {}', 'pure rules'],
    ['lib/identity/user/store.ts', 'await db.$queryRawUnsafe(text)', 'raw queries'],
    ['lib/cli/store.ts', 'await db.$executeRawUnsafe(text)', 'raw queries'],
    ['lib/identity/user/store.ts', 'const where = Prisma.raw(text)', 'raw queries'],
    ['lib/identity/user/store.ts', `const where = Prisma.raw(\`"id" = ${hole('id')}\`)`, 'raw queries'],
    ['lib/identity/user/store.ts', 'const where = Prisma.raw("a" + b)', 'raw queries'],
    ['components/ui/card.tsx', '<p dangerouslySetInnerHTML={{ __html: text }} />', 'markup'],
    ['components/ui/card.tsx', 'element.innerHTML = text', 'markup'],
    ['components/ui/card.tsx', '<p style={{ width }} />', 'styles'],
    ['app/page.tsx', '<p style="color: red" />', 'styles'],
    ['lib/web/server/response.ts', 'const value = eval(text)', 'evaluation'],
    ['lib/web/server/response.ts', 'const value = new Function(text)', 'evaluation'],
    ['app/page.tsx', "  'use server'", 'actions'],
    ['lib/web/gate/action.ts', "'use server'", 'actions'],
    ['app/actions.ts', `return { to: \`/admin/${hole('tenant')}/people\` }`, 'addresses'],
    ['lib/web/gate/guard.ts', `redirect(\`/reauthenticate?return=${hole('path')}\`)`, 'addresses'],
    ['lib/web/gate/guard.ts', `redirect(\`/sign-in?return=${hole('path')}\`)`, 'addresses'],
    ['lib/identity/user/service.ts', 'console.log(user)', 'console'],
    ['lib/identity/user/service.ts', 'await transact(deps, async (inside) => add(inside))', 'transactions'],
    ['lib/identity/user/service.ts', 'await transactResult(deps, (tx) => add(deps, tx))', 'transactions'],
    ['lib/identity/user/service.ts', 'await transact({ db }, (deps) => add(db))', 'transactions'],
  ])('%s with %s is refused: %s', (path, line, rule) => {
    expect(saying(path, line)).toEqual([rule])
  })

  test.each([
    ['lib/core/env.ts', 'return process.env'],
    ['lib/identity/user/service.test.ts', 'const now = new Date(), port = process.env.PORT'],
    ['lib/testing/world.ts', 'const now = Date.now()'],
    ['lib/identity/user/rules.ts', 'const day = new Date(text)'],
    ['lib/identity/user/rules.ts', '// never process.env, never Date.now()'],
    ['lib/identity/user/rules.ts', '/** Math.random is', ' * not asked, nor new Date(). */'],
    ['lib/identity/user/store.ts', `const FIND = Prisma.raw(\`SELECT ${hole('PERSON_COLUMNS')} FROM "app_user"\`)`],
    ['lib/identity/user/store.ts', `await db.$queryRaw\`SELECT 1 WHERE "id" = ${hole('id')}\``],
    ['lib/core/crypto/token.ts', 'const bytes = random(32)'],
    ['lib/web/server/serve.ts', 'const now = Date.now()'],
    ['lib/identity/user/service.ts', 'await transactResult(deps, async (deps): Promise<Result> => add(deps))'],
    ['lib/identity/user/service.ts', 'await transact(deps, add, keeps)'],
    ['app/actions.ts', "'use server'"],
    ['app/(portal)/sign-in/actions.ts', "'use server'"],
    ['lib/identity/user/service.ts', 'export async function add(): Promise<void> {}'],
  ])('%s with %s is as it should be', (path, ...lines) => {
    expect(saying(path, ...lines)).toEqual([])
  })

  test('the line is told', () => {
    const [violation] = checkCode(
      source('lib/identity/user/rules.ts', '/*', '*/', 'const a = 1', 'const now = Date.now()'),
    )
    expect(violation?.line).toBe(4)
  })
})

describe('the judge on doors', () => {
  test.each([
    ['export const add = async (form: FormData) => {}'],
    ['export async function add(form: FormData) {}'],
    ['export default async function add(form: FormData) {}'],
    ['export function define() {}'],
    ["export { add } from './other'"],
    ['export const add = wrap(defineAction({}))'],
    ['export let add = defineAction({})'],
  ])('an action that is not one defineAction is refused: %s', (line) => {
    const violations = checkActions(source('app/(portal)/sign-in/actions.ts', "'use server'", '', line))
    expect(violations).toMatchObject([{ rule: 'actions', line: 3 }])
  })

  test('an actions.ts that does not begin with its directive is refused', () => {
    const lines = ["import { z } from 'zod'", "'use server'"]
    expect(rulesOf(checkActions(source('app/actions.ts', ...lines)))).toEqual(['actions'])
  })

  test('defineAction, defineButton and what is not exported are as they should be', () => {
    const lines = [
      "'use server'",
      'const HERE = 1',
      'export const a = defineAction({',
      'export const b = defineButton({',
    ]
    expect(checkActions(source('app/actions.ts', ...lines))).toEqual([])
    expect(checkActions(source('app/page.tsx', 'export default function Page() {}'))).toEqual([])
  })

  const action = (...run: string[]) =>
    source(
      'app/(admin)/new/actions.ts',
      "import { asFreshAdmin, currentPath, requireAssured, requireSteppedUp, tenantAdmin } from '@/lib/web/gate/guard'",
      "const steppedUp = () => requireSteppedUp('/here')",
      'export const add = defineAction({',
      '  schema,',
      '  gate: requireAssured,',
      ...run,
      '})',
    )

  test.each([
    [['  run: async (deps, actor, input) => add(deps, await tenantAdmin(input.tenant)),']],
    [
      [
        '  run: async (deps, admin, input) => {',
        '    const fresh = asFreshAdmin(admin)',
        '    return add(deps, fresh)',
        '  },',
      ],
    ],
    [['  run: async (deps) => add(deps, await steppedUp()),']],
    [['  async run(deps) {', '    return add(deps, await steppedUp())', '  },']],
    [['  run: (deps, actor) => [actor].map(asFreshAdmin),']],
  ])('%j is a gate in the wrong place', (run) => {
    expect(rulesOf(checkGates(action(...run)))).toEqual(['gates'])
  })

  test('a gate is where it belongs in `gate`, and no gate tells of the request alone', () => {
    expect(checkGates(action('  run: async (deps, actor) => add(deps, actor, await currentPath()),'))).toEqual([])
    const other = source(
      'app/(account)/actions.ts',
      "import { requireSteppedUp } from '@/lib/web/gate/guard'",
      'export const add = defineAction({',
      "  gate: () => requireSteppedUp('/here'),",
      '  run: async (deps, actor) => add(deps, actor),',
      '})',
    )
    expect(checkGates(other)).toEqual([])
    const whole = source('app/actions.ts', "import * as guard from '@/lib/web/gate/guard'")
    expect(rulesOf(checkGates(whole))).toEqual(['gates'])
  })

  test.each([
    ['app/new/page.tsx', 'export default function Page() {}'],
    ['app/new/page.tsx', "import { loadHome } from '@/lib/web/loaders/portal'"],
    ['app/new/page.tsx', "import type { loadHome } from '@/lib/web/loaders/portal'\nawait loadHome()"],
    ['app/new/page.tsx', "import { qrModules } from '@/lib/web/loaders/portal'\nawait qrModules()"],
    ['app/api/new/route.ts', 'export async function GET() {}'],
    ['app/api/new/route.ts', "import { assured } from '@/lib/web/gate/guard'\nassured()"],
    ['app/api/new/route.ts', "import { json } from '@/lib/web/server/response'\nawait json()"],
  ])('%s with %s has no gate', (path, text) => {
    expect(rulesOf(checkDoor(source(path, text)))).toEqual(['gates'])
  })

  test.each([
    ['app/new/page.tsx', "import { loadHome } from '@/lib/web/loaders/portal'\nawait loadHome()"],
    ['app/api/new/route.ts', "import { assured } from '@/lib/web/gate/guard'\nawait assured()"],
    ['app/api/csp-report/route.ts', 'export async function POST() {}'],
    ['app/layout.tsx', 'export default function Layout() {}'],
  ])('%s with %s is as it should be', (path, text) => {
    expect(checkDoor(source(path, text))).toEqual([])
  })
})

describe('the judge on documents', () => {
  const code = [
    source('app/(portal)/sign-in/page.tsx', ''),
    source('app/api/v1/me/route.ts', ''),
    source(
      'app/(portal)/sign-in/actions.ts',
      'export const signIn = defineAction({',
      'export const cancel = defineButton({',
    ),
  ]
  const map = [
    '- `/sign-in` in `app/(portal)/sign-in/page.tsx`: none',
    '- `/api/v1/me` in `app/api/v1/me/route.ts`: assured',
    '- `signIn`,\n  `cancel` in\n  `app/(portal)/sign-in/actions.ts`: visitor',
    '- `lib/web/*` in `lib/x.ts`: another list',
  ]

  test('a map that is complete and true is as it should be', () => {
    expect(checkMap(map.join('\n'), code)).toEqual([])
  })

  test.each([
    ['a page', 0, ['/sign-in in app/(portal)/sign-in/page.tsx is not in the map']],
    ['a route', 1, ['/api/v1/me in app/api/v1/me/route.ts is not in the map']],
  ])('%s that is missing is named', (_what, row, reasons) => {
    const violations = checkMap(map.filter((_, index) => index !== row).join('\n'), code)
    expect(violations.map(({ reason }) => reason)).toEqual(reasons)
  })

  test('an action that is missing, one that is gone and a page elsewhere are named', () => {
    const changed = map.join('\n').replace('`cancel`', '`leave`').replace('sign-in/page', 'login/page')
    expect(checkMap(changed, code).map(({ reason }) => reason.replace(/.* in (app|the)/, '$1'))).toHaveLength(4)
    expect(told(checkMap(changed, code)).join()).toMatch(/cancel in .* is not in the map.*leave in .* not in the code/)
  })

  test('the path of a page leaves out groups', () => {
    expect(pathOf('app/page.tsx')).toBe('/')
    expect(pathOf('app/(admin)/admin/[tenant]/page.tsx')).toBe('/admin/[tenant]')
  })

  const folders = '- **`lib/core`**: the core.\n  - `kernel`: small\n    things.\n- **`lib/web`**: the web.\n'

  test('a folder without a sentence and a sentence without a folder are named', () => {
    expect(checkFolders(folders, ['core', 'core/kernel', 'web'])).toEqual([])
    expect(checkFolders(folders, ['core', 'core/otp', 'web']).map(({ reason }) => reason)).toEqual([
      'says nothing of lib/core/otp',
      'there is no lib/core/kernel',
    ])
  })

  test('a path that is not there is named; a pattern and a place in a sentence are not paths', () => {
    const text = 'See `lib/a.ts`, `lib/gone.ts`,\n`lib/*/rules.ts`, `lib/x/<name>.ts` and lib/gone.'
    const violations = checkPaths(text, 'README.md', (path) => path === 'lib/a.ts')
    expect(told(violations)).toEqual(['README.md:1 [paths] lib/gone.ts is not there'])
  })

  test('a name that is nowhere in the code is named; a word of a sentence is none', () => {
    const words = new Set(['signIn', 'Proof', 'MAX_FEW'])
    const text = '`signIn`, `Proof`, `MAX_FEW`, `action` and `Retry-After`;\n`signOut`, `Gate`, `MAX_MANY`'
    expect(checkNames(text, 'README.md', words).map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '2 signOut is nowhere in the code',
      '2 Gate is nowhere in the code',
      '2 MAX_MANY is nowhere in the code',
    ])
  })

  test('a name that is not where a document says is named', () => {
    const text = 'Here `a`, `b` (`lib/c.ts`) and\n  `d` in `lib/e`; `f` alone, `g` (see `h`).'
    expect(checkHomes(text, 'README.md', () => true)).toEqual([])
    expect(checkHomes(text, 'README.md', (name) => name === 'a').map(({ reason }) => reason)).toEqual([
      'b is not in lib/c.ts',
      'd is not in lib/e',
    ])
  })

  test('a link to a file or heading that is not there is named', () => {
    const textOf = (path: string) => (path === 'docs/a.md' ? "# A\n## One's own: `x`" : null)
    const good = '[a](a.md) [b](a.md#ones-own-x) [c](#here) [d](https://example.com)\n# Here'
    expect(checkLinks(good, 'docs/b.md', textOf)).toEqual([])
    const bad = '[a](b.md)\n[b](docs/a.md#two) [c](#there)'
    expect(told(checkLinks(bad, 'README.md', textOf))).toEqual([
      'README.md:1 [links] b.md is not there',
      'README.md:2 [links] docs/a.md#two is not there',
      'README.md:2 [links] README.md#there is not there',
    ])
  })

  test('a line that does not fit is named, a heading is not', () => {
    const copied = `\`\`\`\n${'a'.repeat(121)}\n\`\`\`\n| ${'a'.repeat(121)} |`
    const text = `# ${'a'.repeat(130)}\n${'ä'.repeat(120)}\n${'a'.repeat(121)}\n${copied}`
    expect(told(checkWidth(text, 'README.md'))).toEqual(['README.md:3 [width] has 121 columns, 120 fit'])
  })

  test('a line of a comment that does not fit is named, one of code is the formatter’s', () => {
    const text = `/**\n * ${'a'.repeat(118)}\n */\n// ${'ä'.repeat(117)}\nconst a = '${'a'.repeat(120)}'\n`
    expect(told(checkComments(readSource('lib/a.ts', text)))).toEqual([
      'lib/a.ts:2 [width] a comment has 121 columns, 120 fit',
    ])
  })

  test('names of tests are found in every form', () => {
    const names = testNames(
      source(
        'lib/a.test.ts',
        "test('S1: plain', () => {})",
        'test.each([\n  1,\n])(`S2: table`, () => {})',
        "test.each(cases)('S3: named table', () => {})",
        "describe.each(kinds)('S4: group', () => {",
        "test('it\\'s S5', () => {})",
        "eachDatabase('no test of its own', () => {})",
        "// test('S9: commented out', () => {})",
      ),
    )
    expect(names.filter((name) => /S\d/.test(name))).toEqual([
      'S1: plain',
      'S2: table',
      'S3: named table',
      'S4: group',
      "it\\'s S5",
    ])
  })

  test.each([
    ['a missing name', '# a\nA=', 'B is missing'],
    ['an unknown name', '# a\nA=\n# b\nB=\n# c\nC=', 'lib/core/env.ts reads no C'],
    ['a name twice', '# a\nA=\n# b\nB=\n# a\nA=1', 'A stands there twice'],
    ['a name without a comment', '# a\nA=\nB=', 'B has no comment above it'],
    ['another line', '# a\nA=\n# b\nB=\nexport C=1', 'is no setting and no comment: export C=1'],
  ])('settings: %s', (_what, example, reason) => {
    expect(checkEnvironment(example, ['A', 'B']).map((violation) => violation.reason)).toEqual([reason])
  })
})

describe('the judge on requirements', () => {
  const dictionary = [
    '- **S1** (in force): One.',
    '- **S2** (partly): Two,',
    '  on two lines. *Today*: half of it.',
    '- **U1** (not built): Three.',
    '- **N1** (in force): A number.',
  ].join('\n')
  const reasons = (violations: readonly Violation[]) =>
    violations.map(({ line, reason }) => (line === undefined ? reason : `${line} ${reason}`))

  test('entries are read with their state and all of their lines', () => {
    expect(readRequirements(dictionary).map(({ id, state }) => `${id} ${state}`)).toEqual([
      'S1 in force',
      'S2 partly',
      'U1 not built',
      'N1 in force',
    ])
    expect(readRequirements(dictionary)[1]?.text).toContain('*Today*')
  })

  test('what is in force in the name of a test, and what is not built in none, is as it should be', () => {
    expect(checkRequirements(dictionary, ['S1, S2: both'], new Set(['N1']))).toEqual([])
    expect(checkRequirements(dictionary, ['S1, S2, N1: all'])).toEqual([])
    expect(reasons(checkRequirements(dictionary, ['S1 S2']))).toEqual(['N1 is in force and in the name of no test'])
  })

  test.each([
    ['a rule without a test', dictionary, ['S1: a stranger'], 'S2 is in force and in the name of no test'],
    ['a test of what is not built', dictionary, ['S1 S2', 'U1: early'], 'U1 is not built, and a test names it'],
    ['an id twice', `${dictionary}\n- **S1** (in force): Again.`, ['S1 S2'], 'S1 stands there twice'],
    ['an unknown state', `${dictionary}\n- **S3** (soon): X.`, ['S1 S2'], 'S3 does not say how far it is built'],
    [
      'half a rule that says not which',
      dictionary.replace('*Today*', ''),
      ['S1 S2'],
      'S2 is partly in force: say what is not',
    ],
    ['nothing at all', '# Requirements', ['S1'], 'holds no entry such as - **S1** (in force): sentence'],
  ])('%s is named', (_what, document, names, reason) => {
    expect(reasons(checkRequirements(document, names, new Set(['N1'])))).toEqual([reason])
  })

  test('an id that the dictionary does not hold is named in comments, names of tests and documents; code is not read', () => {
    const cited = source('lib/a.ts', '// As S4 says, nobody.', '/** One (S1), nine (N9). */', "const S7 = 'S8'")
    expect(reasons(checkIds(dictionary, cited, ['SE6: a test', 'S2: another']))).toEqual([
      '1 docs/requirements.md has no S4',
      '2 docs/requirements.md has no N9',
      'docs/requirements.md has no SE6',
    ])
    expect(reasons(checkDocument(dictionary, 'README.md', 'One (S1).\nTwo (R13).'))).toEqual([
      '2 docs/requirements.md has no R13',
    ])
  })

  test.each(['a time of 2026-11-29T21:00', 'RFC 7518 P-256', 'E164 and S256', '%E0%A4', '#M12'])(
    'no id is found in: %s',
    (text) => {
      const known = checkIds(dictionary, source('lib/a.ts', `// ${text}`))
      expect(reasons(known)).toEqual([])
    },
  )

  test('comments of the models are read', () => {
    const models = readModels('prisma/schema.prisma', 'model A {\n  /// As S9 says.\n  id String // S8\n}')
    expect(reasons(checkIds(dictionary, models))).toEqual(['2 docs/requirements.md has no S9'])
  })

  const held: ReadonlySet<string> = new Set(['SECURITY.md', 'docs/permissions.md'])

  test.each([
    '// Limits of security.md 3.3.',
    '/** The order of architecture 5. */',
    '/** In force (product U4). */',
    '// As house.md has it.',
    '// See docs/gone.md.',
  ])('a document that is not here is named: %s', (comment) => {
    expect(checkOutside(held, source('lib/a.ts', comment))).toHaveLength(1)
    expect(checkOutside(held, source('lib/a.test.ts', ''), [comment.slice(3)])).toHaveLength(1)
  })

  test.each(['// See docs/permissions.md and SECURITY.md.', '// NIST SP 800-63B-4 3.2.2.', '// The product has 3.'])(
    'a document that is here is not named: %s',
    (comment) => {
      expect(checkOutside(held, source('lib/a.ts', comment))).toEqual([])
    },
  )

  test.each([
    ['/** S1. */'],
    ['/** U1, S1 */'],
    ['// S3 (RFC 6238 5.2).'],
    ['{/* S1. */}'],
    ['/**\n * S1,\n * S2.\n */'],
    ['/** Trust (D1, S21). */'],
    ['/** D1, in days. */'],
  ])('a comment of ids alone, or with hardly a word, is named: %s', (comment) => {
    expect(checkWords(source('lib/a.ts', comment))).toMatchObject([{ rule: 'requirements' }])
  })

  test.each([
    ['/** One time step is accepted once (S3, RFC 6238 5.2). */'],
    ['// A line that goes on in the next\n// (S1).'],
    ['// RFC 8176.'],
    ['// ——— trust (S1) ———'],
  ])('a comment that says the rule is as it should be: %s', (comment) => {
    expect(checkWords(source('lib/a.ts', comment))).toEqual([])
  })

  test('a known limit of a rule in force is named, but one that is listed, or of a number or a rule that is half built', () => {
    const limits =
      '## Known limits\n\n- Nobody is told (S1).\n- Half (S2), 3 days\n  (N1).\n\n## Next\n\n- Other (S1).\n'
    expect(reasons(checkKnownLimits(dictionary, limits, new Set()))).toEqual([
      'a known limit of S1, which is in force: Nobody is told (S1).',
    ])
    expect(checkKnownLimits(dictionary, limits, new Set(['S1: Nobody is told (S1).']))).toEqual([])
  })

  test('SECURITY.md says of each S rule how it is held, and as far as it is', () => {
    const table = '| S1 | one | yes | so |\n| S2 | two | partly | half |\n'
    expect(checkHeld(dictionary, table)).toEqual([])
    expect(reasons(checkHeld(dictionary, table.replace('partly', 'yes')))).toEqual([
      'S2 is partly in docs/requirements.md',
    ])
    expect(reasons(checkHeld(dictionary, table.split('\n')[1] ?? ''))).toEqual(['says nothing of S1'])
  })
})

test('a file of 301 lines without a reason is named', () => {
  const lines = (count: number, first = '') => ({ path: 'lib/a.ts', text: first + 'a\n'.repeat(count) })
  const reason = '// Above 300 lines: a table, a line each.\n'
  expect([lines(300), lines(300, reason)].flatMap(checkLength)).toEqual([])
  expect([lines(301), lines(300, '// Above 300 lines: so.\n')].flatMap(checkLength)).toHaveLength(2)
})

test('a name that two files export is named; a name handed on, and what the framework reads, is not', () => {
  const texts = [
    'export const a = 1',
    "export { a } from './one'\nexport const GET = 1",
    'export type a = 1\nexport const GET = 1',
  ]
  const found = checkExports(texts.map((text, index) => ({ path: `lib/${index}.ts`, text })))
  expect(told(found)).toEqual(['lib/2.ts [names] a is exported by lib/0.ts as well'])
})

test.each(['test.skip(', 'it.skipIf(!there)(', 'test.runIf(there)(', 'describe.only(', 'skip(!there)', 'test.todo('])(
  'the judge names a skipped test: %s',
  (code) => {
    expect(told(checkSkips({ path: 'lib/a.test.ts', code: `\n  ${code}` }))).toEqual([
      'lib/a.test.ts:2 [skipped tests] a test is never skipped: let it fail where what it needs is missing',
    ])
    expect(checkSkips({ path: 'lib/a.test.ts', code: "test('a', () => list({ skip: 1 }))" })).toEqual([])
  },
)

describe('the judge on limits', () => {
  const TABLE = '### Life: `lib/a.ts`\n\n| N1 | life | 10 minutes | `LIFE` |\n\n'

  test.each([
    '- A link of 10 minutes, once (N1).',
    'It ends after 10 minutes,\nas any (N1).',
    'Of ten minutes, 20 words.',
  ])('a time in words with its limit behind it is as it should be: %s', (text) => {
    expect(checkTimesInWords(TABLE + text, 'SECURITY.md')).toEqual([])
  })

  test.each(['- A link of 11 minutes (N1).', '- A link of 10 minutes.\n- Another (N1).', 'Before (N1): 10 minutes.'])(
    'another time, or one without its limit, is named: %s',
    (text) => {
      expect(checkTimesInWords(TABLE + text, 'SECURITY.md')).toMatchObject([{ rule: 'limits' }])
    },
  )

  const constants: Record<string, unknown> = {
    FEW: 3,
    WINDOW: { failures: 10, window: 900_000 },
    LINK_MINUTES: 30,
    LIFE: 86_400_000,
    BODY: 65_536,
    TOTP: { algorithm: 'SHA1', digits: 6, period: 30 },
    sessionHours: 12,
  }
  const limits = (value: string, names: string) =>
    checkLimits(`### Few: \`lib/a.ts\`\n\n| N1 | few | ${value} | ${names} |\n`, 'SECURITY.md', (path, name) =>
      path === 'lib/a.ts' ? constants[name] : undefined,
    )

  test.each([
    ['3 or fewer', '`FEW`'],
    ['10 in 15 minutes', '`WINDOW`'],
    ['30 minutes', '`LINK_MINUTES`'],
    ['24 hours', '`LIFE`'],
    ['1 day', '`LIFE`'],
    ['64 KiB', '`BODY`'],
    ['65,536 bytes', '`BODY`'],
    ['SHA1, 6 digits, 30 seconds', '`TOTP` in seconds'],
    ['12 hours, 3 times', '`sessionHours`, `FEW`'],
  ])('%s is what %s says', (value, names) => {
    expect(limits(value, names)).toEqual([])
  })

  test.each([
    ['4 or fewer', '`FEW`'],
    ['10 in 16 minutes', '`WINDOW`'],
    ['9 in 15 minutes', '`WINDOW`'],
    ['10', '`WINDOW`'],
    ['30 hours', '`LINK_MINUTES`'],
    ['30', '`LINK_MINUTES`'],
    ['24 minutes', '`LIFE`'],
    ['64 MiB', '`BODY`'],
    ['12 hours', '`sessionHours`, `FEW`'],
    ['3', '`LOST`'],
  ])('%s is not what %s says', (value, names) => {
    expect(limits(value, names)).not.toEqual([])
  })

  test('a table without a file above it names nothing', () => {
    const table = '### Few\n| N1 | few | 3 | `FEW` |'
    expect(told(checkLimits(table, 'SECURITY.md', () => undefined))).toEqual([
      'SECURITY.md:2 [limits] N1: FEW is not in ',
    ])
  })
})

describe('the judge on packages', () => {
  const engines = { node: '>=22.15' }
  const whole: Packages = {
    'node_modules/next': { version: '16.4.1' },
    'node_modules/react': { version: '19.2.6' },
    'node_modules/react-dom': { version: '19.3.1' },
  }
  const floors = (packages: Packages, manifest: Manifest = { engines }) => told(checkFloors(packages, manifest))

  test('versions at their floors are as they should be', () => {
    expect(floors(whole)).toEqual([])
    expect(floors({ ...whole, 'node_modules/nodemailer': { version: '11.0.0' } })).toEqual([])
  })

  test.each(FLOORS)('a copy of $name below $version is named with the reason, nested ones too', ({ name, because }) => {
    const path = `node_modules/other/node_modules/${name}`
    const [violation, ...more] = floors({ ...whole, [path]: { version: '0.0.1' } })
    expect(more).toEqual([])
    expect(violation).toContain(`${path} is 0.0.1, below`)
    expect(violation).toContain(because)
  })

  test('a framework that is missing and a Node below the floor are named', () => {
    const { 'node_modules/next': _next, ...rest } = whole
    expect(floors(rest).join()).toContain('next is not there')
    for (const node of ['^20.19 || >=24', '>=22.14', '>=20.18', '>=18', '20', ''])
      expect(floors(whole, { engines: { node } })).toHaveLength(1)
    for (const node of ['>=22.15.0', '^22.15 || ^24 || >=26']) expect(floors(whole, { engines: { node } })).toEqual([])
  })

  test('versions are ordered as semantic versioning has them', () => {
    const order = ['5.0.0-alpha', '5.0.0-beta.4', '5.0.0-beta.31', '5.0.0-beta.32', '5.0.0', '5.0.1', '5.2.0', '10.0.0']
    for (const [index, version] of order.entries()) {
      expect(compare(version, version)).toBe(0)
      for (const later of order.slice(index + 1)) {
        expect([version, later, compare(version, later)]).toEqual([version, later, -1])
        expect([later, version, compare(later, version)]).toEqual([later, version, 1])
      }
    }
    expect(compare('1.2.3+build', '1.2.3')).toBe(0)
  })

  test('an address, an undecided script, a decision about nothing and a range are named', () => {
    const manifest: Manifest = { allowScripts: { b: true, gone: false }, dependencies: { a: '^1.0.0', b: '1.0.0' } }
    const packages: Packages = {
      'node_modules/a': { version: '1.0.0', resolved: 'https://registry.example/a.tgz' },
      'node_modules/b': { version: '1.0.0', hasInstallScript: true },
      'node_modules/b/node_modules/c': { version: '1.0.0', hasInstallScript: true },
    }
    expect(told(checkPackages(packages, manifest))).toEqual([
      'package-lock.json [addresses] node_modules/a has an address',
      'package.json [install scripts] allowScripts says nothing of c',
      'package.json [install scripts] gone has none: take it out',
      'package.json [exact versions] a is ^1.0.0',
    ])
  })

  test('a package under another name is exact by its version and decided about by its own name', () => {
    const packages: Packages = { 'node_modules/b': { name: '@x/a', version: '1.0.0', hasInstallScript: true } }
    const manifest: Manifest = { allowScripts: { '@x/a': false }, devDependencies: { b: 'npm:@x/a@1.0.0' } }
    expect(told(checkPackages(packages, manifest))).toEqual([])
    expect(told(checkPackages(packages, { devDependencies: { b: 'npm:@x/a@^1.0.0' } }))).toEqual([
      'package.json [install scripts] allowScripts says nothing of @x/a',
      'package.json [exact versions] b is npm:@x/a@^1.0.0',
    ])
  })

  test('a script that is refused may be one that the lock does not tell of; one that is allowed may not', () => {
    const packages: Packages = { 'node_modules/a': { version: '1.0.0' } }
    expect(told(checkPackages(packages, { allowScripts: { a: false } }))).toEqual([])
    expect(checkPackages(packages, { allowScripts: { a: true } })).toHaveLength(1)
  })

  test('a development dependency behind a server, a page or a command is named, one behind the build is not', () => {
    const manifest: Manifest = {
      devDependencies: { esbuild: '1.0.0', tsx: '1.0.0' },
      scripts: {
        start: 'node dist/serve.mjs',
        twofold: 'node --import tsx lib/cli/main.ts',
        unit: 'node --import tsx x',
      },
    }
    const files = [
      source('lib/web/server/main.ts', "await import('./serve')"),
      source('lib/web/server/serve.ts', "import { a } from '../../core/a'"),
      source('lib/core/a.ts', "import type { Plugin } from 'esbuild'", "import { build } from 'esbuild'"),
      source('lib/cli/build.ts', "await import('./bundle')"),
      source('lib/cli/bundle.ts', "import { build } from 'esbuild'"),
      source('lib/testing/world.ts', "import { build } from 'esbuild'"),
    ]
    expect(told(checkProduction(files, manifest))).toEqual([
      'lib/core/a.ts:2 [production] esbuild is a development dependency, and production reads this file',
      'package.json [production] the script twofold needs tsx',
    ])
  })
})
