import { z } from 'zod'
import { MAX_TYPED, passcodeField } from '../../credentials/passcode/schema'
import { emailField } from '../../identity/user/schema'

export const passwordStepSchema = z.object({
  email: z.string().trim().min(1, 'required').max(320, 'not_an_address'),
  password: z.string().min(1, 'required').max(1024, 'too_long'),
  returnTo: z.string().optional(),
  /** That the browser was asked to keep a cookie with the page of this form. */
  cookies: z.literal('asked').optional(),
})

export const passcodeSchema = z.object({ passcode: passcodeField })
export const trustedPasscodeSchema = passcodeSchema.extend({
  trust: z
    .enum(['on'])
    .optional()
    .transform((value) => value === 'on'),
})
export const factorChoiceSchema = z.object({ factor: z.uuid() })
export const linkRequestSchema = z.object({ email: emailField, returnTo: z.string().optional() })
export const recoveryCodeSchema = z.object({
  recoveryCode: z.string().trim().min(1, 'required').max(MAX_TYPED, 'too_long'),
})
export const lostSchema = z.object({ answer: z.enum(['lost', 'at_hand']) })
