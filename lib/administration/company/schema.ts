import { z } from 'zod'
import { isZone } from '../../core/kernel/zones'
import { isSeen } from '../../identity/user/schema'
import { daysField } from '../invitation/schema'
import { readAccent } from './accent/rules'
import { MAX_HELP_TEXT, readHelpUrl, readStartUrl } from './rules'

export const zoneField = z.string().max(60).refine(isZone)

export const companySchema = z.object({ tenant: z.string().regex(/^[a-z0-9-]{1,60}$/), zone: zoneField })

export const startPageSchema = z.object({
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  start: z
    .string()
    .max(1000)
    .refine((typed) => readStartUrl(typed) !== undefined, 'not_https')
    .transform((typed) => readStartUrl(typed) ?? null),
})

const accentField = z
  .string()
  .refine((typed) => readAccent(typed) !== undefined, 'not_a_color')
  .transform((typed) => readAccent(typed) ?? null)

/** `use` is the button of the colour that was offered in the place of the one that was typed. */
export const accentSchema = z
  .object({ tenant: z.string().regex(/^[a-z0-9-]{1,60}$/), accent: z.string(), use: z.string().optional() })
  .transform(({ tenant, accent, use }) => ({ tenant, accent: use ?? accent }))
  .pipe(z.object({ tenant: z.string(), accent: accentField }))

export const invitationDaysSchema = z.object({ tenant: z.string().regex(/^[a-z0-9-]{1,60}$/), days: daysField })

export const helpLineSchema = z.object({
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  help: z
    .string()
    .trim()
    .max(MAX_HELP_TEXT, 'too_long')
    .refine(isSeen, 'control_characters')
    .transform((text) => (text === '' ? null : text)),
  helpUrl: z
    .string()
    .max(1000)
    .refine((typed) => readHelpUrl(typed) !== undefined, 'not_a_help_link')
    .transform((typed) => readHelpUrl(typed) ?? null),
})
