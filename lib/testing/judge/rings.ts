import { type Import, lineAt, packageOf, resolveImport, type Source } from './source'
import type { Violation } from './violation'

/**
 * The wings of lib, in one order: a wing may import itself and those before it. `web`, `cli` and `job` stand above all
 * of them, `testing` outside.
 */
const WINGS = [
  'core',
  'i18n',
  'audit',
  'messaging',
  'identity',
  'credentials',
  'coverage',
  'authentication',
  'administration',
] as const

/** Wings that are one domain: their files lie in the wing itself. */
const SINGLE: readonly string[] = ['i18n', 'audit', 'coverage']

/** Single files with a ring of their own: a new one is a decision. */
const ROOT = [
  'core/backup',
  'core/boot',
  'core/db',
  'core/deps',
  'core/direct',
  'core/env',
  'core/failure',
  'core/log',
  'core/migrate',
  'core/node-version',
  'core/postgresql',
  'core/rehearse',
  'core/rows',
  'core/sqlite',
  'core/sqlite-statements',
  'core/statement',
  'core/transaction',
  'identity/person-sql',
  'core/breaches',
] as const
type Root = (typeof ROOT)[number]

export type Kind =
  | 'kernel'
  | 'crypto'
  | 'otp'
  | 'types'
  | 'schema'
  | 'rules'
  | 'store'
  | 'service'
  | 'mail'
  | 'sms'
  | 'i18n'
  | 'web'
  | 'cli'
  | 'job'
  | 'door'
  | 'picture'
  | 'generated'
  | 'testing'
  | 'outside'
  | `lib/${Root}`

export interface Location {
  path: string
  kind: Kind
  /** The domain it is in, as a path below lib, or the folder of components: imports marked `own` stay inside it. */
  folder: string | null
  /** Its rank among the wings; null outside them. */
  wing: number | null
}

const VOCABULARY = ['types', 'schema', 'rules', 'store', 'service'] as const
type Word = (typeof VOCABULARY)[number]

/** Folders of lib that are no domain and have names of their own. */
const FREE_FOLDERS: Readonly<Record<string, { kind: Kind; reason: string }>> = {
  'core/kernel': { kind: 'kernel', reason: 'ring 0' },
  'core/crypto': { kind: 'crypto', reason: 'one file an algorithm' },
  'core/otp': { kind: 'otp', reason: 'one file a standard' },
  'messaging/mail': { kind: 'mail', reason: 'a port: transports, messages and the outbox' },
  'messaging/sms': { kind: 'sms', reason: 'a port' },
  i18n: { kind: 'i18n', reason: 'a port: languages and messages' },
  job: { kind: 'job', reason: 'ring 3: worker and schedule' },
  web: { kind: 'web', reason: 'ring 3: server, gates, actions, loaders' },
  cli: { kind: 'cli', reason: 'ring 3: build and operators’ commands' },
  testing: { kind: 'testing', reason: 'for tests' },
}

/** Files of a domain beside the vocabulary. */
const NAMED_FILES: Readonly<Record<string, { kind: Kind; reason: string }>> = {
  'lib/administration/import/read.ts': {
    kind: 'service',
    reason: 'a stream of bytes becomes rows: neither pure nor a use case',
  },
  'lib/messaging/mail/templates.ts': { kind: 'types', reason: 'what mails there are, from which their types follow' },
  'lib/messaging/mail/outbox-store.ts': { kind: 'store', reason: 'the outbox is the one part of a port that has rows' },
  'lib/messaging/mail/outbox-service.ts': {
    kind: 'service',
    reason: 'the outbox is the one part of a port that has rows',
  },
  'lib/job/store.ts': { kind: 'store', reason: 'the rows that cleaning removes' },
  'lib/cli/testing.ts': { kind: 'testing', reason: 'runs commands in tests' },
}

export function isTest(path: string): boolean {
  return /\.(test|spec)\.tsx?$/.test(path)
}

/** The domain or free folder that a file below lib is in, as a path below lib. */
function domainOf(path: string): string {
  const [, wing = '', domain = ''] = path.split('/')
  const single = SINGLE.includes(wing) || !(WINGS as readonly string[]).includes(wing)
  return single ? wing : `${wing}/${domain}`
}

export function locate(path: string): Location {
  const [top = '', second = ''] = path.split('/')
  const domain = domainOf(path)
  const rank = (WINGS as readonly string[]).indexOf(second)
  const wing = top === 'lib' && rank >= 0 ? rank : null
  const place = (kind: Kind, own: string | null = null): Location => ({ path, kind, folder: own, wing })
  if (isTest(path)) return place('testing', domain)
  if (path.startsWith('prisma/generated/')) return place('generated')
  if (top === 'app' || path === 'instrumentation.ts' || path === 'proxy.ts') return place('door')
  if (top === 'components') return place('picture', second)
  if (top !== 'lib') return place('outside')
  const root = ROOT.find((name) => path === `lib/${name}.ts`)
  if (root !== undefined) return place(`lib/${root}`)
  const named = NAMED_FILES[path]
  if (named !== undefined) return place(named.kind, domain)
  const word = VOCABULARY.find((each) => path.endsWith(`/${each}.ts`))
  const free = FREE_FOLDERS[domain]
  if (word !== undefined && (free === undefined || word === 'types' || word === 'rules')) return place(word, domain)
  return place(free?.kind ?? 'outside', domain)
}

interface Ring {
  /** In words, for the refusal. */
  may: string
  any?: readonly Kind[]
  /** From the same folder only. */
  own?: readonly Kind[]
  /** By `import type` only. */
  types?: readonly Kind[]
  packages?: readonly (string | RegExp)[]
}

const NODE = /^node:/
const RULES: readonly Kind[] = ['kernel', 'types', 'rules', 'crypto', 'otp']
const LIB: readonly Kind[] = [
  ...RULES,
  ...(['schema', 'service', 'mail', 'sms', 'i18n', 'web', 'job'] as const),
  ...ROOT.map((name): Kind => `lib/${name}`),
]
const without = (kinds: readonly Kind[], ...less: Kind[]) => kinds.filter((kind) => !less.includes(kind))

const RINGS: Readonly<Record<Exclude<Kind, 'generated' | 'testing' | 'outside'>, Ring>> = {
  kernel: { may: 'nothing but the kernel', any: ['kernel'] },
  crypto: {
    may: 'the kernel, node:crypto, argon2 and bcrypt',
    any: ['kernel', 'crypto'],
    packages: ['node:crypto', '@node-rs/argon2', '@node-rs/bcrypt'],
  },
  otp: { may: 'the kernel, lib/core/crypto and otpauth', any: ['kernel', 'crypto', 'otp'], packages: ['otpauth'] },
  types: {
    may: 'the kernel, types, and the types of lib/core/deps and lib/i18n',
    any: ['kernel', 'types'],
    types: ['rules', 'schema', 'crypto', 'i18n', 'lib/core/deps'],
  },
  rules: {
    may: 'the kernel, types, rules, lib/core/crypto, lib/core/otp and pure libraries',
    any: RULES,
    packages: ['bowser', 'ipaddr.js', 'libphonenumber-js'],
  },
  schema: { may: 'what rules may, schemas and zod', any: [...RULES, 'schema'], packages: ['zod'] },
  store: {
    may: 'types, the kernel, Prisma’s name and kept statements from lib/core/db, lib/core/statement and lib/identity/person-sql',
    any: ['kernel', 'lib/core/statement', 'lib/identity/person-sql'],
    own: ['types'],
    types: ['types', 'rules', 'lib/core/db'],
  },
  service: {
    may: 'rules, its own store, other services, lib/core/db, lib/core/transaction and types of lib/core/deps',
    any: [...RULES, 'service', 'lib/core/db', 'lib/core/transaction'],
    own: ['schema', 'store', 'mail', 'sms', 'i18n'],
    types: ['schema', 'lib/core/deps'],
  },
  mail: {
    may: 'the kernel, types, its own folder, lib/i18n, the types of settings and libraries',
    any: ['kernel', 'types', 'i18n'],
    own: ['mail', 'rules'],
    types: ['lib/core/env'],
    packages: [NODE, 'bowser', 'nodemailer', 'resend'],
  },
  sms: {
    may: 'the kernel, types, its own folder and the types of settings',
    any: ['kernel', 'types'],
    own: ['sms'],
    types: ['lib/core/env'],
    packages: [NODE],
  },
  i18n: { may: 'the kernel, its own folder and use-intl', any: ['kernel'], own: ['i18n'], packages: ['use-intl'] },
  web: {
    may: 'lib but stores and lib/cli, Next and React; never app or components',
    any: LIB,
    packages: [NODE, 'next', 'react', 'qrcode', 'zod', 'mmdb-lib'],
  },
  cli: {
    may: 'lib but lib/web and the stores of others',
    any: without(LIB, 'web'),
    own: ['cli', 'store'],
    packages: [NODE, 'esbuild', 'subset-font', 'zod'],
  },
  job: {
    may: 'lib but lib/web and the stores of others',
    any: without(LIB, 'web', 'lib/core/env'),
    own: ['job', 'store'],
    types: ['lib/core/env'],
    packages: [NODE],
  },
  door: {
    may: 'lib/web, lib/i18n, types, schemas, rules and components; services in actions.ts and route.ts alone',
    any: ['door', 'picture', 'web', 'i18n', 'types', 'schema', 'rules', 'kernel'],
    packages: ['next', 'react', 'zod'],
  },
  picture: {
    may: 'components, types, schemas, lib/i18n, React and next/link',
    any: ['picture', 'types', 'schema', 'i18n'],
    packages: ['react', 'react-dom', 'next'],
  },
  'lib/core/env': {
    may: 'the kernel, types and zod',
    any: ['kernel'],
    types: ['types'],
    packages: ['zod', 'node:path'],
  },
  'lib/core/db': {
    may: 'the kernel, the adapters and Prisma',
    any: ['kernel', 'generated', 'lib/core/direct', 'lib/core/sqlite', 'lib/core/postgresql', 'lib/core/rows'],
    packages: [/^@prisma\//],
  },
  'lib/core/direct': {
    may: 'lib/core/rows and Prisma’s adapters',
    any: ['lib/core/rows'],
    packages: [/^@prisma\//, NODE],
  },
  'lib/core/statement': { may: 'lib/core/db', any: ['lib/core/db'] },
  'lib/core/rows': { may: 'the kernel', any: ['kernel'] },
  'lib/core/sqlite': {
    may: 'the kernel, its statements and Prisma',
    any: ['kernel', 'lib/core/sqlite-statements'],
    packages: [/^@prisma\//, NODE],
  },
  'lib/core/sqlite-statements': { may: 'the types of Prisma and SQLite', packages: [/^@prisma\//, 'better-sqlite3'] },
  'lib/core/postgresql': { may: 'the kernel, Prisma and pg', any: ['kernel'], packages: [/^@prisma\//, 'pg', NODE] },
  'lib/core/deps': { may: 'types only', types: ['kernel', 'crypto', 'lib/core/db', 'lib/core/breaches'] },
  'lib/core/breaches': { may: 'lib/core/crypto and lib/core/log', any: ['kernel', 'crypto', 'lib/core/log'] },
  'lib/core/failure': { may: 'nothing' },
  'lib/core/node-version': { may: 'semver', packages: ['semver'] },
  'lib/core/log': {
    may: 'pino, the kernel and lib/core/failure',
    any: ['kernel', 'lib/core/failure'],
    packages: ['pino'],
  },
  'lib/core/transaction': { may: 'lib/core/db', any: ['kernel', 'lib/core/db'] },
  'lib/identity/person-sql': { may: 'rules and types', any: ['rules', 'types', 'kernel'] },
  'lib/core/boot': {
    may: 'the kernel, lib/core/crypto, lib/core/db, lib/core/deps, lib/core/env, lib/core/breaches',
    any: ['kernel', 'crypto', 'lib/core/db', 'lib/core/deps', 'lib/core/env', 'lib/core/breaches'],
    packages: [NODE],
  },
  'lib/core/backup': {
    may: 'the kernel, lib/core/db, lib/core/migrate, lib/core/postgresql and the drivers',
    any: ['kernel', 'lib/core/db', 'lib/core/migrate', 'lib/core/postgresql'],
    packages: [NODE, 'better-sqlite3', 'pg'],
  },
  'lib/core/rehearse': {
    may: 'the kernel, lib/core/db, lib/core/migrate and the drivers',
    any: ['kernel', 'lib/core/db', 'lib/core/migrate'],
    packages: [NODE, 'better-sqlite3', 'pg'],
  },
  'lib/core/migrate': {
    may: 'the kernel, lib/core/db and the drivers',
    any: ['kernel', 'lib/core/db'],
    packages: [NODE, 'better-sqlite3', 'pg'],
  },
}

/** Imports that stand although the table forbids them. The judge fails on one that no longer occurs. */
export const EXCEPTIONS: readonly { file: string; to: string; typeOnly?: true; reason: string }[] = [
  { file: 'lib/identity/user/rules.ts', to: 'node:url', reason: 'the one decoder of Punycode that is there' },
  { file: 'lib/web/export/csv.ts', to: 'csv-stringify/sync', reason: 'the one writer of CSV' },
  {
    file: 'lib/core/crypto/password-hash.ts',
    to: 'node:os',
    reason: 'the number of cores decides how many hashes run at once',
  },
  { file: 'lib/web/server/request.ts', to: 'ipaddr.js', reason: 'reads addresses as proxies write them' },
  { file: 'lib/core/crypto/hash-threads.ts', to: 'node:worker_threads', reason: 'hashes run on threads of their own' },
  { file: 'lib/core/crypto/hash-thread.ts', to: 'node:worker_threads', reason: 'is such a thread' },
  { file: 'lib/core/crypto/hash-thread.ts', to: 'node:os', reason: 'gives itself a lower priority' },
  {
    file: 'lib/web/gate/action.ts',
    to: 'components/ui/form-state.ts',
    reason: 'what an action answers is what a form shows: plain data, without React',
  },
  {
    file: 'lib/web/words/enrol-texts.ts',
    to: 'components/portal/enrol-form.tsx',
    typeOnly: true,
    reason: 'names the texts that the picture asks for',
  },
  {
    file: 'lib/web/words/enrol-texts.ts',
    to: 'components/portal/totp-connection.tsx',
    typeOnly: true,
    reason: 'names the texts that the picture asks for',
  },
  {
    file: 'lib/web/words/enrol-texts.ts',
    to: 'components/portal/kind-choice.tsx',
    typeOnly: true,
    reason: 'names the texts that the picture asks for',
  },
  {
    file: 'lib/web/words/enrol-texts.ts',
    to: 'components/portal/phone-form.tsx',
    typeOnly: true,
    reason: 'names the texts that the picture asks for',
  },
  { file: 'lib/cli/build.ts', to: 'prisma/generate.ts', reason: 'a build needs the generated clients' },
  {
    file: 'app/api/csp-report/route.ts',
    to: 'lib/core/log.ts',
    reason: 'a report has no use case: it goes to the log',
  },
  { file: 'instrumentation.ts', to: 'lib/core/log.ts', reason: 'where the framework tells of what was thrown' },
]

/** Every service takes a proof of who is asking: its types, and nothing else, are read from every wing. */
const PROOFS = 'lib/identity/actor/types.ts'

/** Packages that one file alone may import. */
const ONE_HOME: readonly { package: RegExp; homes: readonly string[]; reason: string }[] = [
  {
    package: /^(@prisma\/|pg$|better-sqlite3$)/,
    homes: [
      'lib/core/backup.ts',
      'lib/core/db.ts',
      'lib/core/direct.ts',
      'lib/core/migrate.ts',
      'lib/core/postgresql.ts',
      'lib/core/rehearse.ts',
      'lib/core/sqlite.ts',
      'lib/core/sqlite-statements.ts',
    ],
    reason: 'one creator of a client',
  },
  {
    package: /^(node:)?child_process$/,
    homes: ['lib/cli/bundle.ts', 'lib/cli/pack.ts'],
    reason: 'no process is started while serving (ASVS 1.2.5)',
  },
]

function mayImport(from: Location, to: Location, entry: Import): boolean {
  if (from.kind === 'generated' || from.kind === 'testing' || from.kind === 'outside') return true
  if (from.kind === to.kind && from.kind !== 'store' && from.folder === to.folder && from.kind !== 'picture')
    return true
  if (from.kind === 'picture' && from.folder === 'ui') return to.kind === 'picture' && to.folder === 'ui'
  const ring = RINGS[from.kind]
  if (ring.any?.includes(to.kind)) return true
  if (ring.own?.includes(to.kind) && from.folder === to.folder) return true
  if (ring.types?.includes(to.kind) && entry.typeOnly) return true
  if (from.kind === 'store' && to.path === PROOFS) return true
  // Prisma's name or a kept statement is needed to write a query; the client comes as an argument.
  if (from.kind === 'store' && to.kind === 'lib/core/db') {
    return (
      entry.names.length > 0 &&
      entry.names.every((name) => ['Db', 'DbOrTx', 'Prisma', 'keptRead', 'readKeptRows'].includes(name))
    )
  }
  return from.kind === 'door' && to.kind === 'service' && /\/(actions|route)\.ts$/.test(from.path)
}

function packageAllowed(from: Location, entry: Import): boolean {
  if (from.kind === 'generated' || from.kind === 'testing' || from.kind === 'outside') return true
  const name = packageOf(entry.from)
  return (RINGS[from.kind].packages ?? []).some((each) => (typeof each === 'string' ? each === name : each.test(name)))
}

function isExcepted(file: string, to: string, entry: Import): boolean {
  return EXCEPTIONS.some((each) => each.file === file && each.to === to && (entry.typeOnly || !each.typeOnly))
}

/** The ring table. `known` are the paths of the repository, `used` collects the exceptions that were needed. */
export function checkImports(source: Source, known: ReadonlySet<string>, used = new Set<string>()): Violation[] {
  const from = locate(source.path)
  if (from.kind === 'testing' || from.kind === 'outside' || from.kind === 'generated') return []
  const violations: Violation[] = []
  for (const entry of source.imports) {
    const report = (rule: string, reason: string) =>
      violations.push({ file: source.path, line: entry.line, rule, reason })
    const target = resolveImport(entry.from, source.path, known)
    const except = () => {
      if (!isExcepted(source.path, target ?? entry.from, entry)) return false
      used.add(`${source.path} → ${target ?? entry.from}`)
      return true
    }
    if (target === null) {
      const home = ONE_HOME.find((each) => each.package.test(packageOf(entry.from)))
      if (home !== undefined && !home.homes.includes(source.path)) {
        report('one home', `${entry.from} is imported by ${home.homes.join(' and ')} alone: ${home.reason}`)
      } else if (home === undefined && !packageAllowed(from, entry) && !except()) {
        report('rings', `${inWords(from)} may not import ${entry.from}`)
      }
      continue
    }
    if (/\.(css|svg|json)$/.test(target)) continue
    const to = locate(target)
    if (to.kind === 'testing' || target.startsWith('e2e/')) report('tests', `${target} is for tests alone`)
    else if (to.kind === 'store' && to.folder !== from.folder)
      report('stores', `${target} is read by its own domain alone`)
    else if (!mayImport(from, to, entry) && !except()) report('rings', `${inWords(from)} may not import ${target}`)
    else if (
      from.wing !== null &&
      to.wing !== null &&
      from.wing < to.wing &&
      !(entry.typeOnly && target === PROOFS) &&
      !except()
    ) {
      report('wings', `lib/${WINGS[from.wing]} is below lib/${WINGS[to.wing]} and may not import ${target}`)
    }
    const mints = target === 'lib/core/kernel/proof.ts' && entry.names.some((name) => name === 'mint' || name === '*')
    if (mints && !mayMint(from)) {
      report('proofs', 'a proof is minted by lib/web/gate/guard.ts, lib/cli, lib/job and lib/testing alone')
    }
  }
  return violations
}

function mayMint(place: Location): boolean {
  return place.path === 'lib/web/gate/guard.ts' || place.kind === 'cli' || place.kind === 'job'
}

function inWords(place: Location): string {
  const ring = place.kind in RINGS ? RINGS[place.kind as keyof typeof RINGS] : null
  return `${place.kind} (imports ${ring?.may ?? 'what it likes'})`
}

/** Closed file vocabulary of domains and their sub-concerns, no unknown wing, no barrels. */
export function checkVocabulary(source: Source): Violation[] {
  const { path } = source
  const violations: Violation[] = []
  const [top = '', second = '', ...below] = path.split('/')
  const domain = domainOf(path)
  if (/(^|\/)index\.tsx?$/.test(path)) violations.push({ file: path, rule: 'barrels', reason: 'no index files' })
  for (const match of source.code.matchAll(/^export\s+(?:type\s+)?(?:\*|\{[^}]*\})[^\n]*?\sfrom\s/gm)) {
    const line = lineAt(source.code, match.index)
    violations.push({ file: path, line, rule: 'barrels', reason: 'import it from where it is written' })
  }
  if (top !== 'lib' || isTest(path)) return violations
  if (ROOT.some((name) => path === `lib/${name}.ts`) || NAMED_FILES[path] !== undefined) return violations
  if (domain === 'web' && below.length === 1 && path !== 'lib/web/paths.ts') {
    const reason = 'lib/web holds rooms (server, gate, loaders, forms, words, export) and paths.ts'
    return [...violations, { file: path, rule: 'vocabulary', reason }]
  }
  if (FREE_FOLDERS[domain] !== undefined) return violations
  if (!(WINGS as readonly string[]).includes(second)) {
    const reason = `lib holds ${WINGS.join(', ')}, web, cli, job and testing`
    return [...violations, { file: path, rule: 'vocabulary', reason }]
  }
  const inside = below.slice(SINGLE.includes(second) ? 0 : 1)
  const isWord = VOCABULARY.some((word: Word) => `${word}.ts` === inside.at(-1))
  if (!isWord || inside.length > 2) {
    const words = VOCABULARY.join('.ts, ')
    const reason = `a domain holds ${words}.ts, sub-concerns of the same files one folder deep, tests, and no other file`
    violations.push({ file: path, rule: 'vocabulary', reason })
  }
  return violations
}
