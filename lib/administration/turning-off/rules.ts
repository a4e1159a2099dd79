import { minutes, seconds } from '../../core/kernel/time'
import { mustRequire } from '../../identity/policy/rules'
import type { TenantView } from '../../identity/user/types'

/** People that are looked at between two notes of how far the work has come. */
export const VOID_BATCH = 50
export const VOID_LEASE = minutes(2)
/** A part that failed is tried again after this time. */
export const VOID_AFTER_FAILURE = seconds(30)

export type TurningOffCode = 'partner_in_production' | 'name_differs' | 'must_enrol_first'

export interface TurningOffFacts {
  tenant: Pick<TenantView, 'kind' | 'stage' | 'name'>
  typedName: string
  /** Whether anybody of the tenant, guests included, has a factor. */
  anybodyHasFactor: boolean
  actorHasFactor: boolean
  required: boolean
  isOff: boolean
}

/**
 * P6. 1. A partner in production keeps 2FA for everybody (U7). 2. Whoever does it types the company's name.
 * 3. Where anybody has a factor, whoever does it proves one of their own: the fresh proof of somebody without any was
 *    none. 4. What is off is not turned off again.
 */
export function decideTurningOff(facts: TurningOffFacts): 'turn_off' | 'unchanged' | { refused: TurningOffCode } {
  if (mustRequire(facts.tenant)) return { refused: 'partner_in_production' }
  if (spelled(facts.typedName) !== spelled(facts.tenant.name)) return { refused: 'name_differs' }
  if (facts.anybodyHasFactor && !facts.actorHasFactor) return { refused: 'must_enrol_first' }
  return facts.isOff && !facts.required && !facts.anybodyHasFactor ? 'unchanged' : 'turn_off'
}

function spelled(name: string): string {
  return name.normalize('NFC').trim().replace(/\s+/g, ' ')
}
