import { z } from 'zod'
import { isZone } from '../../core/kernel/zones'
import { daysField } from '../invitation/schema'
import { readStartUrl } from './rules'

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
