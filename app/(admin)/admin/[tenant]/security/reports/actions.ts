'use server'

import { reportSchema, scheduleSchema } from '@/lib/administration/report/schema'
import { requestReport, setSchedule } from '@/lib/administration/report/service'
import { defineAction } from '@/lib/web/gate/action'
import { requireAssured, tenantAdmin } from '@/lib/web/gate/guard'
import { reportsPath } from '@/lib/web/reports'

const NOT_ALLOWED = { error: 'not_allowed', status: 403 } as const

/** Made in the background; the mail says when it can be downloaded (M1, M2). */
export const generateReport = defineAction({
  schema: reportSchema,
  kept: ['scope'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const { begun } = await requestReport(deps, admin, input.scope)
    return { to: `${reportsPath(input.tenant)}?notice=${begun ? 'begun' : 'running'}` }
  },
})

/** Monthly, or no more (M2). */
export const scheduleReport = defineAction({
  schema: scheduleSchema,
  kept: ['schedule'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    await setSchedule(deps, admin, input.schedule === 'off' ? null : input.schedule)
    return { to: `${reportsPath(input.tenant)}?notice=${input.schedule === 'off' ? 'unscheduled' : 'scheduled'}` }
  },
})
