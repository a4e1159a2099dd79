'use server'

import { decisionSchema } from '@/lib/authentication/reset/schema'
import { decideRequest } from '@/lib/authentication/reset/service'
import { safePath } from '@/lib/authentication/signin/rules'
import { defineAction } from '@/lib/web/gate/action'
import { asFreshAdmin, requireAssured, tenantAdmin } from '@/lib/web/gate/guard'
import { stepUpFor } from '@/lib/web/people'

/** At a fresh proof (R6); without one the reason is kept in the address while the admin gives it. */
export const decideReset = defineAction({
  schema: decisionSchema,
  kept: ['reason'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return { error: 'not_allowed', status: 403 }
    const here = `/admin/${input.tenant}/security/reset-requests`
    const fresh = asFreshAdmin(admin)
    if (fresh === null) {
      const wish = new URLSearchParams({ request: input.request, reason: input.reason })
      return { to: stepUpFor(safePath(`${here}?${wish}`) ?? here) }
    }
    const decided = await decideRequest(deps, fresh, input.request, {
      approve: input.decision === 'approve',
      reason: input.reason,
    })
    return decided.ok ? { to: `${here}?notice=${decided.value}` } : { error: decided.code }
  },
})
