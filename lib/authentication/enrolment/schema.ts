import { z } from 'zod'

/** A kind, and the number of a phone beside it. */
export const kindSchema = z.object({
  kind: z.enum(['totp', 'email', 'sms']),
  phone: z.string().max(60, 'too_long').optional(),
})
