import type { z } from 'zod'
import type { Deps } from '../../core/deps'
import type { FreshAdmin, SteppedUpAdmin, TenantAdmin } from '../../identity/actor/types'
import { consolePath, stepUpFor } from '../paths'
import { type Answer, defineAction } from './action'
import { asFreshAdmin, asSteppedUpAdmin, requireAssured, tenantAdmin } from './guard'

/** What an admin proves beyond the session: nothing; a factor lately; or just now, where somebody loses something. */
interface Proofs {
  session: TenantAdmin
  recent: SteppedUpAdmin
  fresh: FreshAdmin
}

const GATES: { [Level in keyof Proofs]: (admin: TenantAdmin) => Proofs[Level] | null } = {
  session: (admin) => admin,
  recent: asSteppedUpAdmin,
  fresh: asFreshAdmin,
}

/** Every form of the console says of which tenant its page is. */
type OfTenant = z.ZodType<{ tenant: string }>

interface AdminDefinition<Schema extends OfTenant, Level extends keyof Proofs> {
  schema: Schema
  kept?: readonly string[]
  proof: Level
  /** What is answered without the proof, for it changes nothing; null to go on. */
  unproved?: (input: z.output<Schema>) => Answer | null
  run: (deps: Deps, admin: Proofs[Level], input: z.output<Schema>) => Promise<Answer>
}

/** The page to come back to from a step-up, with what was typed, as far as an address can carry it. */
type Back<Schema extends OfTenant> = { back: (input: z.output<Schema>) => string }

type AdminAction = ReturnType<typeof defineAction>

/**
 * An action of the console: who is signed in → the form → an owner or admin of that tenant (S15) → the proof, or the page
 * that asks for it → the service. `run` holds the proof already.
 */
export function defineAdminAction<Schema extends OfTenant>(definition: AdminDefinition<Schema, 'session'>): AdminAction
export function defineAdminAction<Schema extends OfTenant, Level extends 'recent' | 'fresh'>(
  definition: AdminDefinition<Schema, Level> & Back<Schema>,
): AdminAction
export function defineAdminAction<Schema extends OfTenant, Level extends keyof Proofs>(
  definition: AdminDefinition<Schema, Level> & Partial<Back<Schema>>,
): AdminAction {
  const { proof, back, unproved, run, ...form } = definition
  return defineAction({
    ...form,
    gate: requireAssured,
    run: async (deps, _signedIn, input): Promise<Answer> => {
      const admin = await tenantAdmin(input.tenant)
      if (admin === null) return { error: 'not_allowed', status: 403 }
      const answer = unproved?.(input) ?? null
      if (answer !== null) return answer
      const proved = GATES[proof](admin)
      if (proved !== null) return run(deps, proved, input)
      return { to: stepUpFor(back?.(input) ?? consolePath(input.tenant)) }
    },
  })
}
