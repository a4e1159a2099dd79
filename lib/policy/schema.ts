import { z } from 'zod'
import { emailField } from '../user/schema'

const checkbox = z
  .enum(['on'])
  .optional()
  .transform((value) => value === 'on')

const tenantAndVersion = {
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  version: z.coerce.number().int().positive(),
}

export const requirementSchema = z.object({
  ...tenantAndVersion,
  teamRequired: checkbox,
  endRequired: checkbox,
  /** Sent along by the page that has the boxes of the kinds; without it they stay as they are. */
  kinds: z.literal('1').optional(),
  team_totp: checkbox,
  team_email: checkbox,
  team_sms: checkbox,
  end_totp: checkbox,
  end_email: checkbox,
  end_sms: checkbox,
  endSessions: checkbox,
})

const days = z.coerce.number({ error: 'trust_out_of_range' }).int('trust_out_of_range')

export const deviceRulesSchema = z.object({
  ...tenantAndVersion,
  teamTrust: checkbox,
  teamDays: days.optional(),
  endTrust: checkbox,
  endDays: days.optional(),
  endVerification: checkbox,
})

export const tenantSchema = z.object({ tenant: tenantAndVersion.tenant })
export const tenantAndPersonSchema = z.object({ tenant: tenantAndVersion.tenant, email: emailField })
