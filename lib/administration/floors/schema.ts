import { z } from 'zod'

const checkbox = z
  .enum(['on'])
  .optional()
  .transform((value) => value === 'on')

/** As it was typed; empty asks nothing. */
const number = (code: string) => z.string().max(10, code).default('')
const day = z.string().max(10, 'deadline_out_of_range').default('')

export const floorsSchema = z.object({
  tenant: z.string().regex(/^[a-z0-9-]{1,60}$/),
  version: z.coerce.number().int().nonnegative(),
  teamRequired: checkbox,
  endRequired: checkbox,
  teamDeadline: day,
  endDeadline: day,
  team_totp: checkbox,
  team_email: checkbox,
  team_sms: checkbox,
  end_totp: checkbox,
  end_email: checkbox,
  end_sms: checkbox,
  teamTrust: number('trust_out_of_range'),
  endTrust: number('trust_out_of_range'),
  teamIdle: number('limits_out_of_range'),
  endIdle: number('limits_out_of_range'),
  teamHours: number('limits_out_of_range'),
  endHours: number('limits_out_of_range'),
  /** Only look at what a save would do (P2). */
  preview: z.literal('1').optional(),
})

const flag = z.enum(['0', '1'])
const kinds = z.string().regex(/^((totp|email|sms)( (totp|email|sms))*)?$/)
const typed = z.string().max(10)

/** The same draft as an address carries it; anything else is none. */
export const floorsDraftSchema = z.object({
  team: flag,
  end: flag,
  teamBy: typed,
  endBy: typed,
  teamKinds: kinds,
  endKinds: kinds,
  teamTrust: typed,
  endTrust: typed,
  teamIdle: typed,
  endIdle: typed,
  teamHours: typed,
  endHours: typed,
})
