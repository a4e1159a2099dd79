import { z } from 'zod'
import { FILE_PROBLEMS, type UnreadableFile } from './types'

export const importSchema = z.object({
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  import: z.string().regex(/^[0-9a-z-]{1,60}$/),
})

const unreadable = z.object({
  problem: z.enum([...FILE_PROBLEMS, 'no_file', 'too_large', 'busy', 'other_session']),
  row: z.coerce.number().int().positive().nullable().catch(null),
})

export type UploadProblem = UnreadableFile['problem'] | 'no_file' | 'too_large' | 'busy' | 'other_session'

/** What an address says of a file that was not read. */
export function readUnreadable(search: {
  problem?: string
  row?: string
}): { problem: UploadProblem; row: number | null } | null {
  const read = unreadable.safeParse({ problem: search.problem, row: search.row ?? null })
  return read.success ? read.data : null
}
