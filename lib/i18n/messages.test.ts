import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BULK_ACTS, BULK_OUTCOMES } from '../administration/bulk/types'
import { CLIENT_STATES, REQUIREMENTS } from '../administration/client/types'
import { LOGO_PROBLEMS } from '../administration/company/logo/types'
import { FIRST_STEPS, MAIL_STATES } from '../administration/first-steps/types'
import {
  COLUMNS,
  IMPORT_FILTERS,
  IMPORT_OUTCOMES,
  ROW_PROBLEMS,
  SEPARATOR_NAMES,
  UPLOAD_PROBLEMS,
} from '../administration/import/types'
import { REMINDER_STEPS } from '../administration/invitation/types'
import { REPORT_SCOPES, REPORT_STATUSES } from '../administration/report/types'
import { KIND_GROUPS } from '../audit/reading/rules'
import { AUDIT_KINDS, EXPORT_FORMATS } from '../audit/types'
import { CHARSETS } from '../core/kernel/charset'
import { OUTCOMES as COVERAGE_OUTCOMES, STATES as COVERAGE_STATES, LEVELS, RULES } from '../coverage/types'
import { STRENGTH_NAMES } from '../credentials/factor/rules'
import { LEVEL_LIMITS } from '../identity/policy/rules'
import { FACTOR_KINDS } from '../identity/policy/types'
import { ROLES, type UserType } from '../identity/user/types'
import { BUTTONS, MAIL_FACTORS, type Paragraph, SMS_TEMPLATES, TEMPLATES } from '../messaging/mail/templates'
import { messagesOf } from '../testing/messages'
import { CSV_COLUMNS } from '../web/export/audit-export'
import { REPORT_COLUMNS } from '../web/export/report-export'
import { BOXED_KINDS } from '../web/forms/policy'
import { ERROR_CODES } from '../web/gate/action'
import { ACTS } from '../web/loaders/acts'
import { REFUSALS } from '../web/server/refusal'
import {
  ACTOR_KINDS,
  DETAILS,
  DONE_BY_SOMEBODY,
  KINDS_WITH_FACTOR,
  TOLD_TOGETHER,
  WORDED_FACTORS,
} from '../web/words/audit'
import { securityState } from '../web/words/coverage'
import { LOCALES, type Locale } from './locales'
import { translator } from './translate'

const ROOT = join(import.meta.dirname, '../..')

const MESSAGES = new Map(LOCALES.map((locale) => [locale, messagesOf(locale)]))
const of = (locale: Locale) => MESSAGES.get(locale) ?? new Map<string, string>()
const KEYS = [...of('en').keys()]
const OTHERS = LOCALES.filter((locale) => locale !== 'en')

interface Placeholder {
  name: string
  kind: string
  /** Of a plural or select. */
  cases: string[]
}

/** The arguments of an ICU message, those inside cases included. */
function placeholders(message: string): Placeholder[] {
  const found: Placeholder[] = []
  let at = 0
  const until = (ends: string) => {
    const start = at
    while (at < message.length && !ends.includes(message.charAt(at))) at += 1
    return message.slice(start, at).trim()
  }
  const walk = (inside: boolean) => {
    while (at < message.length) {
      const sign = message.charAt(at)
      if (sign === "'" && '{}#'.includes(message.charAt(at + 1) || ' ')) at = message.indexOf("'", at + 1) + 1
      else if (sign === '}' && inside) return
      else if (sign === '{') argument()
      else at += 1
    }
  }
  const argument = () => {
    at += 1
    const each: Placeholder = { name: until(',}'), kind: 'value', cases: [] }
    found.push(each)
    if (message.charAt(at) === ',') {
      at += 1
      each.kind = until(',}')
      at += 1
      if (/^(plural|select|selectordinal)$/.test(each.kind)) {
        for (let name = until('{}'); name !== ''; name = until('{}')) {
          each.cases.push(name)
          at += 1
          walk(true)
          at += 1
        }
      } else until('}')
    }
    at += 1
  }
  walk(false)
  return found
}

const signature = (message: string) =>
  [...new Set(placeholders(message).map(({ name, kind }) => `${name}: ${kind}`))].sort()

function files(directory: string): string[] {
  return readdirSync(join(ROOT, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/lib/testing'))
}

const SOURCES = new Map(['app', 'components', 'lib'].flatMap(files).map((path) => [path, readFileSync(path, 'utf8')]))

function source(path: string): string {
  const text = SOURCES.get(join(ROOT, path))
  if (text === undefined) throw new Error(`no ${path}`)
  return text
}

/** The members of `const NAME = ['a', 'b'] as const`, where a module may not export it. */
function listIn(path: string, name: string): string[] {
  const list = new RegExp(`const ${name} = \\[([^\\]]*)\\] as const`).exec(source(path))?.[1]
  if (list === undefined) throw new Error(`no ${name} in ${path}`)
  return [...list.matchAll(/'([^']+)'/g)].map(([, member = '']) => member)
}

const USER_TYPES = Object.keys({ team: true, end: true } satisfies Record<UserType, true>)

/** Every state that one's own security can be in. */
const STATES = [0, 1].flatMap((count) =>
  [false, true].flatMap((inForce) =>
    [false, true].map((required) =>
      securityState({
        factors: Array.from({ length: count }, () => ({
          id: '',
          kind: 'totp' as const,
          name: '',
          target: null,
          createdAt: new Date(),
          lastUsedAt: null,
          first: true,
          allowed: true,
          removable: true,
        })),
        kinds: [],
        mailWithheld: null,
        codesLeft: 0,
        codesKept: true,
        turnedOn: false,
        required,
        inForce,
        steppedUp: false,
        minimumPassword: 15,
        wasReset: false,
      }),
    ),
  ),
)

/** The sentences of its own that a paragraph of a mail may say. */
function sentencesOf(paragraph: Paragraph): string[] {
  if (typeof paragraph === 'string') return [paragraph]
  return 'count' in paragraph ? [...sentencesOf(paragraph.say), ...sentencesOf(paragraph.above)] : []
}

const MAIL_SENTENCES = Object.entries(TEMPLATES).flatMap(([template, { body }]) => {
  const own = (body as readonly Paragraph[]).flatMap(sentencesOf)
  return own.map((sentence) => `${template}.${sentence}`)
})

/** Messages that are chosen by a value: the prefix of their keys, and every value there can be. */
const CLIENT_KINDS = ['customer', 'partner']
const FAMILIES: Record<string, readonly string[]> = {
  'act.intro.': ACTS,
  'act.menu.': ACTS,
  'act.title.': ACTS,
  'advanced.coverage': ['Enrolled', 'Setup', 'Invited', 'Exempt', 'Service', 'Free', 'Suspended'],
  'advanced.outcome.': COVERAGE_OUTCOMES,
  'account.badge.': STATES.map((state) => state.word),
  'account.state.': STATES.map((state) => state.sentence),
  'advanced.deadline.': USER_TYPES,
  'advanced.deviceNotice.': listIn('app/(admin)/admin/[tenant]/security/advanced/devices/page.tsx', 'NOTICES'),
  'advanced.kinds.': USER_TYPES,
  'advanced.trustDays.': USER_TYPES,
  'advanced.require.': USER_TYPES,
  'advanced.requireHint.': USER_TYPES,
  'advanced.requireHintBy.': USER_TYPES,
  'advanced.trust.': USER_TYPES,
  'audit.': EXPORT_FORMATS,
  'audit.actor.': ACTOR_KINDS,
  'audit.column.': CSV_COLUMNS.filter((column) => column !== 'MfaFactorType'),
  'audit.detail.': DETAILS,
  'audit.did.': DONE_BY_SOMEBODY,
  'audit.factor.': WORDED_FACTORS,
  'audit.group.': Object.keys(KIND_GROUPS),
  'audit.many.': TOLD_TOGETHER,
  'audit.reminder.': REMINDER_STEPS,
  'audit.says.': AUDIT_KINDS,
  'audit.with.': KINDS_WITH_FACTOR,
  'bulk.act.': BULK_ACTS,
  'bulk.is.': BULK_OUTCOMES,
  'bulk.outcome.': BULK_OUTCOMES,
  'contain.': ['team', 'end', 'all'],
  'done.to.': ['account', 'console', 'on'],
  'devices.notice.': listIn('app/(account)/account/devices/page.tsx', 'NOTICES'),
  'enroll.hint.': BOXED_KINDS,
  'error.': ERROR_CODES,
  'clients.about.': CLIENT_KINDS,
  'clients.kindOf.': CLIENT_KINDS,
  'clients.notice.': listIn('app/(admin)/admin/[tenant]/clients/[client]/page.tsx', 'NOTICES'),
  'clients.of.': ['all', 'team', 'end', 'none'],
  'clients.required.': REQUIREMENTS,
  'clients.state.': CLIENT_STATES,
  'clients.suspendHint.': CLIENT_KINDS,
  'clients.toProductionHint.': CLIENT_KINDS,
  'company.problem.': LOGO_PROBLEMS,
  'event.': AUDIT_KINDS,
  'factor.': FACTOR_KINDS,
  'limits.hours.': USER_TYPES,
  'limits.idle.': USER_TYPES,
  'limits.level.': LEVEL_LIMITS.map(({ level }) => level),
  'import.becoming.': IMPORT_OUTCOMES,
  'import.charset.': CHARSETS,
  'import.column.': COLUMNS,
  'import.file.': UPLOAD_PROBLEMS,
  'import.filter.': IMPORT_FILTERS,
  'import.is.': ['checked', 'running', 'done'],
  'import.means.': ROLES,
  'import.note.': [...IMPORT_OUTCOMES, 'mailed'],
  'import.outcome.': IMPORT_OUTCOMES,
  'import.problem.': ROW_PROBLEMS,
  'import.separator.': SEPARATOR_NAMES,
  'invite.is.': ['open', 'expired', 'not_sent', 'void'],
  'invite.mailed.': ['sent', 'waiting', 'failed'],
  'invite.notice.': listIn('app/(admin)/admin/[tenant]/people/invitations/page.tsx', 'NOTICES'),
  'mail.': [...MAIL_SENTENCES, ...Object.keys(TEMPLATES).map((template) => `${template}.subject`)],
  'mail.common.': ['nothingToDo', 'changePassword'],
  'mail.common.button.': BUTTONS,
  'messages.channel.': ['email', 'sms'],
  'messages.purpose.': ['passcode', 'link', 'notice'],
  'messages.trouble.': ['expired', 'no_gateway', 'unreadable', 'rejected', 'not_taken_over'],
  'people.status.': COVERAGE_STATES,
  'person.notice.': listIn('app/(admin)/admin/[tenant]/people/users/[user]/page.tsx', 'NOTICES'),
  'refusal.': Object.keys(REFUSALS),
  'resets.notice.': listIn('app/(admin)/admin/[tenant]/security/reset-requests/page.tsx', 'NOTICES'),
  'resets.state.': ['open', 'approved', 'denied', 'cancelled', 'expired'],
  'role.': ROLES,
  'security.notice.': listIn('app/(account)/account/security/page.tsx', 'NOTICES'),
  'steps.': [
    ...FIRST_STEPS.flatMap((step) => [`title_${step}`, `${step}_done`]),
    ...FIRST_STEPS.flatMap((step) => (step === 'mail' ? [] : [`${step}_missing`])),
    ...MAIL_STATES.map((state) => `mail_${state}`),
  ],
  'signIn.notice.': listIn('lib/web/loaders/portal.ts', 'SIGN_IN_NOTICES'),
  'mail.factor.': MAIL_FACTORS,
  'sms.': Object.keys(SMS_TEMPLATES),
  'twoFactor.state.': ['both', 'team', 'end', 'none', 'gone'],
  'userType.': USER_TYPES,
  'why.path.': ['asked', 'replace', 'enrol', 'put_off', 'let_in', 'barred'],
  'why.rule.': [...RULES, 'required_strictest', 'service_until'],
  'why.step.': [
    'required',
    'not_required',
    'kinds',
    'deadline',
    'more_time',
    'exempted',
    'own_choice',
    'no_choice',
    'factors',
  ],
  'reminder.': ['sent', 'failed', 'waiting'],
  'report.strength.': STRENGTH_NAMES,
  'report.column.': REPORT_COLUMNS,
  'report.is.': ['running', 'ready', 'over'],
  'report.notice.': listIn('app/(admin)/admin/[tenant]/security/reports/page.tsx', 'NOTICES'),
  'report.rule.': RULES,
  'report.scope.': REPORT_SCOPES,
  'report.status.': REPORT_STATUSES,
  'audit.decision.': ['asked', 'asked_recovery_code', 'skipped_trusted_device', 'exempt', 'put_off', 'not_asked'],
  'report.level.': LEVELS,
  'floors.require.': USER_TYPES,
  'floors.kinds.': USER_TYPES,
  'floors.trust.': USER_TYPES,
  'floors.idle.': USER_TYPES,
  'floors.hours.': USER_TYPES,
  'floors.setting.': listIn('lib/administration/floors/rules.ts', 'TOLD'),
  'why.other.': ['required', 'exempted', 'deadline'],
}

/** What the code names: keys in quotes, and the prefixes of keys that end in a value. */
function named() {
  const text = [...SOURCES.values()].join('\n')
  const literals = new Set([...text.matchAll(/(['"`])([A-Za-z]+(?:\.[A-Za-z_]+)+)\1/g)].map(([, , key = '']) => key))
  const prefixes = new Set(
    [...text.matchAll(/\b(?:t|translator\([\w.]+\))\(\s*`([A-Za-z.]*)\$\{/g)].map(([, prefix = '']) => prefix),
  )
  return { literals, prefixes }
}

describe('the dictionary (X1)', () => {
  test('has a key for everything the code says, and nothing that the code never says', () => {
    const { literals, prefixes } = named()
    expect([...prefixes].sort()).toEqual(Object.keys(FAMILIES).sort())
    const chosen = Object.entries(FAMILIES).flatMap(([prefix, members]) => members.map((member) => prefix + member))
    expect(chosen.filter((key) => !KEYS.includes(key))).toEqual([])
    const used = new Set([...chosen, ...KEYS.filter((key) => literals.has(key))])
    expect(KEYS.filter((key) => !used.has(key))).toEqual([])
    expect(literals.size).toBeGreaterThan(100)
  })

  test('X3: every error code has a sentence and every sentence a code', () => {
    const sentences = KEYS.filter((key) => key.startsWith('error.')).map((key) => key.slice('error.'.length))
    expect(sentences.sort()).toEqual([...ERROR_CODES].sort())
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length)
  })

  test('names every kind of factor that can be connected', () => {
    const kinds = KEYS.filter((key) => key.startsWith('factor.')).map((key) => key.slice('factor.'.length))
    for (const kind of kinds) expect(FACTOR_KINDS).toContain(kind)
  })

  test.each(OTHERS)('X1: %s has the keys of English, in its order', (locale) => {
    expect([...of(locale).keys()]).toEqual(KEYS)
  })

  test.each(OTHERS)('X1: %s takes the same values as English', (locale) => {
    for (const key of KEYS) {
      expect([key, signature(of(locale).get(key) ?? '')]).toEqual([key, signature(of('en').get(key) ?? '')])
    }
  })

  test.each(LOCALES)('X1: every message of %s can be said, in no case of number that it does not have', (locale) => {
    const t = translator(locale) as unknown as (key: string, values: object) => string
    const categories = new Intl.PluralRules(locale).resolvedOptions().pluralCategories
    for (const [key, message] of of(locale)) {
      const found = placeholders(message)
      for (const { kind, cases } of found) {
        if (kind !== 'plural') continue
        const worded = cases.filter((each) => !each.startsWith('='))
        expect(worded, key).toContain('other')
        expect(categories, key).toEqual(expect.arrayContaining(worded))
      }
      for (const count of [0, 1, 2, 7]) {
        const values = Object.fromEntries(found.map(({ name, kind }) => [name, kind === 'value' ? `<${name}>` : count]))
        const said = t(key, values)
        expect(said.trim(), key).toBe(said)
        expect(said, key).not.toBe('')
        expect(said, key).not.toMatch(/[{}]|undefined|\[object/)
        for (const { name, kind } of found) {
          const inCase = placeholders(message).length > 1 && !message.includes(`{${name}}`)
          if (kind === 'value' && !inCase) expect(said, key).toContain(`<${name}>`)
        }
      }
    }
  })

  test('X1: nothing was left in English', () => {
    const left: string[] = []
    for (const key of KEYS) {
      const english = of('en').get(key) ?? ''
      // A number or a place for others has no word to translate.
      if (!/\p{L}/u.test(english.replace(/\{[^{}]*\{#\}\}|\{\w+\}/g, ''))) continue
      for (const locale of OTHERS) {
        const said = of(locale).get(key) ?? ''
        const foreign =
          locale === 'de' || /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(said)
        // A word may be the same in German; a sentence is not.
        const same = locale === 'de' && said === english && english.includes(' ')
        if (!foreign || same) left.push(`${locale} ${key}`)
      }
    }
    expect(left).toEqual([])
  })

  test('reads the arguments of a message as ICU does', () => {
    expect(placeholders("{a} it's {n, plural, =0 {none} one {{b} #} other {# '{c}' '#{e}'}} {d, number}")).toEqual([
      { name: 'a', kind: 'value', cases: [] },
      { name: 'n', kind: 'plural', cases: ['=0', 'one', 'other'] },
      { name: 'b', kind: 'value', cases: [] },
      { name: 'd', kind: 'number', cases: [] },
    ])
  })
})
