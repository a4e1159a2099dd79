import { z } from 'zod'
import { emailField } from '../../identity/user/schema'

const checkbox = z
  .enum(['on'])
  .optional()
  .transform((value) => value === 'on')

const tenantAndVersion = {
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  version: z.coerce.number().int().positive(),
}

/** A day as a form writes it, or none; what is no day is refused where it counts. */
const day = z.string().max(10, 'deadline_out_of_range').optional()

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
  teamDeadline: day,
  endDeadline: day,
  /** Only look at what a save would do (P2). */
  preview: z.literal('1').optional(),
})

const flag = z.enum(['0', '1'])
const kindsText = z
  .string()
  .regex(/^((totp|email|sms)( (totp|email|sms))*)?$/)
  .optional()

/** The same draft as an address carries it; anything else is none. */
export const requirementDraftSchema = z.object({
  team: flag,
  end: flag,
  sessions: flag.catch('0'),
  teamKinds: kindsText,
  endKinds: kindsText,
  teamBy: z.string().max(10).optional(),
  endBy: z.string().max(10).optional(),
})

/** As it was typed: it counts only beside a ticked box. */
const days = z.string().max(20, 'trust_out_of_range').optional()

export const deviceRulesSchema = z.object({
  ...tenantAndVersion,
  teamTrust: checkbox,
  teamDays: days,
  endTrust: checkbox,
  endDays: days,
  endVerification: checkbox,
})

/** As it was typed. */
const limit = z.string().max(10, 'limits_out_of_range').default('')

export const sessionLimitsSchema = z.object({
  ...tenantAndVersion,
  teamIdle: limit,
  teamHours: limit,
  endIdle: limit,
  endHours: limit,
  /** Only look which sessions would end. */
  preview: z.literal('1').optional(),
})

/** The same draft as an address carries it; anything else is none. */
export const sessionLimitsDraftSchema = z.object({
  teamIdle: z.string().max(10),
  teamHours: z.string().max(10),
  endIdle: z.string().max(10),
  endHours: z.string().max(10),
})

/** Whether codes may be issued for end users (R4). */
export const recoveryRulesSchema = z.object({ ...tenantAndVersion, endCodes: checkbox })

export const tenantSchema = z.object({ tenant: tenantAndVersion.tenant })
export const tenantAndPersonSchema = z.object({ tenant: tenantAndVersion.tenant, email: emailField })
