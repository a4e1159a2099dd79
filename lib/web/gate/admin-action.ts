import type { z } from 'zod'
import type { ActBy, ProofOf } from '../../administration/doors/rules'
import type { ConsoleAct } from '../../administration/doors/types'
import type { Deps } from '../../core/deps'
import type { FreshOverClient, SteppedUpPartner } from '../../identity/actor/types'
import { consolePath, stepUpFor } from '../paths'
import { type Answer, defineAction } from './action'
import {
  type AdminProofs,
  overClient,
  partnerAdmin,
  provedAsPartner,
  provedFor,
  provedOver,
  requireAssured,
  tenantAdmin,
} from './guard'

/** Every form of the console says of which tenant its page is. */
type OfTenant = z.ZodType<{ tenant: string }>

/** What is answered without the proof, for it changes nothing; null to go on. */
interface Unproved<Schema extends z.ZodType> {
  unproved?: (input: z.output<Schema>) => Answer | null
}

interface AdminDefinition<Schema extends OfTenant, Act extends ConsoleAct> extends Unproved<Schema> {
  schema: Schema
  kept?: readonly string[]
  /** What it does; the proof that is asked for follows from it (S29). */
  act: Act
  /** What it does besides, where a box is ticked; never what asks for more. */
  also?: readonly { [Other in ConsoleAct]: ProofOf<Other> extends ProofOf<Act> ? Other : never }[ConsoleAct][]
  run: (deps: Deps, admin: AdminProofs[ProofOf<Act>], input: z.output<Schema>) => Promise<Answer>
}

/** The page to come back to from a step-up, with what was typed, as far as an address can carry it. */
type Back<Schema extends OfTenant> = { back: (input: z.output<Schema>) => string }

type AdminAction = ReturnType<typeof defineAction>

/**
 * An action of the console: who is signed in → the form → an owner or admin of that tenant (S15) → the proof that
 * belongs to the act, or the page that asks for it → the service. `run` holds the proof already.
 */
export function defineAdminAction<Schema extends OfTenant, Act extends ConsoleAct>(
  definition: AdminDefinition<Schema, Act> & (ProofOf<Act> extends 'session' ? Partial<Back<Schema>> : Back<Schema>),
): AdminAction {
  const { act, back, unproved, run, ...form } = definition as AdminDefinition<Schema, Act> & Partial<Back<Schema>>
  return defineAction({
    ...form,
    gate: requireAssured,
    run: async (deps, _signedIn, input): Promise<Answer> => {
      const admin = await tenantAdmin(input.tenant)
      if (admin === null) return { error: 'not_allowed', status: 403 }
      const answer = unproved?.(input) ?? null
      if (answer !== null) return answer
      const proved = provedFor(act, admin)
      if (proved !== null) return run(deps, proved, input)
      return { to: stepUpFor(back?.(input) ?? consolePath(input.tenant)) }
    },
  })
}

interface PartnerDefinition<Schema extends z.ZodType, Act extends ConsoleAct, Actor> {
  schema: Schema
  kept?: readonly string[]
  act: Act
  /** The page to come back to from a step-up. */
  back: (input: z.output<Schema>) => string
  run: (deps: Deps, actor: Actor, input: z.output<Schema>) => Promise<Answer>
}

/** The same of a partner for itself: whoever reaches what is below it. */
export function definePartnerAction<Schema extends OfTenant>({
  act,
  back,
  run,
  ...form
}: PartnerDefinition<Schema, ActBy<'recent'>, SteppedUpPartner>): AdminAction {
  return defineAction({
    ...form,
    gate: requireAssured,
    run: async (deps, _signedIn, input): Promise<Answer> => {
      const partner = await partnerAdmin(input.tenant)
      if (partner === null) return { error: 'not_allowed', status: 403 }
      const proved = provedAsPartner(act, partner)
      return proved === null ? { to: stepUpFor(back(input)) } : run(deps, proved, input)
    },
  })
}

/** The same of a partner on a tenant below it, which the form names as well (S15). */
export function defineClientAction<Schema extends z.ZodType<{ tenant: string; client: string }>>({
  act,
  unproved,
  back,
  run,
  ...form
}: PartnerDefinition<Schema, ActBy<'fresh'>, FreshOverClient> & Unproved<Schema>): AdminAction {
  return defineAction({
    ...form,
    gate: requireAssured,
    run: async (deps, _signedIn, input): Promise<Answer> => {
      const client = await overClient(input)
      if (client === null) return { error: 'not_allowed', status: 403 }
      const answer = unproved?.(input) ?? null
      if (answer !== null) return answer
      const proved = provedOver(act, client)
      return proved === null ? { to: stepUpFor(back(input)) } : run(deps, proved, input)
    },
  })
}
