import { cache } from 'react'
import { accentClass } from '../../administration/company/accent/rules'
import { brandOf, type TenantBrand } from '../../identity/tenant/service'
import { keepTenant } from '../gate/cookies'
import { assured, currentPath, passwordDemanded } from '../gate/guard'
import { accentPath, logoPath } from '../paths'
import { deps } from '../server/deps'
import { entranceBrand, slugIn } from '../words/brand'
import { tenantOfLink } from './links'

export interface PortalBrand {
  /** Empty where no tenant's name stands over the page. */
  name: string
  logo: { src: string; width: number; height: number } | null
  /** Where its style sheet is, and what it colours. */
  accent: { href: string; className: string } | null
}

/**
 * What the frame of a page of the portal shows (X6): the tenant whose mail brought the link that the page is about,
 * else the one that somebody is signed in to, else the one that is named (`entranceBrand`). What a link or an address
 * names stays with this browser for the pages that follow.
 */
export const portalBrand = cache(async (): Promise<PortalBrand> => {
  const path = await currentPath()
  const mailed = await tenantOfLink(path)
  const id = mailed ?? (await tenantSignedInTo())
  const { brand: entrance } = await entranceBrand()
  const tenant = id === null || id === entrance?.id ? entrance : await brandOf(deps(), { id })
  const named = mailed === null ? slugIn(path) : (tenant?.slug ?? null)
  if (named !== null) keepTenant(named)
  return tenant === null ? { name: '', logo: null, accent: null } : shownOf(tenant)
})

async function tenantSignedInTo(): Promise<string | null> {
  const actor = (await assured()) ?? (await passwordDemanded())
  return actor?.home.tenant.id ?? null
}

function shownOf({ name, logoToken, logoWidth, logoHeight, accent }: TenantBrand): PortalBrand {
  const hasLogo = logoToken !== null && logoWidth !== null && logoHeight !== null
  return {
    name,
    logo: hasLogo ? { src: logoPath(logoToken), width: logoWidth, height: logoHeight } : null,
    accent: accent === null ? null : { href: accentPath(accent), className: accentClass(accent) },
  }
}
