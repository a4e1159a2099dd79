import { z } from 'zod'
import { REPORT_SCOPES } from './types'

const tenant = z.string().regex(/^[a-z0-9-]{1,60}$/)

export const reportSchema = z.object({ tenant, scope: z.enum(REPORT_SCOPES, 'required') })
export const scheduleSchema = z.object({ tenant, schedule: z.enum(['off', ...REPORT_SCOPES], 'required') })
