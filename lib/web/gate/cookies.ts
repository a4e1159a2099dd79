import { cookies } from 'next/headers'
import { limitSeconds } from '../../authentication/session/rules'
import { safeReturnPath } from '../../authentication/signin/rules'
import { DEVICE_COOKIE_DAYS } from '../../credentials/device/rules'
import { LINK_LANE_MINUTES, readCarried, withCarried, writeCarried } from '../../credentials/link/rules'
import type { CarriedLink, LinkKind } from '../../credentials/link/types'
import type { Assured } from '../../identity/actor/types'
import { deps } from '../server/deps'
import {
  ATTEMPT_COOKIE,
  BEGUN_COOKIE,
  DEVICE_COOKIE,
  isOurCookie,
  LINK_COOKIE,
  LOCALE_COOKIE,
  SESSION_COOKIE,
  TENANT_COOKIE,
  USED_LINK_COOKIE,
} from '../server/request'
import { setCookieOfPage } from '../server/response'

const BASE = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const
const DAY = 86_400

export async function readCookie(name: string): Promise<string | null> {
  return (await cookies()).get(name)?.value ?? null
}

export async function setSessionCookie(token: string, seconds: number): Promise<void> {
  ;(await cookies()).set(SESSION_COOKIE, token, { ...BASE, maxAge: seconds })
}

/** The browser gets the new token of the session it has (S12). */
export async function keepSession(actor: Assured, token: string): Promise<void> {
  await setSessionCookie(token, limitSeconds(actor.session.expiresAt, deps().clock.now()))
}

export async function setAttemptCookie(token: string, seconds: number): Promise<void> {
  ;(await cookies()).set(ATTEMPT_COOKIE, token, { ...BASE, maxAge: seconds })
}

/** Whether this browser sent anything of ours: the one that was asked to keep it and did not keeps nothing. */
export async function hasCookies(): Promise<boolean> {
  return (await cookies()).getAll().some(({ name }) => isOurCookie(name))
}

/** What was typed to begin a sign-in in this browser, and until when it can be finished. */
export interface Begun {
  email: string
  returnTo: string | null
  until: Date
}

/** So long after its end the page still shows the address that was typed. */
const BEGUN_SECONDS = 3600
const MAX_KEPT_PATH = 300

export async function keepBegun({ email, returnTo, until }: Begun): Promise<void> {
  const value = new URLSearchParams({ email, until: String(until.getTime()) })
  // A browser drops a cookie that is too long.
  if (returnTo !== null && returnTo.length <= MAX_KEPT_PATH) value.set('returnTo', returnTo)
  const maxAge = limitSeconds(until, deps().clock.now()) + BEGUN_SECONDS
  ;(await cookies()).set(BEGUN_COOKIE, value.toString(), { ...BASE, maxAge })
}

export async function forgetBegun(): Promise<void> {
  if ((await readCookie(BEGUN_COOKIE)) !== null) await clearCookie(BEGUN_COOKIE)
}

export async function readBegun(): Promise<Begun | null> {
  const values = new URLSearchParams((await readCookie(BEGUN_COOKIE)) ?? '')
  const [email, until] = [values.get('email') ?? '', new Date(Number(values.get('until') ?? Number.NaN))]
  if (email === '' || email.length > 320 || Number.isNaN(until.getTime())) return null
  return { email, returnTo: safeReturnPath(values.get('returnTo')), until }
}

/** Longer than a sign-in with its mails takes; a browser that is used by many forgets whose it was. */
const TENANT_SECONDS = DAY

/** Said by a page: the tenant it names, for the pages that follow. */
export function keepTenant(slug: string): void {
  setCookieOfPage(TENANT_COOKIE, slug, TENANT_SECONDS)
}

/** Said by a form: of two tabs that name two tenants, the sign-in that begins is its own tab's. */
export async function keepTenantOf(slug: string | null): Promise<void> {
  if (slug === null || slug === (await readCookie(TENANT_COOKIE))) return
  ;(await cookies()).set(TENANT_COOKIE, slug, { ...BASE, maxAge: TENANT_SECONDS })
}

/** A value for each person who signed in here (D7); null where another tab renewed it meanwhile. */
export async function keepDevice(values: string | null): Promise<void> {
  if (values === null) return
  ;(await cookies()).set(DEVICE_COOKIE, values, { ...BASE, maxAge: DEVICE_COOKIE_DAYS * DAY })
}

export async function setLocaleCookie(locale: string): Promise<void> {
  ;(await cookies()).set(LOCALE_COOKIE, locale, { ...BASE, maxAge: DEVICE_COOKIE_DAYS * DAY })
}

/** A mailed link waits here for its page: its address is left at once (ASVS 14.2.1). Others stay beside it (R12). */
export async function carryLink(link: CarriedLink): Promise<void> {
  const carried = readCarried((await readCookie(LINK_COOKIE)) ?? '')
  await keepLinks(withCarried(carried, link))
}

/** It was used; those beside it stay. */
export async function dropLink(token: string): Promise<void> {
  const carried = readCarried((await readCookie(LINK_COOKIE)) ?? '')
  await keepLinks(carried.filter((link) => link.token !== token))
}

async function keepLinks(links: readonly CarriedLink[]): Promise<void> {
  if (links.length === 0) await clearCookie(LINK_COOKIE)
  else (await cookies()).set(LINK_COOKIE, writeCarried(links), { ...BASE, maxAge: 1800 })
}

/** The browser in which a mailed link was used has password tries of its own for a while (N13). */
export async function leaveUsedLink(kind: LinkKind, token: string): Promise<void> {
  await dropLink(token)
  ;(await cookies()).set(USED_LINK_COOKIE, `${kind}.${token}`, { ...BASE, maxAge: LINK_LANE_MINUTES * 60 })
}

export async function clearCookie(name: string): Promise<void> {
  ;(await cookies()).set(name, '', { ...BASE, maxAge: 0 })
}
