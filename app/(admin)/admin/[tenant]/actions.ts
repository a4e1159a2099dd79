'use server'

import { putStepsAway, sayPeopleTold } from '@/lib/administration/first-steps/service'
import { tenantSchema } from '@/lib/administration/policy/schema'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { consolePath } from '@/lib/web/paths'

/** The one of the first steps that nothing else can tell (X9). */
export const sayPeopleKnow = defineAdminAction({
  schema: tenantSchema,
  act: 'follow_steps',
  run: async (deps, admin, input) => {
    const said = await sayPeopleTold(deps, admin)
    return said.ok ? { to: consolePath(input.tenant) } : { error: said.code }
  },
})

/** The list of first steps, for everybody in the company (X9). */
export const putFirstStepsAway = defineAdminAction({
  schema: tenantSchema,
  act: 'follow_steps',
  run: async (deps, admin, input) => {
    const put = await putStepsAway(deps, admin)
    return put.ok ? { to: consolePath(input.tenant) } : { error: put.code }
  },
})
