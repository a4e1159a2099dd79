import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { toBase64Url } from '../crypto/encoding'
import type { Config } from '../env'
import { systemRandom } from '../kernel/random'
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
import { type Wanted, withResponse } from './response'

/** Forms are small; anything larger is refused before it is read. */
const MOST_BODY = 64 * 1024
const FORM_TYPES = ['multipart/form-data', 'application/x-www-form-urlencoded', 'text/plain']
const REPORT_PATH = '/api/csp-report'

/** Headers that every response carries, static files and refusals included (security.md 3.7). */
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

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end(`${text}\n`)
}

/** Why a request goes no further; null when it may. */
function refusalOf(request: IncomingMessage, path: string, publicUrl: string): { status: number; text: string } | null {
  const method = request.method ?? ''
  if (method === 'GET' || method === 'HEAD') return null
  if (method !== 'POST') return { status: 405, text: 'Method not allowed.' }
  if (Number(request.headers['content-length'] ?? 0) > MOST_BODY) return { status: 413, text: 'Too large.' }
  if (request.headers['transfer-encoding'] !== undefined) return { status: 411, text: 'A length is required.' }
  if (path === REPORT_PATH) return null
  const site = request.headers['sec-fetch-site']
  const from = { origin: request.headers.origin ?? null, site: typeof site === 'string' ? site : null }
  if (!isOwnOrigin(from, publicUrl)) return { status: 403, text: 'This request did not come from a page of this site.' }
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (!FORM_TYPES.includes(type ?? '')) return { status: 415, text: 'Send the form as a form.' }
  return null
}

/** Puts what we know in the place of what a client claims, for everything behind this line (S24, security.md 2.2). */
function rewriteHeaders(request: IncomingMessage, path: string, policy: string, config: Config, id: string): void {
  const forwarded = request.headers['x-forwarded-for']
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? null)
  const address = clientAddress(request.socket.remoteAddress ?? null, forwardedFor, config.trustedProxyHops)
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
function applyWanted(response: ServerResponse, wanted: Wanted): void {
  const writeHead = response.writeHead.bind(response)
  response.writeHead = ((status: number, ...rest: never[]) => {
    const overridden = wanted.status !== undefined && status < 300
    for (const [name, value] of wanted.headers) response.setHeader(name, value)
    return writeHead(overridden ? (wanted.status ?? status) : status, ...rest)
  }) as typeof response.writeHead
}

export function createListener(config: Config, handle: RequestListener, development: boolean): RequestListener {
  return (request, response) => {
    const id = toBase64Url(systemRandom(12))
    const path = request.url ?? '/'
    const policy = contentSecurityPolicy(toBase64Url(systemRandom(16)), development)
    for (const [name, value] of Object.entries(FIXED_HEADERS)) response.setHeader(name, value)
    response.setHeader('Content-Security-Policy', policy)
    response.setHeader('Referrer-Policy', referrerPolicy(path))
    if (!path.startsWith('/_next/static/')) response.setHeader('Cache-Control', 'no-store')
    const refusal = refusalOf(request, path.split('?')[0] ?? path, config.publicUrl)
    if (refusal !== null) {
      refuse(response, refusal.status, refusal.text)
      return
    }
    rewriteHeaders(request, path, policy, config, id)
    const wanted: Wanted = { headers: new Map() }
    applyWanted(response, wanted)
    withResponse(wanted, () => handle(request, response))
  }
}
