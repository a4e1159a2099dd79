'use server'

import { containSchema } from '@/lib/authentication/devices/schema'
import { contain } from '@/lib/authentication/devices/service'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { containPath, sessionsPath, withWish } from '@/lib/web/paths'

/** SE4. Whoever it reaches is signed out, the one who does it included. */
export const containAll = defineAdminAction({
  schema: containSchema,
  kept: ['reason'],
  proof: 'fresh',
  back: (input) => withWish(containPath(input.tenant, input.scope), { reason: input.reason }),
  run: async (deps, admin, input) => {
    const contained = await contain(deps, admin, input)
    if (!contained.ok) return { error: contained.code }
    if (input.scope !== 'end') return { to: '/sign-in?notice=contained' }
    return { to: `${sessionsPath(input.tenant)}?ended=${contained.value.sessions}` }
  },
})
