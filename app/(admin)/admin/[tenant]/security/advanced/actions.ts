'use server'

import { requirementSchema } from '@/lib/policy/schema'
import { changeRequirement } from '@/lib/policy/service'
import { defineAction } from '@/lib/web/action'
import { asSteppedUpAdmin, requireAssured, tenantAdmin } from '@/lib/web/guard'

/** P1, P3, P10. Without a fresh proof the wish is kept in the address while the admin gives one. */
export const saveRequirement = defineAction({
  schema: requirementSchema,
  kept: ['teamRequired', 'endRequired', 'endSessions'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return { error: 'not_allowed', status: 403 }
    const here = `/admin/${input.tenant}/security/advanced`
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) {
      const flag = (on: boolean) => (on ? '1' : '0')
      const wish = `team=${flag(input.teamRequired)}&end=${flag(input.endRequired)}&sessions=${flag(input.endSessions)}`
      return { to: `/reauthenticate?return=${encodeURIComponent(`${here}?${wish}`)}` }
    }
    const changed = await changeRequirement(deps, steppedUp, {
      version: input.version,
      required: { team: input.teamRequired, end: input.endRequired },
      endSessions: input.endSessions,
    })
    return changed.ok
      ? { to: `${here}?notice=${changed.value === 'changed' ? 'saved' : 'unchanged'}` }
      : { error: changed.code }
  },
})
