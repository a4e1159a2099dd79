import { createReadStream } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { z } from 'zod'
import { type FileReport, importFile } from '../administration/import/command/service'
import { MAX_ROWS, nameOfSeparator, ROW_BOUNDS, separatorNamed } from '../administration/import/rules'
import {
  COLUMNS,
  type Column,
  FALLBACK_ROLES,
  type FileProblem,
  type RowProblem,
  SEPARATOR_NAMES,
} from '../administration/import/types'
import { CHARSETS } from '../core/kernel/charset'
import { applyMigrations } from '../core/migrate'
import { LOCALES, localeOf } from '../i18n/locales'
import { translator } from '../i18n/translate'
import { ROLES } from '../identity/user/types'
import { type CommandOutcome, defineCommand, refused } from './command'
import { namedTenant } from './people'
import { operator, withConfig, withDeps } from './world'

/** English, for whoever reads a terminal; pages have them in every language. */
const PROBLEMS: Readonly<Record<RowProblem, string>> = {
  required: 'is empty',
  not_an_address: 'is not an email address that can be reached',
  too_long: 'is longer than 100 characters',
  control_characters: 'contains characters that cannot be seen: type it again',
  unknown_role: `is not a role: give ${ROLES.join(', ')}, or nothing for the one of --role`,
  no_role: `is empty: choose one for such rows with --role ${FALLBACK_ROLES.join('|')}`,
  unknown_language: 'is not a supported language: give en, de, ja, or ko, or nothing',
  unknown_state: 'says neither active nor suspended: if the column holds something else, give --columns state=',
  hash_not_accepted: 'is not a password hash that is accepted and strong enough (see the operators’ guide)',
  owners_only: 'can come by an owner alone',
  key_not_accepted: 'is not a key of an authenticator app that is accepted (see the operators’ guide)',
  codes_not_accepted: 'holds a code that is none, or too short not to be guessed',
  key_needs_password: 'comes with a password hash alone',
  codes_need_key: 'come with a TOTP key alone',
  twice_in_file: 'is also in an earlier row',
  too_many_cells: 'has more cells than there are headings: quote a cell that contains the separator',
  address_taken: 'belongs to someone in another tenant',
  address_held: 'may still be taken back by someone who changed it recently',
  not_permitted: 'is higher than what can be given',
  yourself: 'is about whoever imports the file',
  guest: 'is about a guest: the admins of their home change them',
  service_here: 'is about a service account: turn it back into a person’s account first',
  suspended_here: 'is about somebody who is suspended here: reactivate them first',
  owner: 'makes nobody an owner, and no owner anything else: do that on the person’s page',
  higher_role: 'is about somebody of a higher role',
  not_there: 'is about somebody who is not there any more',
  unreadable: 'is about somebody of whom something cannot be read: see doctor --rows',
}

const FILE_PROBLEMS: Readonly<Record<FileProblem, string>> = {
  empty: 'There are no people in this file: add a row of headings and a row for each person.',
  not_text: 'This file is not text: save it from the spreadsheet as “CSV UTF-8”.',
  mixed_encoding: `Parts of this file are in different encodings: save it again, or give --encoding ${CHARSETS.join('|')}.`,
  wrong_encoding: `This file is not in that encoding: give --encoding ${CHARSETS.join('|')}.`,
  broken: 'A quoted cell is not closed here: save the file from the spreadsheet again.',
  row_too_long: `This row has more than ${ROW_BOUNDS.characters} characters or ${ROW_BOUNDS.cells} cells: delete what is not needed.`,
  no_email_column: 'No column holds an email address: name one with --columns email=HEADING.',
  no_name_column: 'No column holds a name: name one with --columns name=HEADING, or first_name= and last_name=.',
  column_twice: 'Two headings mean the same: say which one counts with --columns COLUMN=HEADING.',
  no_such_column: 'A heading of --columns is not in this file.',
  too_many_rows: `There are more than ${MAX_ROWS} rows, empty ones included: delete empty rows, or split the file.`,
}

const appNameIn = (locale: string) => translator(localeOf(locale) ?? 'en')('factor.totp')

const PROGRESS_INTERVAL = 5_000

/** `email=Login,state=`: a heading for a column, or nothing for none. */
const columnsField = z
  .string()
  .transform((text) => text.split(',').map((pair) => /^\s*(\w+)\s*=(.*)$/.exec(pair)?.slice(1) ?? []))
  .pipe(z.array(z.tuple([z.enum(COLUMNS), z.string().trim()])))
  .transform((pairs) => Object.fromEntries(pairs.map(([column, heading]) => [column, heading === '' ? null : heading])))

export const usersImport = defineCommand({
  usage:
    'users import --file FILE [--dry-run] [--invite] [--role end_user|agent|admin] [--with-suspended] [--update] [--encoding NAME] ' +
    '[--separator comma|semicolon|tab] [--columns COLUMN=HEADING,…] [--language en|de|ja|ko] [--tenant SLUG]',
  about: 'Imports people from a CSV file. With --dry-run nothing is written; without --invite no email is sent.',
  options: {
    file: { type: 'string' },
    'dry-run': { type: 'boolean' },
    invite: { type: 'boolean' },
    role: { type: 'string' },
    'with-suspended': { type: 'boolean' },
    update: { type: 'boolean' },
    encoding: { type: 'string' },
    separator: { type: 'string' },
    columns: { type: 'string' },
    language: { type: 'string' },
    tenant: { type: 'string' },
  },
  hints: {
    file: 'the path of a CSV file',
    role: FALLBACK_ROLES.join(', '),
    encoding: CHARSETS.join(', '),
    separator: 'comma, semicolon, or tab',
    columns: `pairs as in email=Login,state=, of ${COLUMNS.join(', ')}`,
    language: 'en, de, ja, or ko',
    tenant: 'the slug of a tenant, as in the URLs of its pages under /admin',
  },
  schema: z.object({
    file: z.string().min(1),
    'dry-run': z.boolean().default(false),
    invite: z.boolean().default(false),
    role: z.enum(FALLBACK_ROLES).optional(),
    'with-suspended': z.boolean().default(false),
    update: z.boolean().default(false),
    encoding: z.enum(CHARSETS).optional(),
    separator: z.enum(SEPARATOR_NAMES).optional(),
    columns: columnsField.default({}),
    language: z.enum(LOCALES).default('en'),
    tenant: z.string().min(1).optional(),
  }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<CommandOutcome> => {
      // A pipe could not be read twice: once to its end, and then row by row.
      const readable = await access(input.file, constants.R_OK).then(
        async () => (await stat(input.file)).isFile(),
        () => false,
      )
      if (!readable) return refused('no_file', 'This file cannot be read: give the path of a CSV file.')
      await applyMigrations({ url: config.databaseUrl, onWait: (line) => io.stderr(`${line}\n`) })
      return withDeps(config, async (deps) => {
        const tenant = await namedTenant(deps, input.tenant)
        if ('outcome' in tenant) return tenant.outcome
        const options = {
          dryRun: input['dry-run'],
          invite: input.invite,
          locale: input.language,
          suspended: input['with-suspended'],
          update: input.update,
          appName: appNameIn,
          wishes: {
            charset: input.encoding ?? null,
            separator: input.separator === undefined ? null : separatorNamed(input.separator),
            columns: input.columns,
            role: input.role ?? null,
          },
        }
        const open = () => createReadStream(input.file)
        let told = 0
        const done = await importFile(deps, operator(), tenant, open, options, (rows) => {
          if (rows < told + PROGRESS_INTERVAL) return
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
  { reading, counts, brought, roles, refused: bad }: FileReport,
  tenant: { slug: string; name: string },
  { dryRun, invite, update }: { dryRun: boolean; invite: boolean; update: boolean },
): CommandOutcome {
  const mail = invite ? 'by email' : 'without an email'
  const heading = (column: Column) => {
    const at = reading.columns[column]
    return at === undefined ? [] : [`${column} from “${reading.headings[at]}”`]
  }
  const used = Object.values(reading.columns)
  const others = reading.headings.filter((text, at) => text !== '' && !used.includes(at))
  return {
    kind: 'report',
    ok: bad.length === 0,
    lines: [
      `Read as ${reading.charset}, separated by ${nameOfSeparator(reading.separator)}: ${COLUMNS.flatMap(heading).join(', ')}.`,
      ...(others.length === 0 ? [] : [`Not used: ${others.join(', ')}.`]),
      dryRun ? `Nothing was written. This file would add to ${tenant.name}:` : `Added to ${tenant.name}:`,
      `  ${counts.added} with their password, ${counts.invited} invited ${mail}, ${counts.unchanged} already there`,
      ...(brought.apps === 0
        ? []
        : [`  with ${brought.apps} authenticator apps and ${brought.codes} recovery codes of the other system`]),
      ...roles.map(
        ({ role, count, required }) => `  ${count} ${role}: ${required ? '' : 'not '}covered by the requirement`,
      ),
      ...(update
        ? [`  ${counts.changed} of those who are there ${dryRun ? 'would become' : 'became'} what the file says`]
        : []),
      ...(counts.differs === 0
        ? []
        : [`  ${counts.differs} already there with another role, name or language: give --update to change them`]),
      ...(counts.unchangeable === 0
        ? []
        : [`  ${counts.unchangeable} already there with another role, name or language, which --update would refuse`]),
      ...(counts.left_out === 0
        ? []
        : [`  ${counts.left_out} suspended in the other system and left out: give --with-suspended to include them`]),
      ...(bad.length === 0 ? [] : [`  ${bad.length} rows were refused:`]),
      ...bad.map(
        ({ number, email, column, problem }) =>
          `  row ${number} (${email}): ${column ?? 'the row'} ${problem === null ? '' : PROBLEMS[problem]}`,
      ),
    ],
    data: { dryRun, tenant: { slug: tenant.slug, name: tenant.name }, reading, counts, brought, roles, refused: bad },
  }
}
