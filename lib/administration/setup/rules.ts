import { hours } from '../../core/kernel/time'

/** Long enough for the day of the installation (N24). */
export const SETUP_LINK_TTL = hours(24)

/** `Acme & Söhne GmbH` becomes `acme-sohne-gmbh`; never empty. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return slug === '' ? 'tenant' : slug
}
