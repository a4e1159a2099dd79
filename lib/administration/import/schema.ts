import { z } from 'zod'
import { CHARSETS } from '../../core/kernel/charset'
import { ROLES } from '../../identity/user/types'
import type { WishedColumns } from './columns/rules'
import { separatorNamed } from './rules'
import { noTally } from './tally/rules'
import {
  type Change,
  COLUMNS,
  FALLBACK_ROLES,
  IMPORT_FILTERS,
  IMPORT_OUTCOMES,
  type Reading,
  type RefusedFile,
  ROW_PROBLEMS,
  type RowQuery,
  SEPARATOR_NAMES,
  SEPARATORS,
  type Tally,
  UPLOAD_PROBLEMS,
} from './types'

export const importSchema = z.object({
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  import: z.string().regex(/^[0-9a-z-]{1,60}$/),
})

/** A yes is to what the page showed. */
export const startImportSchema = importSchema.extend({ look: z.string().regex(/^[\w-]{43}$/) })

/** Nothing chosen, or nothing of ours: to be recognised. */
const orRecognised = <T extends z.ZodType>(schema: T) => schema.nullable().catch(null)

const place = orRecognised(z.coerce.number().int().min(0).max(500))

/** Nothing for none; a form that shows no columns says nothing of them. */
const heading = z
  .string()
  .transform((typed) => (typed === '' ? null : place.parse(typed)))
  .optional()

/** How a file is to be read. */
export const readAgainSchema = importSchema
  .extend({
    charset: orRecognised(z.enum(CHARSETS)),
    separator: orRecognised(z.enum(SEPARATOR_NAMES)),
    role: orRecognised(z.enum(FALLBACK_ROLES)),
    suspended: z.literal('on').optional(),
    update: z.literal('on').optional(),
    at_email: heading,
    at_name: heading,
    at_first_name: heading,
    at_last_name: heading,
    at_role: heading,
    at_language: heading,
    at_state: heading,
    at_password_hash: heading,
    at_totp_key: heading,
    at_recovery_codes: heading,
  })
  .transform((form) => ({
    tenant: form.tenant,
    import: form.import,
    wishes: {
      charset: form.charset,
      separator: form.separator === null ? null : separatorNamed(form.separator),
      role: form.role,
      suspended: form.suspended === 'on',
      update: form.update === 'on',
      columns: Object.fromEntries(COLUMNS.map((column) => [column, form[`at_${column}`]])) as WishedColumns,
    },
  }))

const number = z.number().int().min(0)

const looked = z.object({
  reading: z
    .object({
      charset: z.enum(CHARSETS),
      separator: z.enum(SEPARATORS),
      headings: z.array(z.string()),
      columns: z.partialRecord(z.enum(COLUMNS), number),
    })
    .nullable(),
  tally: z.object({
    // A file of an earlier version does not count all of them.
    counts: z.partialRecord(z.enum(IMPORT_OUTCOMES), number).transform((counts) => ({ ...noTally(), ...counts })),
    problems: z.partialRecord(z.enum(ROW_PROBLEMS), number),
    roles: z.partialRecord(z.enum(ROLES), number),
  }),
})

const change = z.object({
  from: z.object({ name: z.string(), role: z.enum(ROLES), locale: z.string().nullable() }),
  to: z.object({
    name: z.string().optional(),
    role: z.enum(ROLES).optional(),
    locale: z.string().optional(),
  }),
  secrets: z.boolean(),
})

/** What a row would make of somebody who is there, as it was kept; null for what nobody can read. */
export function readChange(text: string | null): Change | null {
  try {
    return text === null ? null : (change.parse(JSON.parse(text)) as Change)
  } catch {
    return null
  }
}

/** How a file was read and what would come of it, as it was kept; null for what nobody can read. */
export function readLooked(text: string | null): { reading: Reading | null; tally: Tally } | null {
  try {
    return looked.parse(JSON.parse(text ?? ''))
  } catch {
    return null
  }
}

const unreadable = z.object({
  problem: z.enum(UPLOAD_PROBLEMS),
  row: z.coerce.number().int().positive().nullable().catch(null),
})

/** What an address, or a row, says of a file that was not read. */
export function readUnreadable(search: Readonly<Record<string, unknown>>): RefusedFile | null {
  const read = unreadable.safeParse({ problem: search.problem, row: search.row ?? null })
  return read.success ? read.data : null
}

const rowQuery = z.object({
  filter: z.enum(IMPORT_FILTERS).catch('all'),
  problem: z.enum(ROW_PROBLEMS).nullable().catch(null),
  after: z.coerce.number().int().min(0).max(9_999_999).catch(0),
})

/** Which rows of a file an address asks for. */
export function readRowQuery(search: Readonly<Record<string, string | string[] | undefined>>): RowQuery {
  return rowQuery.parse({ filter: search.show, problem: search.why ?? null, after: search.after })
}
