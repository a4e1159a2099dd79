import type { IncomingHttpHeaders } from 'node:http'
import { parseAndValidateFlightRouterState } from 'next/dist/server/app-render/parse-and-validate-flight-router-state.js'
import { allowedOrigins } from './request'

/** What the request says before its body, as it came. */
export interface RequestHead {
  method: string
  target: string
  version: string
  rawHeaders: readonly string[]
}

/**
 * Path and query, or null for what is answered by 400 (N37, RFC 9112 3.2): anything but a path or, word for word, a
 * path at PUBLIC_URL's host; two Host lines; HTTP/0.9. Nothing behind this line reads the target again.
 */
export function readTarget({ method, target, version, rawHeaders }: RequestHead, publicUrl: string): string | null {
  if (version !== '1.1' && version !== '1.0') return null
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length > 1) return null
  if (/[^\x21-\x7e]|[#\\]/.test(target)) return null
  if (target.startsWith('/')) return target
  // Only a proxy is asked for what is elsewhere, and only OPTIONS for nothing in particular.
  const [, authority, rest] = /^https?:\/\/([^/?]*)(.*)$/i.exec(target) ?? []
  if (method === 'CONNECT' || authority === undefined || rest === undefined) return null
  const ours = [...allowedOrigins(publicUrl)].map((origin) => new URL(origin).host)
  if (!ours.includes(authority.toLowerCase())) return null
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** Headers by which the framework talks with itself; no browser sends them, and what they say would be believed. */
const INTERNAL = /^(x-(next|middleware|invoke|now|matched|vercel|prerender|action)|next-(resume|hmr|test|request-id))/

export function isInternal(name: string): boolean {
  return INTERNAL.test(name)
}

/** Whether the headers of the framework's own script are as it writes them (N37): its server fails at others. */
export function areFrameworkHeaders(headers: IncomingHttpHeaders, method: string): boolean {
  const fits = (name: string, pattern: RegExp) => {
    const value = headers[name]
    return value === undefined || (typeof value === 'string' && pattern.test(value))
  }
  if (!fits('rsc', /^1$/) || !fits('next-router-prefetch', /^[123]$/)) return false
  if (!fits('next-router-segment-prefetch', /^\/[\x21-\x7e]{0,2000}$/) || !fits('next-url', /^\/[\x21-\x7e]*$/))
    return false
  if (!fits('next-action', method === 'POST' ? /^[0-9a-f]{42}$/ : /^$/)) return false
  try {
    parseAndValidateFlightRouterState(headers['next-router-state-tree'])
    return true
  } catch {
    return false
  }
}
