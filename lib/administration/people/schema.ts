import { z } from 'zod'
import { MAX_TYPED } from '../../credentials/passcode/schema'
import { MAX_EXEMPT_DAYS } from '../../identity/exemption/rules'
import { emailField, isSeen, nameField } from '../../identity/user/schema'
import { ROLES } from '../../identity/user/types'
import { REASON_LENGTH } from './rules'

const target = { tenant: z.string().regex(/^[a-z0-9-]{1,60}$/), user: z.string().regex(/^[0-9a-z-]{1,60}$/) }

/** Those of lib/i18n. */
const LANGUAGES = ['en', 'de', 'ja', 'ko'] as const

const reason = z
  .string()
  .transform((text) => text.normalize('NFC').trim())
  .pipe(z.string().min(1, 'required').max(REASON_LENGTH, 'too_long').refine(isSeen, 'control_characters'))

/** An owner's proof, where one is needed as well (R5). */
export const ownerFields = {
  ownerEmail: z.string().trim().max(254).catch(''),
  ownerCode: z.string().trim().max(MAX_TYPED).catch(''),
}

/** When the form was drawn, in the words of the page. */
const lastDone = z
  .string()
  .regex(/^[\d.]{1,60}$/)
  .optional()

export const personSchema = z.object(target)
export const personWithReasonSchema = z.object({ ...target, reason })
export const codeSchema = z.object({ ...target, reason, lastDone })
export const resetSchema = z.object({
  ...target,
  reason,
  withCode: z.literal('on').optional().transform(Boolean),
  ...ownerFields,
  lastDone,
})
export const roleSchema = z.object({ ...target, role: z.enum(ROLES, 'required') })
/** In place of a language, as no field that an address carries is empty. */
export const NO_LANGUAGE = 'none'

/** Whoever has chosen no language keeps it so with an empty one. */
export const profileSchema = z.object({
  ...target,
  name: nameField,
  locale: z.enum([...LANGUAGES, ''], 'required'),
  shownName: z.string().max(400),
  shownLocale: z.string().max(40),
})
export const givenEmailSchema = z.object({ ...target, reason, email: emailField })
export const exemptSchema = z.object({
  ...target,
  reason,
  days: z.coerce.number('required').int('exempt_days').min(1, 'exempt_days').max(MAX_EXEMPT_DAYS, 'exempt_days'),
})
/** The day is judged in the company's zone, where it is known. */
export const serviceSchema = z.object({
  ...target,
  reason,
  until: z.string('required').regex(/^\d{4}-\d{2}-\d{2}$/, 'service_until'),
})
/** Every session; with `devices` whatever is trusted as well (SE4). */
export const sessionsOfPersonSchema = z.object({ ...target, devices: z.literal('on').optional().transform(Boolean) })
export const sessionOfPersonSchema = z.object({ ...target, session: z.string().regex(/^[0-9a-z-]{1,60}$/) })
