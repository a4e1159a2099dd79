import { z } from 'zod'
import { emailField } from '../../identity/user/schema'

export const emailChangeSchema = z.object({ email: emailField })
