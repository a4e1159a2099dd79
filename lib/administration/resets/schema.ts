import { z } from 'zod'
import { requestReason } from '../../authentication/reset/schema'
import { ownerFields } from '../people/schema'

export const decisionSchema = z
  .object({
    tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
    request: z.string().regex(/^[0-9a-z-]{1,60}$/),
    decision: z.enum(['approve', 'deny']),
    reason: requestReason,
    ...ownerFields,
  })
  .refine(({ reason }) => reason !== '', { path: ['reason'], message: 'required' })
