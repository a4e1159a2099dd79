import { z } from 'zod'
import { emailField } from '../user/schema'

export const addressSchema = z.object({ email: emailField })
