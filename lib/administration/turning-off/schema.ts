import { z } from 'zod'

const NAME_LENGTH = 200

export const turningOffSchema = z.object({
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  version: z.coerce.number().int().positive(),
  /** The company's name, typed by whoever means it. */
  name: z.string().trim().min(1, 'required').max(NAME_LENGTH, 'name_differs'),
})
