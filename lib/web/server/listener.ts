// Above 300 lines: the order in which a request is met is the protection: refusals, headers, body, answer, in one
// reading.

import { type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { MAX_BYTES } from '../../administration/import/rules'
import { toBase64Url } from '../../core/crypto/encoding'
import type { Config } from '../../core/env'
import { systemRandom } from '../../core/kernel/random'
import { type RequestInfo, UNREADABLE } from '../../core/kernel/request'
import { clientPrefix } from '../../credentials/throttle/rules'
import { type Admission, COME_BACK_AFTER, type Leave } from './admission'
import { answerProbe, isProbe } from './probe'
import {
  failurePage,
  failureProblem,
  OUTAGE_PROBLEM,
  OUTAGE_RETRY,
  outagePage,
  REFUSALS,
  type Refusal,
  refusalPage,
  unreadablePage,
} from './refusal'
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
import { areFrameworkHeaders, isInternal, readTarget } from './request-line'
import { type WantedResponse, withResponse } from './response'
import { asksWhoAmI } from './who-am-i'

/** Forms are small; anything larger is refused before it is read. */
export const MAX_BODY = 64 * 1024
/** The form that brings a file of people (X8); its handler reads nothing before it knows who is asking. */
const FILE_PATH = /^\/admin\/[a-z0-9-]{1,60}\/people\/import\/upload$/
/** The other one: a logo (X9), of which more is taken than it may have, so that its page can say so. */
const LOGO_PATH = /^\/admin\/[a-z0-9-]{1,60}\/security\/advanced\/company\/logo$/
export const MAX_LOGO_BODY = 1024 * 1024
/** The file, and the rest of its form. */
const MAX_FILE_BODY = MAX_BYTES + MAX_BODY
const FORM_TYPES = ['multipart/form-data', 'application/x-www-form-urlencoded', 'text/plain']
const STATIC = '/_next/static/'
/**
 * The framework's own pages (`/_global-error`), which are no addresses of ours, and an address that none is (N37). The
 * name of a logo is random and may begin like one.
 */
const INSIDE = /^(?!\/logo\/[\w-]{43}$).*\/_(?!next\/)/
const NOWHERE = '/-'
const REPORT_PATH = '/api/csp-report'
const TEXT = 'text/plain; charset=utf-8'
const ID_BYTES = 12
const NONCE_BYTES = 16

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
  if (!areFrameworkHeaders(request.headers, method)) return 'bad_request'
  if (!isReadable(path)) return 'bad_path'
  if (method === 'GET' || method === 'HEAD') return null
  if (method !== 'POST') return 'method'
  const most = FILE_PATH.test(path) ? MAX_FILE_BODY : LOGO_PATH.test(path) ? MAX_LOGO_BODY : MAX_BODY
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

/**
 * Resolves when a form is here as a whole, or as much of it as a stream keeps, and nothing of it was read: whoever
 * sends slowly holds no place meanwhile.
 */
function whole(request: IncomingMessage): Promise<void> {
  if (request.complete) return Promise.resolve()
  return new Promise((resolve) => {
    const look = () => {
      const full = request.readableLength >= request.readableHighWaterMark
      if (!request.complete && !request.destroyed && !full) return
      request.off('readable', look).off('close', look)
      resolve()
    }
    request.on('readable', look).on('close', look)
  })
}

/** Answers and closes: what the body still holds is not read. */
function refuse(request: IncomingMessage, response: ServerResponse, reason: Refusal): void {
  const { cookie, 'accept-language': acceptLanguage } = request.headers
  // RFC 9110 15.5.6.
  if (reason === 'method') response.setHeader('Allow', 'GET, HEAD, POST')
  if (reason === 'busy') response.setHeader('Retry-After', COME_BACK_AFTER / 1000)
  response.writeHead(REFUSALS[reason], { 'Content-Type': 'text/html; charset=utf-8', Connection: 'close' })
  response.end(request.method === 'HEAD' ? undefined : refusalPage(reason, { cookie, acceptLanguage }))
}

function addressOf(request: IncomingMessage, config: Config): string | null {
  const forwarded = request.headers['x-forwarded-for']
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? null)
  return clientAddress(request.socket.remoteAddress ?? null, forwardedFor, config.trustedProxyHops)
}

/** Puts what we know in the place of what a client claims, for everything behind this line (S24, N33). */
function rewriteHeaders(
  request: IncomingMessage,
  path: string,
  policy: string,
  config: Config,
  { address, requestId }: RequestInfo,
  development: boolean,
): void {
  for (const name of Object.keys(request.headers)) {
    if (
      name.startsWith('x-forwarded-') ||
      name === 'forwarded' ||
      name.startsWith('x-twofold-') ||
      (!development && isInternal(name))
    ) {
      delete request.headers[name]
    }
  }
  const origin = request.headers.origin
  const own = origin !== undefined && allowedOrigins(config.publicUrl).has(origin) ? origin : config.publicUrl
  request.headers.host = new URL(own).host
  if (request.method === 'POST') request.headers.origin = own
  request.headers['content-security-policy'] = policy
  request.headers[ADDRESS_HEADER] = address ?? ''
  request.headers[REQUEST_ID_HEADER] = requestId ?? ''
  request.headers[PATH_HEADER] = path
}

/** Lets an action or page say the status and headers of its response, where the framework does not. */
function applyWanted(
  request: IncomingMessage,
  response: ServerResponse,
  wanted: WantedResponse,
  reference: string,
  on: { brokenForm: () => void; head: () => void },
): void {
  const writeHead = response.writeHead.bind(response)
  const write = response.write.bind(response) as (...rest: never[]) => boolean
  const end = response.end.bind(response)
  /** In the place of what the framework says, however it says it. */
  let page: string | null = null
  response.writeHead = ((status: number, ...rest: never[]) => {
    on.head()
    const overridden = wanted.status !== undefined && status < 300
    for (const [name, value] of wanted.headers) response.setHeader(name, value)
    if (wanted.cookies !== undefined) response.appendHeader('Set-Cookie', wanted.cookies)
    // ASVS 4.1.1: the framework's own short answers name no character set.
    if (response.getHeader('Content-Type') === 'text/plain') response.setHeader('Content-Type', TEXT)
    if (status >= 500 && wanted.outage === true) {
      const program = !wantsPage(request)
      const { cookie, 'accept-language': acceptLanguage } = request.headers
      page = program ? OUTAGE_PROBLEM : outagePage({ cookie, acceptLanguage })
      for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) response.removeHeader(name)
      response.setHeader('Content-Type', program ? 'application/problem+json' : 'text/html; charset=utf-8')
      response.setHeader('Retry-After', String(OUTAGE_RETRY))
      return writeHead(503)
    }
    if (status === 500 && isApi(request)) {
      page = failureProblem(reference, wanted.unreadable === true)
      for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) response.removeHeader(name)
      response.setHeader('Content-Type', 'application/problem+json')
      response.setHeader('Cache-Control', 'no-store')
      return writeHead(status)
    }
    const unread = wanted.form === 'unread'
    if (status < 500 || !(unread || wantsPage(request))) {
      return writeHead(overridden ? (wanted.status ?? status) : status, ...rest)
    }
    if (unread) on.brokenForm()
    page = pageInstead(request, wanted, reference)
    for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) response.removeHeader(name)
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    return writeHead(unread ? REFUSALS.broken_form : status)
  }) as typeof response.writeHead
  response.write = ((...rest: never[]) => {
    if (!response.headersSent) response.writeHead(response.statusCode)
    return page === null ? write(...rest) : true
  }) as typeof response.write
  response.end = ((...rest: never[]) => {
    const replaced = wanted.outage === true || wanted.form === 'unread' || wantsPage(request) || isApi(request)
    if (!response.headersSent && response.statusCode >= 500 && replaced) response.writeHead(response.statusCode)
    if (page === null) return end(...rest)
    return end(request.method === 'HEAD' ? undefined : page)
  }) as typeof response.end
}

/** The framework's own answer is an empty page until its script runs; this one says what to do without any. */
function pageInstead(request: IncomingMessage, wanted: WantedResponse, reference: string): string {
  const { cookie, 'accept-language': acceptLanguage } = request.headers
  const headers = { cookie, acceptLanguage }
  if (wanted.form === 'unread') return refusalPage('broken_form', headers)
  return wanted.unreadable === true ? unreadablePage(reference, headers) : failurePage(reference, headers)
}

function isApi(request: IncomingMessage): boolean {
  return (request.url ?? '').startsWith('/api/')
}

/** A document for a person: not data for a script of ours, and not the API. */
function wantsPage(request: IncomingMessage): boolean {
  const byScript = request.headers.rsc !== undefined || request.headers['next-action'] !== undefined
  return !byScript && !isApi(request)
}

export interface ListenerOptions {
  development: boolean
  onRefusal: (reason: Refusal | 'unknown_path', request: RequestInfo) => void
  /** Told of everybody who is sent away for load. */
  onBusy: () => void
  /** Told of each client whose proxy wrote no address that can be read (S24). */
  onUnreadable: () => void
  /** Whether one more report of a browser is listened to, from this network. */
  takeReport: (network: string) => boolean
  isReady: () => Promise<boolean>
  /** A name for whoever is signed in, or past a first step, by their cookies. */
  knownBy: (cookies: string) => Promise<string | null>
  /** Places of strangers, of people who are known, of the question who is, and of programs that ask it. */
  admission: { strangers: Admission; known: Admission; lookups: Admission; checks: Admission }
}

export function createListener(config: Config, handle: RequestListener, options: ListenerOptions): RequestListener {
  /** What strangers do keeps nobody waiting who is known; looked up only where it matters. */
  async function admit(request: IncomingMessage, gone: AbortSignal, address: string | null): Promise<Leave | null> {
    const { strangers, known, lookups, checks } = options.admission
    // They hold no place that the framework works in, and whose turn it is would be asked by their own statement.
    if (asksWhoAmI(request)) return checks.wait(clientPrefix(address), gone)
    const place = strangers.take()
    if (place !== null) return place
    const { cookie } = request.headers
    const client = clientPrefix(address)
    if (cookie === undefined) return strangers.wait(client, gone)
    const looked = await lookups.wait(client, gone)
    if (looked === null) return null
    const who = await options.knownBy(cookie).finally(looked)
    return who === null ? strangers.wait(client, gone) : known.wait(who, gone)
  }

  return async (request, response) => {
    const random = systemRandom(ID_BYTES + NONCE_BYTES)
    const id = toBase64Url(random.subarray(0, ID_BYTES))
    const { method = '', url = '', httpVersion: version, rawHeaders } = request
    const target = readTarget({ method, target: url, version, rawHeaders }, config.publicUrl)
    const path = target ?? '/'
    request.url = path
    const [pathname = path] = path.split('?')
    const policy = contentSecurityPolicy(toBase64Url(random.subarray(ID_BYTES)), options.development)
    for (const [name, value] of Object.entries(FIXED_HEADERS)) response.setHeader(name, value)
    response.setHeader('Content-Security-Policy', policy)
    response.setHeader('Referrer-Policy', referrerPolicy(path))
    const isStatic = path.startsWith(STATIC) && !path.includes('..') && method !== 'POST'
    if (!isStatic) response.setHeader('Cache-Control', 'no-store')
    const userAgent = request.headers['user-agent']?.slice(0, 300) ?? null
    const info = { address: addressOf(request, config), userAgent, requestId: id }
    if (info.address?.startsWith(UNREADABLE)) options.onUnreadable()
    const refusal = target === null ? 'bad_request' : refusalOf(request, pathname, config.publicUrl)
    if (refusal !== null) {
      options.onRefusal(refusal, info)
      refuse(request, response, refusal)
      return
    }
    if (isProbe(pathname) && request.method !== 'POST') return answerProbe(response, pathname, options.isReady)
    if (pathname === REPORT_PATH && request.method === 'POST' && !options.takeReport(clientPrefix(info.address))) {
      response.writeHead(429, { 'Retry-After': 60, Connection: 'close' }).end()
      return
    }
    let leave: Leave | null = () => undefined
    if (!isStatic) {
      const gone = new AbortController()
      // With a reason: without one Node makes an error of it, with its stack, for every answer.
      response.once('close', () => gone.abort(null))
      if (request.method === 'POST' && !FILE_PATH.test(pathname)) await whole(request)
      leave = await admit(request, gone.signal, info.address)
      if (gone.signal.aborted) return leave?.()
      if (leave === null) {
        options.onBusy()
        return refuse(request, response, 'busy')
      }
    }
    if (INSIDE.test(decodeURIComponent(pathname))) request.url = NOWHERE
    // With its head an answer is made: what a slow reader takes from here on is nobody's turn.
    response.once('close', leave)
    rewriteHeaders(request, path, policy, config, info, options.development)
    const isForm = request.method === 'POST' && !isApi(request)
    const document = wantsPage(request)
    const wanted: WantedResponse = { headers: new Map(), form: isForm ? 'unread' : 'none', document }
    const brokenForm = () => options.onRefusal('broken_form', info)
    applyWanted(request, response, wanted, id, { brokenForm, head: leave })
    response.once('finish', () => {
      // Said by the framework alone: a page that says 404 for itself has written down why.
      if (response.statusCode === 404 && wanted.status === undefined) options.onRefusal('unknown_path', info)
    })
    withResponse(wanted, () => handle(request, response))
  }
}

/** What Node calls an error of a request that it cannot read, and the status it stands for. */
const UNREAD: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }

/** Answers what never became a request (N37): bytes that are no HTTP, headers that are too long or too late. */
export function createErrorListener(onRefusal: ListenerOptions['onRefusal']) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
      socket.destroy()
      return
    }
    const requestId = toBase64Url(systemRandom(12))
    onRefusal('bad_request', { address: socket.remoteAddress ?? null, userAgent: null, requestId })
    const status = UNREAD[error.code ?? ''] ?? REFUSALS.bad_request
    const page = refusalPage('bad_request', {})
    const headers = {
      ...FIXED_HEADERS,
      'Content-Security-Policy': contentSecurityPolicy(toBase64Url(systemRandom(16)), false),
      'Referrer-Policy': 'same-origin',
      'Cache-Control': 'no-store',
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(page),
      Connection: 'close',
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${page}`)
  }
}
