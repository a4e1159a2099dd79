import { z } from 'zod'
import { FACTOR_NAME_LENGTH } from '../../credentials/factor/rules'
import { passcodeField } from '../../credentials/passcode/schema'
import { nameField, newPasswordField } from '../../identity/user/schema'
import { kindSchema } from '../enrolment/schema'

export const factorSchema = z.object({ factor: z.uuid() })
export const renameSchema = factorSchema.extend({
  name: nameField.max(FACTOR_NAME_LENGTH, 'too_long'),
})
export const changePasswordSchema = z.object({
  current: z.string().min(1, 'required').max(1024, 'too_long'),
  next: newPasswordField,
})
export const addFactorSchema = kindSchema.extend({ returnTo: z.string().optional() })
export const sendProofSchema = factorSchema.extend({ returnTo: z.string() })
export const stepUpSchema = z.discriminatedUnion('method', [
  z.object({
    method: z.literal('message'),
    factor: z.uuid(),
    passcode: passcodeField,
    returnTo: z.string(),
  }),
  z.object({
    method: z.literal('factor'),
    factor: z.uuid(),
    passcode: passcodeField,
    returnTo: z.string(),
  }),
  z.object({
    method: z.literal('password'),
    password: z.string().min(1, 'required').max(1024, 'too_long'),
    returnTo: z.string(),
  }),
  z.object({
    method: z.literal('mail'),
    passcode: passcodeField,
    returnTo: z.string(),
  }),
])
