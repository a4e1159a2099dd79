import ipaddr from 'ipaddr.js'
import { sha256 } from '../../core/crypto/digest'
import { LOOPBACK_HOSTS } from '../../core/env'
import { UNREADABLE } from '../../core/kernel/request'

/** Set by our server for the rest of the house; whatever a client sends under these names is dropped. */
export const ADDRESS_HEADER = 'x-twofold-address'
export const REQUEST_ID_HEADER = 'x-twofold-request-id'
export const PATH_HEADER = 'x-twofold-path'

/** `__Host-` binds a cookie to this host and to HTTPS (or the loopback address). */
export const SESSION_COOKIE = '__Host-twofold-session'
export const ATTEMPT_COOKIE = '__Host-twofold-attempt'
export const DEVICE_COOKIE = '__Host-twofold-device'
export const LINK_COOKIE = '__Host-twofold-link'
export const USED_LINK_COOKIE = '__Host-twofold-used-link'
export const LOCALE_COOKIE = '__Host-twofold-locale'
/** What was typed to begin a sign-in, and until when it can be finished: for the page that begins it again. */
export const BEGUN_COOKIE = '__Host-twofold-begun'
/** Given with the sign-in page: a browser that sends none of ours back keeps none. */
export const KEPT_COOKIE = '__Host-twofold-kept'
/** The tenant that an address named last in this browser: whose name the pages that follow carry, and no more (X6). */
export const TENANT_COOKIE = '__Host-twofold-tenant'
const COOKIE_PREFIX = '__Host-twofold-'

export function isOurCookie(name: string): boolean {
  return name.startsWith(COOKIE_PREFIX)
}

/**
 * One cookie of a `Cookie` header, as the framework reads it: whoever writes no space, or one twice, is the same person
 * to every door (S29). Null where it is missing.
 */
export function cookieIn(cookies: string, name: string): string | null {
  const pair = cookies.split(/; */).findLast((each) => each.startsWith(`${name}=`))
  return pair === undefined ? null : pair.slice(name.length + 1)
}

/**
 * The socket's address, or with `hops` trusted proxies the entry that the outermost of them wrote (S24). A header that
 * is shorter than the number of proxies was not written by them: the socket's address stands. An entry that is no
 * address is a client of its own, by a name that says nothing of what was written: as the proxy's, it would be
 * everybody's.
 */
export function clientAddress(socket: string | null, forwardedFor: string | null, hops: number): string | null {
  if (hops === 0 || forwardedFor === null) return socket
  const entries = forwardedFor.split(',').map((entry) => entry.trim())
  const entry = entries.at(-hops)
  if (entry === undefined || entries.length < hops) return socket
  return addressIn(entry) ?? `${UNREADABLE}${sha256(entry).slice(0, 8)}`
}

/**
 * `address`, `address:port`, `[address]` or `[address]:port`, bare or in quotes (RFC 7239 6): as proxies write them.
 */
function addressIn(entry: string): string | null {
  const bare = /^"(.*)"$/.exec(entry)?.[1] ?? entry
  const [, v4, bracketed] = /^(?:([\d.]+)|\[([^\]]+)\])(?::\d{1,5})?$/.exec(bare) ?? []
  if (v4 !== undefined) return ipaddr.IPv4.isValidFourPartDecimal(v4) ? v4 : null
  const v6 = bracketed ?? bare
  // A zone names an interface of the proxy, not the client (RFC 4007).
  return ipaddr.IPv6.isValid(v6) ? (v6.split('%')[0] ?? null) : null
}

/**
 * Whether a state-changing request comes from a page of ours. Browsers set Sec-Fetch-Site and no page can forge it; a
 * browser without it must name our origin. No Origin and no Sec-Fetch-Site is refused (N33).
 */
export function isOwnOrigin(headers: { origin: string | null; site: string | null }, publicUrl: string): boolean {
  const opaque = headers.origin === null || headers.origin === 'null'
  if (!opaque && !allowedOrigins(publicUrl).has(headers.origin ?? '')) return false
  return headers.site === null ? !opaque : headers.site === 'same-origin'
}

/** PUBLIC_URL's origin; on one's own machine also its other names. */
export function allowedOrigins(publicUrl: string): Set<string> {
  const url = new URL(publicUrl)
  if (!LOOPBACK_HOSTS.has(url.hostname)) return new Set([url.origin])
  return new Set([...LOOPBACK_HOSTS].map((host) => `${url.protocol}//${host}${url.port === '' ? '' : `:${url.port}`}`))
}

/** For one response: scripts and styles run by its nonce alone (N31). */
export function contentSecurityPolicy(nonce: string, development: boolean): string {
  const script = `script-src 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`
  const style = development ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`
  return [
    "default-src 'self'",
    script,
    style,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    'report-to csp',
  ].join('; ')
}

/** Pages whose address carries a token tell it to nobody. */
export function referrerPolicy(path: string): string {
  return /^\/(setup|link|invitation)(\/|\?|$)/.test(path) ? 'no-referrer' : 'same-origin'
}
