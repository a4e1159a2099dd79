import { z } from 'zod'
import { emailField, nameField } from '../../identity/user/schema'
import { CLIENT_SORTS, type ClientQuery, REQUIREMENTS } from './types'

const slug = z.string().regex(/^[a-z0-9-]{1,60}$/)

const checkbox = z
  .enum(['on'])
  .optional()
  .transform((value) => value === 'on')

export const makeClientSchema = z.object({
  tenant: slug,
  name: nameField,
  /** Empty: made of the name. */
  slug: z
    .string()
    .trim()
    .max(40, 'bad_slug')
    .regex(/^([a-z0-9]+(-[a-z0-9]+)*)?$/, 'bad_slug'),
  kind: z.enum(['customer', 'partner'], 'required'),
  stage: z.enum(['trial', 'production'], 'required'),
  ownerName: nameField,
  email: emailField,
  locale: z.enum(['en', 'de', 'ja', 'ko'], 'required'),
})

/** What is done to one tenant below. */
export const clientSchema = z.object({ tenant: slug, client: slug })

export const clientRequirementSchema = z.object({
  ...clientSchema.shape,
  version: z.coerce.number().int().positive(),
  teamRequired: checkbox,
  endRequired: checkbox,
  endSessions: checkbox,
  /** Only look at what a save would do (P2). */
  preview: z.literal('1').optional(),
})

const choice = <T extends string>(values: readonly T[]) => z.enum(values).nullable().catch(null)
const one = z.string().max(400).catch('')

/** What an address says of the list; whatever it does not know is left out. */
export function readClientQuery(search: Record<string, string | string[] | undefined>): ClientQuery {
  const text = (name: string) => one.parse(search[name] ?? '').replace(/\p{Cc}/gu, '')
  const after = text('after')
  const before = text('before')
  return {
    search: text('q').trim().slice(0, 100),
    kind: choice(['partner', 'customer'] as const).parse(search.kind ?? null),
    stage: choice(['trial', 'production'] as const).parse(search.stage ?? null),
    requires: choice(REQUIREMENTS).parse(search.requires ?? null),
    suspended: search.list === 'suspended',
    sort: choice(CLIENT_SORTS).parse(search.sort ?? null) ?? 'name',
    descending: search.dir === 'desc',
    from: after !== '' ? { after } : before !== '' ? { before } : 'first',
  }
}

/** The same as a query string, from the beginning of the list. */
export function writeClientQuery(query: Omit<ClientQuery, 'from'>): URLSearchParams {
  const { search, kind, stage, requires, suspended, sort, descending } = query
  return new URLSearchParams({
    ...(suspended ? { list: 'suspended' } : {}),
    ...(search === '' ? {} : { q: search }),
    ...(kind === null ? {} : { kind }),
    ...(stage === null ? {} : { stage }),
    ...(requires === null ? {} : { requires }),
    ...(sort === 'name' ? {} : { sort }),
    ...(descending ? { dir: 'desc' } : {}),
  })
}
