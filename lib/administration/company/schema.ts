import { z } from 'zod'
import { isZone } from '../../core/kernel/zones'

export const zoneField = z.string().max(60).refine(isZone)

export const companySchema = z.object({ tenant: z.string().regex(/^[a-z0-9-]{1,60}$/), zone: zoneField })
