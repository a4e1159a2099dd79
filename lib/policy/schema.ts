import { z } from 'zod'

const checkbox = z
  .enum(['on'])
  .optional()
  .transform((value) => value === 'on')

export const requirementSchema = z.object({
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  version: z.coerce.number().int().positive(),
  teamRequired: checkbox,
  endRequired: checkbox,
  endSessions: checkbox,
})
