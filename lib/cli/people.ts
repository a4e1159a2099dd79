import { createReadStream } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { z } from 'zod'
import { MOST_ROWS } from '../administration/import/rules'
import { type FileReport, importFile } from '../administration/import/service'
import type { FileProblem, RowProblem } from '../administration/import/types'
import { createUser } from '../administration/new-user/service'
import { REASON_LENGTH } from '../administration/people/rules'
import { breakGlass } from '../administration/people/service'
import { type SetUpCode, setUpByCommand } from '../administration/setup/service'
import type { Deps } from '../core/deps'
import { err, ok, type Result } from '../core/kernel/result'
import { applyMigrations } from '../core/migrate'
import { MAXIMUM_CODE_POINTS, minimumLength } from '../credentials/password/rules'
import { LOCALES } from '../i18n/locales'
import { firstTenant, type TenantFacts, tenantBySlug } from '../identity/tenant/service'
import { normaliseEmail, userTypeOf } from '../identity/user/rules'
import { emailField, nameField } from '../identity/user/schema'
import { ROLES } from '../identity/user/types'
import { defineCommand, done, type Io, type Outcome, refused } from './command'
import { operator, withConfig, withDeps } from './world'

/** What to do about each refusal; every code of the services has a sentence, or this does not compile. */
function sentence(code: SetUpCode, minimum: number): string {
  const sentences: Record<SetUpCode, string> = {
    address_taken: 'This email is already in use: give another one.',
    already_set_up: 'This installation already has a tenant: add people with users create.',
    busy: 'The machine is busy hashing passwords: try again in a few seconds.',
    link_dead: 'The setup link was used, has expired, or was replaced: restart the server to get a new one.',
    not_an_address: 'This is not an email address that can be reached: give one such as olga@example.com.',
    password_common: 'This password is easy to guess: choose one that is on no list, such as several unrelated words.',
    password_context: 'This password is based on the name, the email, or the company: choose another one.',
    password_too_long: `This password is too long: give at most ${MAXIMUM_CODE_POINTS} characters.`,
    password_too_short: `This password is too short: give at least ${minimum} characters.`,
  }
  return sentences[code]
}

const MOST_BYTES = 64 * 1024

/** The password that standard input holds, without one line end. It never comes from the command line, where other
 * processes and the shell's history see it. */
async function readPassword(stdin: Io['stdin']): Promise<Result<string, 'no_password' | 'terminal' | 'not_text'>> {
  if (stdin.isTTY) return err('terminal')
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of stdin) {
    parts.push(part)
    size += part.byteLength
    if (size > MOST_BYTES) return err('not_text')
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
    const password = text.replace(/\r?\n$/, '')
    return password === '' ? err('no_password') : ok(password)
  } catch {
    return err('not_text')
  }
}

const INPUT_SENTENCES = {
  no_password: 'There is no password on standard input: pipe it into the command.',
  terminal: 'The password is read from standard input and would be visible here: pipe it into the command.',
  not_text: 'Standard input is not a password: pipe one line of UTF-8 text into the command.',
} as const

const fromStdin = z.literal(true)

export const init = defineCommand({
  usage: 'init --tenant NAME --owner-name NAME --owner-email ADDRESS --password-stdin [--kind customer|partner]',
  about: 'Creates the first tenant and its owner.',
  options: {
    tenant: { type: 'string' },
    'owner-name': { type: 'string' },
    'owner-email': { type: 'string' },
    'password-stdin': { type: 'boolean' },
    kind: { type: 'string' },
  },
  hints: {
    tenant: '1 to 100 characters',
    'owner-name': '1 to 100 characters',
    'owner-email': 'an email address',
    kind: 'customer or partner',
  },
  schema: z.object({
    tenant: nameField,
    'owner-name': nameField,
    'owner-email': emailField,
    'password-stdin': fromStdin,
    kind: z.enum(['customer', 'partner']).default('customer'),
  }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<Outcome> => {
      const password = await readPassword(io.stdin)
      if (!password.ok) return refused(password.code, INPUT_SENTENCES[password.code])
      await applyMigrations({ url: config.databaseUrl })
      return withDeps(config, async (deps) => {
        const made = await setUpByCommand(deps, operator(), {
          tenantName: input.tenant,
          kind: input.kind,
          owner: { name: input['owner-name'], email: input['owner-email'], password: password.value, locale: null },
        })
        const minimum = minimumLength({ role: 'owner', secondFactorEnforced: false })
        if (!made.ok) return refused(made.code, sentence(made.code, minimum))
        const { slug, ownerId } = made.value
        const email = normaliseEmail(input['owner-email'])
        const signIn = `${config.publicUrl}/sign-in`
        return done(
          [
            `Created the ${input.kind} ${input.tenant} (${slug}) and its owner ${input['owner-name']}.`,
            `Sign in at ${signIn}`,
          ],
          {
            tenant: { slug, name: input.tenant, kind: input.kind },
            owner: { id: ownerId, email: email.ok ? email.value : null },
            signIn,
          },
        )
      })
    }),
})

export const usersCreate = defineCommand({
  usage: `users create --email ADDRESS --name NAME --role ${ROLES.join('|')} --password-stdin [--tenant SLUG]`,
  about: 'Adds a person to a tenant, the first one unless another is named. No email is sent.',
  options: {
    email: { type: 'string' },
    name: { type: 'string' },
    role: { type: 'string' },
    'password-stdin': { type: 'boolean' },
    tenant: { type: 'string' },
  },
  hints: {
    email: 'an email address',
    name: '1 to 100 characters',
    role: ROLES.join(', '),
    tenant: 'the slug of a tenant, as in the URLs of its pages under /admin',
  },
  schema: z.object({
    email: emailField,
    name: nameField,
    role: z.enum(ROLES),
    'password-stdin': fromStdin,
    tenant: z.string().min(1).optional(),
  }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<Outcome> => {
      const password = await readPassword(io.stdin)
      if (!password.ok) return refused(password.code, INPUT_SENTENCES[password.code])
      await applyMigrations({ url: config.databaseUrl })
      return withDeps(config, async (deps) => {
        const tenant = await namedTenant(deps, input.tenant)
        if ('outcome' in tenant) return tenant.outcome
        const { email, name, role } = input
        const made = await createUser(deps, operator(), tenant, {
          email,
          name,
          role,
          password: password.value,
          locale: null,
        })
        const secondFactorEnforced = tenant.required[userTypeOf(role)]
        if (!made.ok) return refused(made.code, sentence(made.code, minimumLength({ role, secondFactorEnforced })))
        return done([`Added ${name} (${made.value.email}) to ${tenant.name} as ${role}.`], {
          user: { id: made.value.id, email: made.value.email, name, role },
          tenant: { slug: tenant.slug, name: tenant.name },
        })
      })
    }),
})

/** English, for whoever reads a terminal; pages have them in every language. */
const PROBLEMS: Readonly<Record<RowProblem, string>> = {
  required: 'is empty',
  not_an_address: 'is not an email address that can be reached',
  too_long: 'is longer than 100 characters',
  control_characters: 'contains control characters',
  unknown_role: `is not a role: give ${ROLES.join(', ')}, or nothing for end_user`,
  unknown_language: 'is not a supported language: give en, de, ja, or ko, or nothing',
  hash_not_accepted: 'is not an argon2id or bcrypt hash that is strong enough',
  twice_in_file: 'is also in an earlier row',
  address_taken: 'belongs to someone in another tenant',
  address_held: 'may still be taken back by someone who changed it recently',
  not_permitted: 'is higher than what can be given',
}

const FILE_PROBLEMS: Readonly<Record<FileProblem, string>> = {
  empty: 'There are no people in this file: add a row of headings and a row for each person.',
  not_text: 'This file is not text in UTF-8 or UTF-16: save it from the spreadsheet as “CSV UTF-8”.',
  broken: 'A quoted cell is not closed here: save the file from the spreadsheet again.',
  no_email_column: 'No column is called Email: name the columns Email, Name, Role, Language, Password hash.',
  no_name_column: 'No column is called Name: name the columns Email, Name, Role, Language, Password hash.',
  column_twice: 'Two headings mean the same column: keep one of them.',
  too_many_rows: `There are more than ${MOST_ROWS} rows: split the file.`,
}

const PROGRESS_EVERY = 5_000

export const usersImport = defineCommand({
  usage: 'users import --file FILE [--dry-run] [--invite] [--language en|de|ja|ko] [--tenant SLUG]',
  about: 'Imports people from a CSV file. With --dry-run nothing is written; without --invite no email is sent.',
  options: {
    file: { type: 'string' },
    'dry-run': { type: 'boolean' },
    invite: { type: 'boolean' },
    language: { type: 'string' },
    tenant: { type: 'string' },
  },
  hints: {
    file: 'the path of a CSV file',
    language: 'en, de, ja, or ko',
    tenant: 'the slug of a tenant, as in the URLs of its pages under /admin',
  },
  schema: z.object({
    file: z.string().min(1),
    'dry-run': z.boolean().default(false),
    invite: z.boolean().default(false),
    language: z.enum(LOCALES).default('en'),
    tenant: z.string().min(1).optional(),
  }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<Outcome> => {
      const unreadable = await access(input.file, constants.R_OK).then(
        () => false,
        () => true,
      )
      if (unreadable) return refused('no_file', 'This file cannot be read: give the path of a CSV file.')
      await applyMigrations({ url: config.databaseUrl })
      return withDeps(config, async (deps) => {
        const tenant = await namedTenant(deps, input.tenant)
        if ('outcome' in tenant) return tenant.outcome
        const options = { dryRun: input['dry-run'], invite: input.invite, locale: input.language }
        let told = 0
        const done = await importFile(deps, operator(), tenant, createReadStream(input.file), options, (rows) => {
          if (rows < told + PROGRESS_EVERY) return
          told = rows
          io.stderr(`${rows} rows\n`)
        })
        if (!done.ok) {
          const { problem, row } = done.detail
          return refused(problem, `${row === null ? '' : `Row ${row}: `}${FILE_PROBLEMS[problem]}`)
        }
        return importReport(done.value, tenant, options)
      })
    }),
})

function importReport(
  { counts, refused: bad }: FileReport,
  tenant: { slug: string; name: string },
  { dryRun, invite }: { dryRun: boolean; invite: boolean },
): Outcome {
  const mail = invite ? 'by email' : 'without an email'
  return {
    kind: 'report',
    ok: bad.length === 0,
    lines: [
      dryRun ? `Nothing was written. This file would add to ${tenant.name}:` : `Added to ${tenant.name}:`,
      `  ${counts.added} with their password, ${counts.invited} invited ${mail}, ${counts.unchanged} already there`,
      ...(bad.length === 0 ? [] : [`  ${bad.length} rows were refused:`]),
      ...bad.map(
        ({ number, email, column, problem }) =>
          `  row ${number} (${email}): ${column ?? 'the row'} ${problem === null ? '' : PROBLEMS[problem]}`,
      ),
    ],
    data: { dryRun, tenant: { slug: tenant.slug, name: tenant.name }, counts, refused: bad },
  }
}

async function namedTenant(
  deps: Pick<Deps, 'db'>,
  slug: string | undefined,
): Promise<TenantFacts | { outcome: Outcome }> {
  const tenant = slug === undefined ? await firstTenant(deps) : await tenantBySlug(deps, slug)
  if (tenant !== null) return tenant
  return {
    outcome:
      slug === undefined
        ? refused('no_tenant', 'There is no tenant yet: create the first one with init.')
        : refused('unknown_tenant', 'No tenant has this slug: look at the URL of its pages under /admin.'),
  }
}

const BREAK_GLASS = {
  nobody: 'No one has this email: look at the users in the console, or at users create.',
  not_an_owner: 'This is not an owner who can sign in: an owner creates codes for everyone else in the console.',
  busy: 'The machine is busy hashing passwords: try again in a few seconds.',
} as const

/** A code for an owner who is locked out; using it alarms all admins (R8). */
export const breakGlassCommand = defineCommand({
  usage: 'break-glass --email ADDRESS --reason TEXT',
  about: 'Creates a recovery code for an owner who is locked out. Every owner and admin is told by email.',
  options: { email: { type: 'string' }, reason: { type: 'string' } },
  hints: { email: 'an email address', reason: `why, in 1 to ${REASON_LENGTH} characters` },
  schema: z.object({
    email: emailField,
    reason: z
      .string()
      .trim()
      .min(1)
      .max(REASON_LENGTH)
      .regex(/^\P{Cc}*$/u),
  }),
  run: (input, io) =>
    withConfig(io, (config) =>
      withDeps(config, async (deps): Promise<Outcome> => {
        const made = await breakGlass(deps, operator(), input)
        if (!made.ok) return refused(made.code, BREAK_GLASS[made.code])
        const { code, until } = made.value
        return done(
          [
            `Recovery code for ${input.email}: ${code}`,
            `It works once, until ${until.toISOString()}, in place of the passcode. Every owner and admin is told.`,
          ],
          { code, until: until.toISOString() },
        )
      }),
    ),
})
