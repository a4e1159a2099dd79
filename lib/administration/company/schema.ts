import { z } from 'zod'
import { isZone } from '../../core/kernel/zones'
import { isSeen } from '../../identity/user/schema'
import { daysField } from '../invitation/schema'
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
