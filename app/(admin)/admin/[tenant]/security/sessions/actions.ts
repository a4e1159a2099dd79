'use server'

import { containSchema } from '@/lib/authentication/devices/schema'
import { contain } from '@/lib/authentication/devices/service'
import { defineAction } from '@/lib/web/gate/action'
import { asFreshAdmin, requireAssured, tenantAdmin } from '@/lib/web/gate/guard'
import { containPath, sessionsPath, stepUpFor, withWish } from '@/lib/web/people'

/** SE4. Whoever it reaches is signed out, the one who does it included. */
export const containAll = defineAction({
  schema: containSchema,
  kept: ['reason'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return { error: 'not_allowed', status: 403 }
    const fresh = asFreshAdmin(admin)
    if (fresh === null) {
      return { to: stepUpFor(withWish(containPath(input.tenant, input.scope), { reason: input.reason })) }
    }
    const contained = await contain(deps, fresh, input)
    if (!contained.ok) return { error: contained.code }
    if (input.scope !== 'end') return { to: '/sign-in?notice=contained' }
    return { to: `${sessionsPath(input.tenant)}?ended=${contained.value.sessions}` }
  },
})
