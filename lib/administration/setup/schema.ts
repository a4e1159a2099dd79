import { z } from 'zod'
import { emailField, nameField, newPasswordField } from '../../identity/user/schema'

export const setupSchema = z.object({
  token: z.string().max(100),
  tenantName: nameField,
  name: nameField,
  email: emailField,
  password: newPasswordField,
})
