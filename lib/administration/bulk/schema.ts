import { z } from 'zod'
import { BULK_OUTCOMES, type TargetQuery } from './types'

const tenant = z.string().regex(/^[a-z0-9-]{1,60}$/)
const id = /^[0-9a-z-]{1,60}$/

/** The name of the box of a row. */
export const PICK = 'pick.'

function ticked(boxes: Record<string, unknown>): string[] {
  return Object.keys(boxes).flatMap((name) => (name.startsWith(PICK) ? [name.slice(PICK.length)] : []))
}

/** A list's form: what to do, and to all of its filter, to its page, or to the rows that are ticked. */
export const prepareSchema = z
  .looseObject({
    tenant,
    choice: z.string().min(1, 'required').max(60),
    reach: z.enum(['picked', 'page', 'all']),
    // As lists are searched: what no database keeps is not looked for.
    filter: z
      .string()
      .max(1_000)
      .transform((text) => text.replace(/[\p{Cc}\p{Cs}]/gu, '')),
    page: z.string().max(10_000).default(''),
  })
  .transform(({ tenant, choice, reach, filter, page, ...boxes }) => ({
    tenant,
    choice,
    filter: reach === 'all' ? filter : null,
    picked: (reach === 'page' ? page.split(' ') : ticked(boxes)).filter((each) => id.test(each)),
  }))

export const bulkSchema = z.object({ tenant, bulk: z.string().regex(id) })

/** What an address says of the rows. */
export function readTargetQuery(search: Record<string, string | string[] | undefined>): TargetQuery {
  return {
    outcome: z
      .enum(BULK_OUTCOMES)
      .nullable()
      .catch(null)
      .parse(search.show ?? null),
    after: z.coerce.number().int().min(0).max(10_000_000).catch(0).parse(search.after),
  }
}
