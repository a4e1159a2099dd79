import { resolve } from 'node:path'
import { z } from 'zod'
import { err, ok, type Result } from './kernel/result'

export const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

const port = z.coerce.number().int().min(0).max(65535)

const schema = z.object({
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: z
    .string()
    .regex(/^(file:|postgres(ql)?:\/\/)/, 'must begin with file: or postgresql://')
    .optional(),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  SECRET_KEYS: z.string().optional(),
  MAIL_TRANSPORT: z.enum(['directory']).optional(),
  SMS_TRANSPORT: z.enum(['none', 'directory']).default('none'),
  GEOIP_DATABASE: z.string().optional(),
  TRUSTED_PROXY_HOPS: z.coerce.number().int().min(0).max(10).default(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
})

export const ENVIRONMENT_NAMES = Object.keys(schema.shape) as (keyof typeof schema.shape)[]

export interface Config {
  port: number
  host: string
  dataDir: string
  databaseUrl: string
  publicUrl: string
  secretKeys: string | null
  mailTransport: 'directory'
  smsTransport: 'none' | 'directory'
  /** An MMDB file with places of addresses (D9). */
  geoipDatabase: string | null
  trustedProxyHops: number
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'
}

/** Reads the settings of architecture 8. An empty value counts as unset; a wrong one is a sentence that names it. */
export function readConfig(source: Record<string, string | undefined>): Result<Config, 'wrong_setting', string> {
  const given = Object.fromEntries(ENVIRONMENT_NAMES.map((name) => [name, source[name]?.trim() || undefined]))
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const name = String(issue?.path[0] ?? 'The environment')
    return err('wrong_setting', `${name} is set to a value that cannot be used: ${issue?.message ?? 'unreadable'}.`)
  }
  const env = parsed.data
  const dataDir = resolve(env.DATA_DIR)
  const publicUrl = new URL(env.PUBLIC_URL ?? `http://localhost:${env.PORT}`)
  const loopback = LOOPBACK_HOSTS.has(publicUrl.hostname)
  if (publicUrl.protocol !== 'https:' && !loopback) {
    return err('wrong_setting', 'PUBLIC_URL must begin with https:// unless its host is this machine.')
  }
  const { pathname, search, hash, username, password } = publicUrl
  if (pathname !== '/' || search || hash || username || password) {
    return err('wrong_setting', 'PUBLIC_URL must be an origin without a path, such as https://login.example.com.')
  }
  if (!env.MAIL_TRANSPORT && !loopback) {
    return err('wrong_setting', 'MAIL_TRANSPORT must be set when PUBLIC_URL is not an address of this machine.')
  }
  const url = env.DATABASE_URL ?? `file:${resolve(dataDir, 'twofold.db')}`
  const databaseUrl = url.startsWith('file:') ? `file:${resolve(url.slice('file:'.length))}` : url
  if (!databaseUrl.startsWith('file:') && !env.SECRET_KEYS) {
    return err('wrong_setting', 'SECRET_KEYS must be set when DATABASE_URL is PostgreSQL: instances share the keys.')
  }
  return ok({
    port: env.PORT,
    host: env.HOST,
    dataDir,
    databaseUrl,
    publicUrl: publicUrl.origin,
    secretKeys: env.SECRET_KEYS ?? null,
    mailTransport: env.MAIL_TRANSPORT ?? 'directory',
    smsTransport: env.SMS_TRANSPORT,
    geoipDatabase: env.GEOIP_DATABASE ? resolve(env.GEOIP_DATABASE) : null,
    trustedProxyHops: env.TRUSTED_PROXY_HOPS,
    logLevel: env.LOG_LEVEL,
  })
}

export function readProcessConfig(): Result<Config, 'wrong_setting', string> {
  return readConfig(process.env)
}

export function isDevelopment(): boolean {
  return process.env.NODE_ENV === 'development'
}

/** What the framework itself reads: our key for its server actions, so that every instance shares it. */
export function prepareFramework(config: Config, serverActionsKey: string): void {
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host
  // Where an action's redirect is rendered ahead: this very server, never the way round through PUBLIC_URL.
  process.env.__NEXT_PRIVATE_ORIGIN = `http://${host.includes(':') ? `[${host}]` : host}:${config.port}`
  process.env.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY = serverActionsKey
  process.env.NEXT_TELEMETRY_DISABLED = '1'
  if (!process.env.NODE_ENV) Object.assign(process.env, { NODE_ENV: 'production' })
}
