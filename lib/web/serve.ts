import { mkdirSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { boot } from '../boot'
import { toBase64Url } from '../crypto/encoding'
import { closeDb } from '../db'
import { type Config, isDevelopment, prepareFramework, readProcessConfig } from '../env'
import { startWorker, type Worker } from '../job/worker'
import { systemRandom } from '../kernel/random'
import { log, setLogLevel } from '../log'
import { createDirectoryTransport } from '../mail/directory-transport'
import { applyMigrations } from '../migrate'
import { makeSetupLink } from '../tenant/service'
import { setWorld } from './deps'
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

function stop(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

async function serve(): Promise<void> {
  const read = readProcessConfig()
  if (!read.ok) stop(read.detail)
  const config = read.value
  const development = isDevelopment()
  setLogLevel(config.logLevel)
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  await applyMigrations({ url: config.databaseUrl })
  const booted = boot(config)
  if (!booted.ok) stop(booted.detail)
  const deps = booted.value
  const transport = createDirectoryTransport(config.dataDir)
  const worker: Worker = startWorker(
    deps,
    { mailer: transport, directory: transport },
    { onError: (error, task) => log().error({ err: error, task }, 'background work failed') },
  )
  setWorld({ deps, config, wake: () => worker.wake() })
  prepareFramework(config, Buffer.from(deps.keys.derive('server-actions')).toString('base64'))

  const { default: next } = await import('next')
  const app = next({ dev: development, hostname: config.host, port: config.port, dir: process.cwd() })
  await app.prepare()
  const handle = app.getRequestHandler()
  const listener = createListener(config, (request, response) => void handle(request, response), development)
  // Header and body must arrive in time: a slow sender holds nothing for long.
  const server = createServer({ headersTimeout: 15_000, requestTimeout: 30_000 }, listener)
  server.on('error', (error: NodeJS.ErrnoException) =>
    stop(
      error.code === 'EADDRINUSE'
        ? `PORT ${config.port} is in use on ${config.host}: stop the other program or set PORT.`
        : `The server cannot listen on ${config.host}:${config.port}: ${error.message}`,
    ),
  )
  server.listen(config.port, config.host, () => void announce())

  async function announce() {
    process.stdout.write(`Twofold is ready at ${config.publicUrl}\n`)
    const link = await makeSetupLink(deps)
    if (link === null) return
    process.stdout.write(`Set up the first company and its owner here, within 24 hours: ${link}\n`)
  }

  let stopping = false
  async function shutDown() {
    if (stopping) return
    stopping = true
    server.close()
    server.closeIdleConnections()
    await worker.stop()
    await closeDb(deps.db)
    process.exit(0)
  }
  process.on('SIGTERM', () => void shutDown())
  process.on('SIGINT', () => void shutDown())
  process.on('unhandledRejection', (error) => log().error({ err: error }, 'a rejection nobody handled'))
}

await serve()
