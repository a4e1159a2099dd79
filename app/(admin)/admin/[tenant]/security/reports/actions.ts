'use server'

import { reportSchema, scheduleSchema } from '@/lib/administration/report/schema'
import { requestReport, setSchedule } from '@/lib/administration/report/service'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { reportsPath, withTyped } from '@/lib/web/paths'

/** Made in the background; the mail says when it can be downloaded (M1, M2). */
export const generateReport = defineAdminAction({
  schema: reportSchema,
  kept: ['scope'],
  act: 'make_report',
  back: (input) => withTyped(reportsPath(input.tenant), { scope: input.scope }),
  run: async (deps, admin, input) => {
    const asked = await requestReport(deps, admin, input.scope)
    if (!asked.ok) return { error: asked.code }
    return { to: `${reportsPath(input.tenant)}?notice=${asked.value.begun ? 'begun' : 'running'}` }
  },
})

/** Monthly, or no more (M2). */
export const scheduleReport = defineAdminAction({
  schema: scheduleSchema,
  kept: ['schedule'],
  act: 'schedule_report',
  back: (input) => withTyped(reportsPath(input.tenant), { schedule: input.schedule }),
  run: async (deps, admin, input) => {
    const set = await setSchedule(deps, admin, input.schedule === 'off' ? null : input.schedule)
    if (!set.ok) return { error: set.code }
    return { to: `${reportsPath(input.tenant)}?notice=${input.schedule === 'off' ? 'unscheduled' : 'scheduled'}` }
  },
})
