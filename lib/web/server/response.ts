import { AsyncLocalStorage } from 'node:async_hooks'
import { KEPT_COOKIE } from './request'

/** What an action or page says of its response beyond what the framework lets it say. */
export interface WantedResponse {
  status?: number
  headers: Map<string, string>
  /** A form was posted: until an action of ours has it, nothing but the form itself can be at fault. */
  form: 'none' | 'unread' | 'read'
  /** The database is away or takes nothing: whatever fails of this request fails for that (N38). */
  outage?: true
  /** A row cannot be read, so that trying again is of no use (N41). */
  unreadable?: true
  /** A page that the browser itself loads: its headers reach the browser. */
  document?: boolean
  /** Beside those that the framework sets. */
  cookies?: string[]
}

const key = Symbol.for('twofold.response')
const shared = globalThis as { [key]?: AsyncLocalStorage<WantedResponse> }
shared[key] ??= new AsyncLocalStorage<WantedResponse>()
const storage = shared[key]

export function withResponse<T>(wanted: WantedResponse, run: () => T): T {
  return storage.run(wanted, run)
}

/** Sets the status of this request's response (403, 429, 503 …), and `Retry-After` in seconds where it helps. */
export function setStatus(status: number, retryAfter?: number): void {
  const wanted = storage.getStore()
  if (wanted === undefined) return
  wanted.status = status
  if (retryAfter !== undefined) wanted.headers.set('Retry-After', String(Math.max(1, Math.ceil(retryAfter))))
}

/** An action of ours has the form of this request. */
export function noteFormRead(): void {
  const wanted = storage.getStore()
  if (wanted !== undefined) wanted.form = 'read'
}

/** Whether this request is a form: what is drawn is the answer to it. */
export function isFormPosted(): boolean {
  const wanted = storage.getStore()
  return wanted !== undefined && wanted.form !== 'none'
}

export function noteOutage(): void {
  const wanted = storage.getStore()
  if (wanted !== undefined) wanted.outage = true
}

export function noteUnreadable(): void {
  const wanted = storage.getStore()
  if (wanted !== undefined) wanted.unreadable = true
}

export function isOutage(): boolean {
  return storage.getStore()?.outage === true
}

/** Whether this request is a form that the framework could make nothing of yet. */
export function isFormUnread(): boolean {
  return storage.getStore()?.form === 'unread'
}

/** Asks the browser to keep a cookie; whether it was asked. What it sends next shows whether it does. */
export function askToKeepCookies(): boolean {
  return setCookieOfPage(KEPT_COOKIE, '1')
}

/** A cookie that a page sets, which is none of who somebody is; false where the page is not what the browser loads. */
export function setCookieOfPage(name: string, value: string, seconds?: number): boolean {
  const wanted = storage.getStore()
  if (wanted?.document !== true) return false
  const age = seconds === undefined ? '' : `; Max-Age=${seconds}`
  const cookie = `${name}=${value}; Path=/${age}; Secure; HttpOnly; SameSite=Lax`
  wanted.cookies = [...(wanted.cookies ?? []), cookie]
  return true
}

/** What never changes under its address, and is no document that could do anything. */
export function keepForGood(): void {
  setKept('public, max-age=31536000, immutable')
}

/** The same of what another version of ours may make otherwise. */
export function keepForADay(): void {
  setKept('public, max-age=86400')
}

function setKept(control: string): void {
  const headers = storage.getStore()?.headers
  headers?.set('Cache-Control', control)
  headers?.set('Content-Security-Policy', "default-src 'none'; sandbox")
}

export function clearSiteData(): void {
  storage.getStore()?.headers.set('Clear-Site-Data', '"cache", "storage"')
}

/** An API answer; never cached, never anything but JSON to a browser (ASVS 3.2.1). */
export function json(body: unknown, status = 200): Response {
  return Response.json(body, {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
  })
}
