import { z } from 'zod'
import { emailField } from '../../identity/user/schema'

export const addressSchema = z.object({ email: emailField })
