'use server'

import { z } from 'zod'
import { zoneField } from '@/lib/administration/company/schema'
import { chooseZone } from '@/lib/identity/user/service'
import { defineAction } from '@/lib/web/gate/action'
import { requireAssured } from '@/lib/web/gate/guard'

/** The zone that this person reads times in; none is the company's (X10). */
export const saveOwnZone = defineAction({
  schema: z.object({ zone: z.union([z.literal(''), zoneField]) }),
  gate: requireAssured,
  run: async (deps, actor, input) => {
    await chooseZone(deps.db, actor.person.id, input.zone === '' ? null : input.zone)
    return { to: '/account?notice=zone' }
  },
})
