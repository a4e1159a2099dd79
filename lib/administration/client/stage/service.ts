import type { Deps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import type { FreshOverClient } from '../../../identity/actor/types'
import { policyById, savePolicy } from '../../../identity/policy/service'
import { moveToProduction, reactivateTenant, suspendTenant } from '../../../identity/tenant/tree/service'
import { actOnTenant, recordInBoth } from '../../acting/service'
import { requiredOfAll } from '../rules'

type Done = Result<null, 'done_meanwhile' | 'not_permitted'>

/**
 * Its own people cannot sign in any more and their sessions end; its data stays, what is below it goes on, and its
 * admins reach nothing there.
 */
export function suspendClient(deps: Deps, actor: FreshOverClient): Promise<Done> {
  return actOnTenant(deps, actor, 'suspend_client', async (deps): Promise<Done> => {
    if (!(await suspendTenant(deps.db, actor.tenant.tenant.id, deps.clock.now()))) return err('done_meanwhile')
    await recordInBoth(deps, actor, { kind: 'tenant_suspended' })
    return ok(null)
  })
}

export function reactivateClient(deps: Deps, actor: FreshOverClient): Promise<Done> {
  return actOnTenant(deps, actor, 'reactivate_client', async (deps): Promise<Done> => {
    if (!(await reactivateTenant(deps.db, actor.tenant.tenant.id))) return err('done_meanwhile')
    await recordInBoth(deps, actor, { kind: 'tenant_reactivated' })
    return ok(null)
  })
}

/** From trial to production, and never back; of a partner 2FA is required of everybody from that moment (U7). */
export function changeStage(deps: Deps, actor: FreshOverClient): Promise<Done> {
  const { id, kind } = actor.tenant.tenant
  return actOnTenant(deps, actor, 'change_stage', async (deps): Promise<Done> => {
    if (!(await moveToProduction(deps.db, id))) return err('done_meanwhile')
    const now = deps.clock.now()
    if (kind === 'partner') {
      const policy = await policyById(deps.db, id)
      if (!(await savePolicy(deps.db, policy.own, requiredOfAll(policy.own, now), now))) return err('done_meanwhile')
    }
    await recordInBoth(deps, actor, {
      kind: 'stage_changed',
      data: { from: 'trial', to: 'production', required: kind === 'partner' },
    })
    return ok(null)
  })
}
