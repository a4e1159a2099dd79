import { z } from 'zod'
import { CONNECTABLE_KINDS } from '../../credentials/factor/types'

/** A kind, and the number of a phone beside it. */
export const kindSchema = z.object({
  kind: z.enum(CONNECTABLE_KINDS),
  phone: z.string().max(60, 'too_long').optional(),
})
