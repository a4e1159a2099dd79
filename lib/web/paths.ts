import { writeAuditFilters } from '../audit/schema'
import type { AuditFilters, ExportFormat } from '../audit/types'
import { safePath } from '../authentication/signin/rules'
import type { Act } from './loaders/acts'

/** Addresses of pages that are made of something: the one place where they are put together. */

/** Where every page leads while a new password is demanded (D9). */
export const NEW_PASSWORD_PATH = '/password/change'

/** One's own security: where a step-up leads that was asked for nothing else. */
export const SECURITY_PATH = '/account/security'
const ADD_FACTOR_PATH = `${SECURITY_PATH}/add`

/** The sign-in that leads back to `path`, with what it says first. */
export function signInFor(path: string | null, notice?: 'again' | 'role'): string {
  const said = notice === undefined ? [] : [`notice=${notice}`]
  const search = [...said, ...(path === null ? [] : [`return=${encodeURIComponent(path)}`])].join('&')
  return search === '' ? '/sign-in' : `/sign-in?${search}`
}

/** Where a sign-in begins again, and why: it took too long, or something else ended it. */
export function startOverFor(begun: { until: Date } | null, now: Date): string {
  return `/sign-in?notice=${begun !== null && begun.until <= now ? 'ran_out' : 'start_over'}`
}

/** What a page of a sign-in says to whoever sent a form of another one (S26). */
export const OTHER_SIGN_IN = 'other_sign_in'
/** Leads on to wherever the sign-in under way stands. */
export const OTHER_SIGN_IN_PATH = `/sign-in/verify?notice=${OTHER_SIGN_IN}`

/** The page that mails a link to sign in with, which leads back to `path`. */
export function signInLinkFor(path: string | null): string {
  return path === null ? '/sign-in/link' : `/sign-in/link?return=${encodeURIComponent(path)}`
}

/** A page of the entrance whose address names the tenant that the one before it named (X6). */
export function namingTenant(path: string, slug: string | null): string {
  return slug === null ? path : `${path}${path.includes('?') ? '&' : '?'}tenant=${slug}`
}

/** The page that asks for a fresh proof and leads back to `path`; by which factor, or a mailed passcode once more. */
export function stepUpFor(path: string, by?: { factor: string } | 'again'): string {
  const way = by === undefined ? '' : by === 'again' ? 'again&' : `factor=${by.factor}&`
  return `/reauthenticate?${way}return=${encodeURIComponent(path)}`
}

/** The page that connects one more factor, of a further choice, and leads back to `path`. */
export function addFactorFor(path: string | null, choose?: 'kind' | 'sms'): string {
  const search = new URLSearchParams()
  if (choose !== undefined) search.set('choose', choose)
  if (path !== null) search.set('return', path)
  return search.size === 0 ? ADD_FACTOR_PATH : `${ADD_FACTOR_PATH}?${search}`
}

/** With what was typed, as far as an address can carry it, for the time of a step-up. */
export function withTyped(path: string, typed: Record<string, string>): string {
  return safePath(`${path}?${new URLSearchParams(typed)}`) ?? path
}

/** A box as an address says it: one that was unticked is not one that was never seen. */
export function typedBox(ticked: boolean): string {
  return ticked ? 'on' : 'off'
}

// ——— the console ———

export function consolePath(tenant: string): string {
  return `/admin/${tenant}`
}

/** Every tenant below a partner (T1). */
export function clientsPath(tenant: string): string {
  return `${consolePath(tenant)}/clients`
}

/** Beside the list, where no tenant can have its address. */
export function newClientPath(tenant: string): string {
  return `${consolePath(tenant)}/new-client`
}

export function clientPath(tenant: string, client: string): string {
  return `${clientsPath(tenant)}/${client}`
}

export function clientSecurityPath(tenant: string, client: string): string {
  return `${clientPath(tenant, client)}/security`
}

export function peoplePath(tenant: string): string {
  return `${consolePath(tenant)}/people/users`
}

export function personPath(tenant: string, userId: string): string {
  return `${peoplePath(tenant)}/${userId}`
}

/** With what was typed and chosen, as far as an address can carry it: the reason goes first. */
export function actPath(tenant: string, userId: string, act: Act, typed: Record<string, string> = {}): string {
  const path = `${personPath(tenant, userId)}/${act}`
  const { reason = '', ...others } = typed
  const carry = (more: Record<string, string>) =>
    Object.keys(more).length === 0 ? path : safePath(`${path}?${new URLSearchParams(more)}`)
  return (reason === '' ? null : carry({ ...others, reason })) ?? carry(others) ?? path
}

/** The list of first steps on it (X9). */
export const STEPS_CARD = 'first-steps'
export function firstStepsPath(tenant: string): string {
  return `${consolePath(tenant)}#${STEPS_CARD}`
}

export function invitationsPath(tenant: string): string {
  return `${consolePath(tenant)}/people/invitations`
}

export function invitationPath(tenant: string, id: string): string {
  return `${invitationsPath(tenant)}/${id}`
}

/** One act on many, from its confirmation to its end. */
export function bulkPath(tenant: string, id: string): string {
  return `${consolePath(tenant)}/people/bulk/${id}`
}

export function importPath(tenant: string): string {
  return `${consolePath(tenant)}/people/import`
}

export function resetRequestsPath(tenant: string): string {
  return `${consolePath(tenant)}/security/reset-requests`
}

export function messagesPath(tenant: string): string {
  return `${consolePath(tenant)}/security/messages`
}

export function requirementPath(tenant: string): string {
  return `${consolePath(tenant)}/security/advanced`
}

export function disablePath(tenant: string): string {
  return `${requirementPath(tenant)}/disable`
}

export function deviceRulesPath(tenant: string): string {
  return `${requirementPath(tenant)}/devices`
}

export function recoveryRulesPath(tenant: string): string {
  return `${requirementPath(tenant)}/recovery`
}

export function sessionLimitsPath(tenant: string): string {
  return `${requirementPath(tenant)}/sessions`
}

/** What a partner asks at least of everybody below (T5). */
export function floorsPath(tenant: string): string {
  return `${consolePath(tenant)}/security/floors`
}

export function companyPath(tenant: string): string {
  return `${requirementPath(tenant)}/company`
}

/** Where a file with a logo is sent to; the page it is chosen on stands around it. */
export function logoUploadPath(tenant: string): string {
  return `${companyPath(tenant)}/logo`
}

/** The picture itself, by the name that is new with each. */
export function logoPath(token: string): string {
  return `/logo/${token}`
}

/** The style sheet of a tenant's accent, `#rrggbb`. */
export function accentPath(accent: string): string {
  return `/accent/${accent.slice(1)}`
}

export function sessionsPath(tenant: string): string {
  return `${consolePath(tenant)}/security/sessions`
}

export function containPath(tenant: string, scope: string): string {
  return `${sessionsPath(tenant)}/${scope}`
}

export function reportsPath(tenant: string): string {
  return `${consolePath(tenant)}/security/reports`
}

/** The list of reports with one that can be taken now: where a proof leads back to. */
export function reportReadyPath(tenant: string, id: string): string {
  return `${reportsPath(tenant)}?take=${encodeURIComponent(id)}`
}

export function auditPath(tenant: string, filters?: AuditFilters, more: Record<string, string> = {}): string {
  const search = filters === undefined ? new URLSearchParams() : writeAuditFilters(filters)
  for (const [name, value] of Object.entries(more)) search.set(name, value)
  const path = `${consolePath(tenant)}/security/audit`
  return search.size === 0 ? path : `${path}?${search}`
}

export function auditExportPath(tenant: string, format: ExportFormat, filters: AuditFilters): string {
  const search = writeAuditFilters(filters)
  search.set('format', format)
  return `${auditPath(tenant)}/export?${search}`
}

/** What an auditor is shown (X11). */
export function proofPath(tenant: string): string {
  return `${consolePath(tenant)}/security/proof`
}
