import { z } from 'zod'
import { type RefusedFile, UPLOAD_PROBLEMS } from './types'

export const importSchema = z.object({
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  import: z.string().regex(/^[0-9a-z-]{1,60}$/),
})

const unreadable = z.object({
  problem: z.enum(UPLOAD_PROBLEMS),
  row: z.coerce.number().int().positive().nullable().catch(null),
})

/** What an address says of a file that was not read. */
export function readUnreadable(search: { problem?: string; row?: string }): RefusedFile | null {
  const read = unreadable.safeParse({ problem: search.problem, row: search.row ?? null })
  return read.success ? read.data : null
}
