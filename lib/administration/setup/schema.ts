import { z } from 'zod'
import { emailField, nameField, newPasswordField } from '../../identity/user/schema'

export const setupSchema = z.object({
  token: z.string().max(100),
  tenantName: nameField,
  /** Whether other companies are looked after from here; without it they are not. */
  kind: z.enum(['customer', 'partner'], 'required').default('customer'),
  name: nameField,
  email: emailField,
  password: newPasswordField,
})
