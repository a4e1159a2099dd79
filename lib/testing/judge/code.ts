import { type Kind, type Location, locate } from './rings'
import { lineAt, type Source } from './source'
import type { Violation } from './violation'

interface CodeRule {
  rule: string
  pattern: RegExp
  reason: string
  /** Where it holds; everywhere but in tests unless said. */
  where?: (place: Location) => boolean
  except?: Readonly<Record<string, string>>
}

const INNER: readonly Kind[] = ['kernel', 'crypto', 'otp', 'types', 'schema', 'rules', 'store', 'service']
const PURE: readonly Kind[] = ['kernel', 'schema', 'rules']

export const CODE_RULES: readonly CodeRule[] = [
  {
    rule: 'environment',
    pattern:
      /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[|\benv\b[^;\n]*\}\s*=\s*process\b|'(?:node:)?process'|import\.meta\.env/g,
    reason: 'the environment is read in lib/core/env.ts alone',
    except: { 'lib/core/env.ts': 'the one reader', 'lib/cli/bundle.ts': 'hands it on to the framework’s build' },
  },
  {
    rule: 'one client',
    pattern: /\bnew\s+[\w.]*Client\s*\(/g,
    reason: 'a database client is made in lib/core/db.ts alone',
    except: {
      'lib/core/db.ts': 'the one creator',
      'lib/core/backup.ts': 'a driver’s client, over rows and not over models',
      'lib/core/migrate.ts': 'a driver’s client, before there is a schema',
      'lib/core/rehearse.ts': 'the same, for a migration that is undone',
    },
  },
  {
    rule: 'one client',
    pattern: /\bcreateDb\s*\(/g,
    reason: 'a world is made by lib/core/boot.ts',
    except: {
      'lib/core/db.ts': 'its definition',
      'lib/core/boot.ts': 'the maker',
      'lib/cli/doctor.ts': 'looks at a database without making the key file that a boot would make',
    },
  },
  {
    rule: 'clock',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\.(?:now|timeOrigin)\b|\bprocess\.hrtime\b/g,
    reason: 'the time comes from the clock that the caller hands in',
    where: ({ kind }) => INNER.includes(kind) || kind === 'mail' || kind === 'sms' || kind === 'i18n' || kind === 'job',
    except: { 'lib/core/kernel/clock.ts': 'the port’s system side' },
  },
  {
    rule: 'randomness',
    pattern: /\bMath\.random\b/g,
    reason: 'random bytes come from the port (ASVS 11.5.1)',
  },
  {
    rule: 'randomness',
    pattern: /\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b/g,
    reason: 'random bytes come from the port that the caller hands in',
    where: ({ kind }) => INNER.includes(kind),
    except: { 'lib/core/kernel/random.ts': 'the port’s system side' },
  },
  { rule: 'pure rules', pattern: /\basync\b|\bawait\b|\bPromise\b/g, reason: 'never waits', where: isPure },
  {
    rule: 'raw queries',
    pattern: /\$(?:query|execute)RawUnsafe\b/g,
    reason: 'a query takes values as parameters (ASVS 1.2.4)',
  },
  {
    rule: 'raw queries',
    pattern: /\bPrisma\.raw\(\s*(?!`(?:[^`$]|\$(?!\{)|\$\{[A-Z_]+\})*`\s*\))/g,
    reason: 'Prisma.raw takes a fixed text, made of constants alone (ASVS 1.2.4)',
  },
  {
    rule: 'markup',
    pattern: /\bdangerouslySetInnerHTML\b|\b(?:inner|outer)HTML\s*=|\binsertAdjacentHTML\b|\bdocument\.write\b/g,
    reason: 'text is inserted as text (ASVS 3.2.2)',
  },
  { rule: 'styles', pattern: /\bstyle=\{|\bstyle="/g, reason: 'the content security policy blocks inline styles' },
  { rule: 'evaluation', pattern: /\beval\(|\bnew Function\(/g, reason: 'no text becomes code (ASVS 1.3.2)' },
  {
    rule: 'actions',
    pattern: /^\s*['"]use server['"]/gm,
    reason: 'a server action stands in an actions.ts of app',
    where: ({ path }) => !/^app\/(.*\/)?actions\.ts$/.test(path),
  },
  {
    rule: 'transactions',
    pattern: /\btransact(?:Result)?\(\s*(\{[^}]*\}|\w+)\s*,\s*(?:async\s*)?\((?!\1[),])/g,
    reason: 'the parameter inside has the name of what was handed in, so that the outer client is out of reach',
    except: { 'lib/core/transaction.ts': 'hands on what it was handed' },
  },
  {
    rule: 'addresses',
    pattern: /[`'"]\/admin\/\$\{|\/reauthenticate\?|[?&]return=\$\{/g,
    reason: 'an address that is made of something is made in lib/web/paths.ts',
    where: ({ kind }) => kind === 'web' || kind === 'door' || kind === 'picture',
    except: { 'lib/web/paths.ts': 'the one maker' },
  },
  {
    rule: 'constants',
    pattern: /\b(?:MOST|LONGEST|KEEP)_[A-Z]\w*|\b[A-Z][A-Z_]*_(?:EVERY|LIVES)\b/g,
    reason: 'a limit is MAX_…, a time between two … _INTERVAL, a life … _TTL, and what is kept … _RETENTION',
  },
  {
    rule: 'console',
    pattern: /\bconsole\.\w+\(/g,
    reason: 'what is told goes through lib/core/log.ts or the command’s own io',
  },
]

function isPure({ kind }: Location): boolean {
  return PURE.includes(kind)
}

export function checkCode(source: Source, used = new Set<string>()): Violation[] {
  const place = locate(source.path)
  if (place.kind === 'testing' || place.kind === 'generated') return []
  const violations: Violation[] = []
  for (const { rule, pattern, reason, where, except } of CODE_RULES) {
    if (where !== undefined && !where(place)) continue
    for (const match of source.code.matchAll(pattern)) {
      if (except !== undefined && Object.hasOwn(except, source.path)) {
        used.add(`${rule}: ${source.path}`)
        continue
      }
      const line = lineAt(source.code, match.index + match[0].length - match[0].trimStart().length)
      violations.push({ file: source.path, line, rule, reason })
    }
  }
  return violations
}

/** Pages and routes for everybody, each with the reason. */
export const PUBLIC_DOORS: Readonly<Record<string, string>> = {
  'app/(portal)/sign-out/page.tsx': 'a button: signing out is open to whoever is signed in or not',
  'app/api/csp-report/route.ts': 'browsers report without cookies; only the name of a directive is kept',
}

/** Every page reads through a loader, which has its gate in it; every route asks the guard. */
export function checkDoor(source: Source): Violation[] {
  const { path } = source
  const isPage = /^app\/(.*\/)?page\.tsx$/.test(path)
  const isRoute = /^app\/(.*\/)?route\.ts$/.test(path)
  if ((!isPage && !isRoute) || Object.hasOwn(PUBLIC_DOORS, path)) return []
  const home = isPage ? /^@\/lib\/web\/loaders\/\w+$/ : /^@\/lib\/web\/gate\/guard$/
  const homes = source.imports.filter((entry) => home.test(entry.from) && !entry.typeOnly)
  const names = homes.flatMap((entry) => entry.names)
  const gates = isPage ? names.filter((name) => name.startsWith('load')) : names.filter((name) => /^[a-z]/.test(name))
  if (gates.some((name) => new RegExp(`\\bawait ${name}\\(`).test(source.code))) return []
  const reason = isPage ? 'awaits no loader of lib/web/loaders' : 'awaits no gate of lib/web/gate/guard.ts'
  return [{ file: path, rule: 'gates', reason: `${reason}; what is public is listed with its reason` }]
}

export function actionsOf(source: Source): string[] {
  return [...source.code.matchAll(/^export const (\w+)/gm)].map((match) => match[1] ?? '')
}

/** Actions whose `run` asks for more than their gate did, each with the reason. */
export const GATES_IN_RUN: Readonly<Record<string, string>> = {
  'confirmOwnFactor in app/(account)/account/security/actions.ts': 'typing a code back asks for less than confirming',
  'makeOwnCodes in app/(account)/account/security/actions.ts': 'typing a code back asks for less than making new ones',
}

/** What makes a proof of who is asking: all of the guard but what tells of the request alone. */
const NO_GATES = ['currentPath', 'requestInfo', 'visitorLocale']

/**
 * An action's gate comes before its form is read: `run` is handed the proof and makes none (a weaker one compiles,
 * too).
 */
export function checkGates(source: Source, used = new Set<string>()): Violation[] {
  if (!/^app\/(.*\/)?actions\.ts$/.test(source.path)) return []
  const guards = source.imports
    .filter((entry) => /\/gate\/guard$/.test(entry.from) && !entry.typeOnly)
    .flatMap((entry) => entry.names)
    .filter((name) => !NO_GATES.includes(name))
  if (guards.includes('*')) {
    return [{ file: source.path, rule: 'gates', reason: 'names the gates that it imports' }]
  }
  const calls = (names: readonly string[]) => new RegExp(`\\b(?:${names.join('|')})\\b`)
  const [head = '', ...rest] = source.code.split(/^(?=(?:export )?(?:async )?(?:const|function) )/m)
  const parts = [head, ...rest]
  const nameOf = (part: string) => /^(?:export )?(?:async )?(?:const|function) (\w+)/.exec(part)?.[1] ?? ''
  // A helper of the file that calls a gate is one.
  const helpers = parts.filter((part) => !part.startsWith('export') && guards.length > 0 && calls(guards).test(part))
  const gates = [...guards, ...helpers.map(nameOf).filter((name) => name !== '')]
  return parts.flatMap((part) => {
    const at = part.search(/^ {2}(?:async )?run\b/m)
    if (!part.startsWith('export') || at < 0 || gates.length === 0 || !calls(gates).test(part.slice(at))) return []
    const name = `${nameOf(part)} in ${source.path}`
    if (Object.hasOwn(GATES_IN_RUN, name)) {
      used.add(name)
      return []
    }
    return [{ file: source.path, rule: 'gates', reason: `${nameOf(part)} asks in \`run\` for what its gate should` }]
  })
}

/**
 * An actions.ts begins with 'use server', and each export of it is one defineAction, of the console one of
 * defineAdminAction, definePartnerAction or defineClientAction, or defineButton.
 */
export function checkActions(source: Source): Violation[] {
  if (!/^app\/(.*\/)?actions\.ts$/.test(source.path)) return []
  const violations: Violation[] = []
  if (!source.code.trimStart().startsWith("'use server'")) {
    violations.push({ file: source.path, line: 1, rule: 'actions', reason: "begins with 'use server'" })
  }
  for (const match of source.code.matchAll(/^export\b[^\n]*/gm)) {
    if (/^export const \w+ = define(?:(?:Admin|Partner|Client)?Action|Button)\(/.test(match[0])) continue
    const reason =
      'every export is one defineAction, one of its like or defineButton: what is exported here is an open POST endpoint'
    violations.push({ file: source.path, line: lineAt(source.code, match.index), rule: 'actions', reason })
  }
  return violations
}
