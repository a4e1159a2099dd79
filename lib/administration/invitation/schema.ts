import { z } from 'zod'
import { normaliseEmail } from '../../identity/user/rules'
import { emailField, nameField, newPasswordField } from '../../identity/user/schema'
import { ROLES } from '../../identity/user/types'
import { MAX_INVITATION_DAYS, UNTIL_DEADLINE } from './rules'
import type { InvitationQuery } from './types'

/** Those of lib/i18n. */
const LANGUAGES = ['en', 'de', 'ja', 'ko'] as const
const tenant = z.string().regex(/^[a-z0-9-]{1,60}$/)

/** A number of days, or until the day that was named. */
export const daysField = z
  .string('days_out_of_range')
  .regex(/^(deadline|[1-9]\d?)$/, 'days_out_of_range')
  .transform((typed) => (typed === 'deadline' ? UNTIL_DEADLINE : Number(typed)))
  .refine((days) => days <= MAX_INVITATION_DAYS, 'days_out_of_range')

/** The same, or as the company says. */
export const ownDaysField = z.union([z.literal('company').transform(() => null), daysField], 'days_out_of_range')

export const invitationSchema = z.object({
  tenant,
  email: emailField,
  name: nameField,
  role: z.enum(ROLES, 'required'),
  locale: z.enum(LANGUAGES, 'required'),
  days: ownDaysField,
})
export const oneInvitationSchema = z.object({ tenant, invitation: z.string().regex(/^[0-9a-z-]{1,60}$/) })
export const changeInvitationSchema = z.object({
  ...oneInvitationSchema.shape,
  role: z.enum(ROLES, 'required'),
  locale: z.enum(LANGUAGES, 'required'),
  days: ownDaysField,
})
export const acceptSchema = z.object({ next: newPasswordField })
export const joinSchema = z.object({})

const one = z.string().max(254).catch('')

/** What an address says of the list. */
export function readInvitationQuery(search: Record<string, string | string[] | undefined>): InvitationQuery {
  const text = (name: string) => one.parse(search[name] ?? '').replace(/\p{Cc}/gu, '')
  const after = text('after')
  const before = text('before')
  const typed = text('q').trim()
  // They are kept by the spelling of mail servers; the beginning of an address has none of its own.
  const whole = normaliseEmail(typed)
  return {
    search: whole.ok ? whole.value : typed.toLowerCase(),
    from: after !== '' ? { after } : before !== '' ? { before } : 'first',
  }
}
