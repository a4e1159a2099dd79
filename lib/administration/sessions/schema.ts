import { z } from 'zod'
import { CONTAIN_SCOPES } from '../../identity/policy/rules'
import { isSeen } from '../../identity/user/schema'
import { REASON_LENGTH } from '../people/rules'

export const signOutSchema = z.object({
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  scope: z.enum(CONTAIN_SCOPES),
  reason: z.string().trim().min(1, 'required').max(REASON_LENGTH, 'too_long').refine(isSeen, 'control_characters'),
})
