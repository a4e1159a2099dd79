import { z } from 'zod'
import { REPORT_SCOPES } from './types'

const tenant = z.string().regex(/^[a-z0-9-]{1,60}$/)

/** Of an address; anything that is none is of no report. */
export function readReportId(text: string): string {
  return /^[0-9a-z-]{1,60}$/.test(text) ? text : ''
}

export const reportSchema = z.object({ tenant, scope: z.enum(REPORT_SCOPES, 'required') })
export const scheduleSchema = z.object({ tenant, schedule: z.enum(['off', ...REPORT_SCOPES], 'required') })
