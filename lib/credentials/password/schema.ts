import { z } from 'zod'
import { newPasswordField } from '../../identity/user/schema'

export const newPasswordSchema = z.object({ next: newPasswordField })
export const demandedPasswordSchema = newPasswordSchema.extend({
  current: z.string().min(1, 'required').max(1024, 'too_long'),
})
