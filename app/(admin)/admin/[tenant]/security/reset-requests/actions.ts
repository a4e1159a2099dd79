'use server'

import { decisionSchema } from '@/lib/administration/resets/schema'
import { decideRequest } from '@/lib/administration/resets/service'
import { ownerAnswer } from '@/lib/web/forms/owner'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { actPath, resetRequestsPath, withTyped } from '@/lib/web/paths'

/** At a fresh proof (R6); without one the reason is kept in the address while the admin gives it. */
export const decideReset = defineAdminAction({
  schema: decisionSchema,
  kept: ['reason', 'ownerEmail'],
  act: 'reset_2fa',
  back: ({ tenant, request, reason }) => withTyped(resetRequestsPath(tenant), { request, reason }),
  run: async (deps, admin, input) => {
    const decided = await decideRequest(deps, admin, input.request, {
      approve: input.decision === 'approve',
      reason: input.reason,
      owner: { email: input.ownerEmail, passcode: input.ownerCode },
    })
    if (!decided.ok) return ownerAnswer(decided)
    const { outcome, userId } = decided.value
    if (outcome === 'code_needed') {
      return { to: actPath(input.tenant, userId, 'code', { reason: input.reason, approved: '1' }) }
    }
    return { to: `${resetRequestsPath(input.tenant)}?notice=${outcome}` }
  },
})
