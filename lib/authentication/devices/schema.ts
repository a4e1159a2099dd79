import { z } from 'zod'
import { REASON_LENGTH } from '../../administration/people/rules'
import { CONTAIN_SCOPES } from '../../identity/policy/rules'

export const deviceSchema = z.object({ device: z.uuid() })
export const sessionSchema = z.object({ session: z.uuid() })
export const eitherSchema = z.union([deviceSchema, sessionSchema])
export const containSchema = z.object({
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  scope: z.enum(CONTAIN_SCOPES),
  reason: z
    .string()
    .trim()
    .min(1, 'required')
    .max(REASON_LENGTH, 'too_long')
    .regex(/^\P{Cc}*$/u, 'control_characters'),
})
