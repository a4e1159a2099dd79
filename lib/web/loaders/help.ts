import { helpLine } from '../../identity/tenant/rules'
import { brandOf } from '../../identity/tenant/service'
import type { HelpLine } from '../../identity/tenant/types'
import { deps } from '../server/deps'
import { entranceBrand } from '../words/brand'

/**
 * Of the company at home in which somebody is past a first step, or that invites them, and of no other: nobody else is
 * told (S13).
 */
export async function helpOf(tenantId: string | null): Promise<HelpLine | null> {
  if (tenantId === null) return null
  const { brand } = await entranceBrand()
  const tenant = brand?.id === tenantId ? brand : await brandOf(deps(), { id: tenantId })
  return tenant === null ? null : helpLine(tenant)
}
