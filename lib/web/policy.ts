import type { z } from 'zod'
import { type DeviceRulesChange, TRUST_NEVER } from '../policy/rules'
import type { deviceRulesSchema, requirementSchema } from '../policy/schema'
import type { FactorKind } from '../policy/types'
import type { UserType } from '../user/types'

type RequirementInput = z.output<typeof requirementSchema>
type DeviceRulesInput = z.output<typeof deviceRulesSchema>

/** Kinds that have a box (P7). */
export const BOXED_KINDS = ['totp', 'email', 'sms'] as const

/** P7: what the boxes say; null for a form that has none. */
export function wantedKinds(input: RequirementInput): Record<UserType, FactorKind[]> | null {
  if (input.kinds === undefined) return null
  const of = (type: UserType) => BOXED_KINDS.filter((kind) => input[`${type}_${kind}`])
  return { team: of('team'), end: of('end') }
}

/** D1: a box that is not ticked is never, whatever stands beside it. */
export function wantedDeviceRules(input: DeviceRulesInput): DeviceRulesChange {
  const period = (allowed: boolean, days: number | undefined) => (allowed ? (days ?? Number.NaN) : TRUST_NEVER)
  return {
    trustDays: { team: period(input.teamTrust, input.teamDays), end: period(input.endTrust, input.endDays) },
    endDeviceVerification: input.endVerification,
  }
}

const flag = (on: boolean) => (on ? '1' : '0')

/** The wish of an admin who must give a fresh proof first, for the address it comes back to. */
export function requirementWish(input: RequirementInput): string {
  const kinds = wantedKinds(input)
  return new URLSearchParams({
    team: flag(input.teamRequired),
    end: flag(input.endRequired),
    sessions: flag(input.endSessions),
    ...(kinds === null ? {} : { teamKinds: kinds.team.join(' '), endKinds: kinds.end.join(' ') }),
  }).toString()
}

export function deviceRulesWish(input: DeviceRulesInput): string {
  return new URLSearchParams({
    team: flag(input.teamTrust),
    teamDays: String(input.teamDays ?? ''),
    end: flag(input.endTrust),
    endDays: String(input.endDays ?? ''),
    verification: flag(input.endVerification),
  }).toString()
}
