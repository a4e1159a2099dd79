import { cookies } from 'next/headers'
import { cache } from 'react'
import { brandOf, defaultBrand, type TenantBrand } from '../../identity/tenant/service'
import { currentPath } from '../gate/guard'
import { deps } from '../server/deps'
import { TENANT_COOKIE } from '../server/request'

const SLUG = /^[a-z0-9-]{1,60}$/

/**
 * The tenant that an address names (`?tenant=<slug>`): empty where that is no name of any, null where it names none. It
 * decides what is painted, and nothing else (X6).
 */
export function slugIn(path: string): string | null {
  const slug = new URLSearchParams(path.split('?')[1]).get('tenant')
  return slug === null || SLUG.test(slug) ? slug : ''
}

/** Of the address of this request. */
export async function slugInAddress(): Promise<string | null> {
  return slugIn(await currentPath())
}

/** The tenant that the way here began with: named by this address, or by the last of this browser that named one. */
async function namedSlug(): Promise<string | null> {
  const kept = (await cookies()).get(TENANT_COOKIE)?.value ?? null
  return (await slugInAddress()) ?? (kept === null || SLUG.test(kept) ? kept : '')
}

/**
 * The tenant whose name the portal carries where nobody is signed in: the one that is named, else the one root of the
 * installation. A name that nobody has costs the same statements, and shows what no name shows (S13).
 */
export const entranceBrand = cache(async (): Promise<{ brand: TenantBrand | null; ready: boolean }> => {
  const slug = await namedSlug()
  const [named, { brand, ready }] = await Promise.all([
    slug === null ? null : brandOf(deps(), { slug }),
    defaultBrand(deps()),
  ])
  return { brand: named ?? brand, ready }
})
