import { z } from 'zod'
import { REASON_LENGTH } from './rules'

const text = z
  .string()
  .transform((typed) => typed.normalize('NFC').replace(/\s+/g, ' ').trim())
  .pipe(
    z
      .string()
      .max(REASON_LENGTH, 'too_long')
      .regex(/^\P{Cc}*$/u, 'control_characters'),
  )

/** What the person may say to their admins; nothing is an answer too. */
export const helpSchema = z.object({ reason: text })

export const decisionSchema = z
  .object({
    tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
    request: z.string().regex(/^[0-9a-z-]{1,60}$/),
    decision: z.enum(['approve', 'deny']),
    reason: text,
  })
  .refine(({ reason }) => reason !== '', { path: ['reason'], message: 'required' })
