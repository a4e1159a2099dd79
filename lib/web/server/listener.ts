import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { MAX_BYTES } from '../../administration/import/rules'
import { toBase64Url } from '../../core/crypto/encoding'
import type { Config } from '../../core/env'
import { systemRandom } from '../../core/kernel/random'
import type { RequestInfo } from '../../core/kernel/request'
import { failurePage, REFUSALS, type Refusal, refusalPage } from './refusal'
import {
  ADDRESS_HEADER,
  allowedOrigins,
  clientAddress,
  contentSecurityPolicy,
  isOwnOrigin,
  PATH_HEADER,
  REQUEST_ID_HEADER,
  referrerPolicy,
} from './request'
import { type WantedResponse, withResponse } from './response'

/** Forms are small; anything larger is refused before it is read. */
export const MAX_BODY = 64 * 1024
/** The one form that brings a file (X8); its handler reads nothing before it knows who is asking. */
const FILE_PATH = /^\/admin\/[a-z0-9-]{1,60}\/people\/import\/upload$/
/** The file, and the rest of its form. */
const MAX_FILE_BODY = MAX_BYTES + MAX_BODY
const FORM_TYPES = ['multipart/form-data', 'application/x-www-form-urlencoded', 'text/plain']
const REPORT_PATH = '/api/csp-report'
const TEXT = 'text/plain; charset=utf-8'

/** Headers that every response carries, static files and refusals included (N31). */
const FIXED_HEADERS: Record<string, string> = {
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), ' +
    'midi=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self), ' +
    'clipboard-write=(self)',
  'Reporting-Endpoints': `csp="${REPORT_PATH}"`,
}

/** Why a request goes no further; null when it may. */
function refusalOf(request: IncomingMessage, path: string, publicUrl: string): Refusal | null {
  const method = request.method ?? ''
  if (!isReadable(path)) return 'bad_path'
  if (method === 'GET' || method === 'HEAD') return null
  if (method !== 'POST') return 'method'
  const most = FILE_PATH.test(path) ? MAX_FILE_BODY : MAX_BODY
  if (Number(request.headers['content-length'] ?? 0) > most) return 'too_large'
  if (request.headers['transfer-encoding'] !== undefined) return 'no_length'
  if (path === REPORT_PATH) return null
  const site = request.headers['sec-fetch-site']
  const from = { origin: request.headers.origin ?? null, site: typeof site === 'string' ? site : null }
  if (!isOwnOrigin(from, publicUrl)) return 'foreign_origin'
  const [type, ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';')
  if (!FORM_TYPES.includes(type?.trim() ?? '')) return 'wrong_type'
  const bounded = parameters.some((each) => /^\s*boundary=./.test(each))
  return type?.trim() === 'multipart/form-data' && !bounded ? 'broken_form' : null
}

/** The framework fails at an escape that is none. */
function isReadable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** Answers and closes: what the body still holds is not read. */
function refuse(request: IncomingMessage, response: ServerResponse, reason: Refusal): void {
  const { cookie, 'accept-language': acceptLanguage } = request.headers
  // RFC 9110 15.5.6.
  if (reason === 'method') response.setHeader('Allow', 'GET, HEAD, POST')
  response.writeHead(REFUSALS[reason], { 'Content-Type': 'text/html; charset=utf-8', Connection: 'close' })
  response.end(request.method === 'HEAD' ? undefined : refusalPage(reason, { cookie, acceptLanguage }))
}

function addressOf(request: IncomingMessage, config: Config): string | null {
  const forwarded = request.headers['x-forwarded-for']
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? null)
  return clientAddress(request.socket.remoteAddress ?? null, forwardedFor, config.trustedProxyHops)
}

/** Puts what we know in the place of what a client claims, for everything behind this line (S24, N33). */
function rewriteHeaders(request: IncomingMessage, path: string, policy: string, config: Config, id: string): void {
  const address = addressOf(request, config)
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith('x-forwarded-') || name === 'forwarded' || name.startsWith('x-twofold-')) {
      delete request.headers[name]
    }
  }
  const origin = request.headers.origin
  const own = origin !== undefined && allowedOrigins(config.publicUrl).has(origin) ? origin : config.publicUrl
  request.headers.host = new URL(own).host
  if (request.method === 'POST') request.headers.origin = own
  request.headers['content-security-policy'] = policy
  request.headers[ADDRESS_HEADER] = address ?? ''
  request.headers[REQUEST_ID_HEADER] = id
  request.headers[PATH_HEADER] = path
}

/** Lets an action or page say the status and headers of its response, where the framework does not. */
function applyWanted(
  request: IncomingMessage,
  response: ServerResponse,
  wanted: WantedResponse,
  reference: string,
  onBrokenForm: () => void,
): void {
  const writeHead = response.writeHead.bind(response)
  const write = response.write.bind(response) as (...rest: never[]) => boolean
  const end = response.end.bind(response)
  /** In the place of what the framework says, however it says it. */
  let page: string | null = null
  response.writeHead = ((status: number, ...rest: never[]) => {
    const overridden = wanted.status !== undefined && status < 300
    for (const [name, value] of wanted.headers) response.setHeader(name, value)
    // ASVS 4.1.1: the framework's own short answers name no character set.
    if (response.getHeader('Content-Type') === 'text/plain') response.setHeader('Content-Type', TEXT)
    if (status < 500 || !wantsPage(request)) return writeHead(overridden ? (wanted.status ?? status) : status, ...rest)
    const unread = wanted.form === 'unread'
    if (unread) onBrokenForm()
    page = pageInstead(request, unread, reference)
    for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) response.removeHeader(name)
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    return writeHead(unread ? REFUSALS.broken_form : status)
  }) as typeof response.writeHead
  response.write = ((...rest: never[]) => {
    if (!response.headersSent) response.writeHead(response.statusCode)
    return page === null ? write(...rest) : true
  }) as typeof response.write
  response.end = ((...rest: never[]) => {
    const fails = !response.headersSent && response.statusCode >= 500 && wantsPage(request)
    if (fails) response.writeHead(response.statusCode)
    if (page === null) return end(...rest)
    return end(request.method === 'HEAD' ? undefined : page)
  }) as typeof response.end
}

/** The framework's own answer is an empty page until its script runs; this one says what to do without any. */
function pageInstead(request: IncomingMessage, brokenForm: boolean, reference: string): string {
  const { cookie, 'accept-language': acceptLanguage } = request.headers
  const headers = { cookie, acceptLanguage }
  return brokenForm ? refusalPage('broken_form', headers) : failurePage(reference, headers)
}

/** A document for a person: not data for a script of ours, and not the API. */
function wantsPage(request: IncomingMessage): boolean {
  const byScript = request.headers.rsc !== undefined || request.headers['next-action'] !== undefined
  return !byScript && !(request.url ?? '').startsWith('/api/')
}

export function createListener(
  config: Config,
  handle: RequestListener,
  options: { development: boolean; onRefusal: (reason: Refusal | 'unknown_path', request: RequestInfo) => void },
): RequestListener {
  return (request, response) => {
    const id = toBase64Url(systemRandom(12))
    const path = request.url ?? '/'
    const policy = contentSecurityPolicy(toBase64Url(systemRandom(16)), options.development)
    for (const [name, value] of Object.entries(FIXED_HEADERS)) response.setHeader(name, value)
    response.setHeader('Content-Security-Policy', policy)
    response.setHeader('Referrer-Policy', referrerPolicy(path))
    if (!path.startsWith('/_next/static/')) response.setHeader('Cache-Control', 'no-store')
    const userAgent = request.headers['user-agent']?.slice(0, 300) ?? null
    const info = { address: addressOf(request, config), userAgent, requestId: id }
    const refusal = refusalOf(request, path.split('?')[0] ?? path, config.publicUrl)
    if (refusal !== null) {
      options.onRefusal(refusal, info)
      refuse(request, response, refusal)
      return
    }
    rewriteHeaders(request, path, policy, config, id)
    const isForm = request.method === 'POST' && wantsPage(request)
    const wanted: WantedResponse = { headers: new Map(), form: isForm ? 'unread' : 'none' }
    applyWanted(request, response, wanted, id, () => options.onRefusal('broken_form', info))
    response.once('finish', () => {
      // Said by the framework alone: a page that says 404 for itself has written down why.
      if (response.statusCode === 404 && wanted.status === undefined) options.onRefusal('unknown_path', info)
    })
    withResponse(wanted, () => handle(request, response))
  }
}
