'use server'

import { signOutSchema } from '@/lib/administration/sessions/schema'
import { signOutEverybody } from '@/lib/administration/sessions/service'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { containPath, sessionsPath, withTyped } from '@/lib/web/paths'

/** SE4. Whoever it reaches is signed out, the one who does it included. */
export const containAll = defineAdminAction({
  schema: signOutSchema,
  kept: ['reason'],
  act: 'contain',
  back: (input) => withTyped(containPath(input.tenant, input.scope), { reason: input.reason }),
  run: async (deps, admin, input) => {
    const done = await signOutEverybody(deps, admin, input)
    if (!done.ok) return { error: done.code }
    if (input.scope !== 'end') return { to: '/sign-in?notice=contained' }
    return { to: `${sessionsPath(input.tenant)}?ended=${done.value.sessions}` }
  },
})
