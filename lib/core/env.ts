import { resolve } from 'node:path'
import { z } from 'zod'
import { err, ok, type Result } from './kernel/result'

export const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** An address and the name before it, of MAIL_FROM. */
export interface MailAddress {
  name: string
  address: string
}

/** How mail is sent, from the settings. */
export type MailSettings =
  | { transport: 'directory' }
  | { transport: 'smtp'; url: string; from: MailAddress }
  | { transport: 'resend'; apiKey: string; baseUrl: string; from: MailAddress }

/** How text messages are sent, from the settings. */
export type SmsSettings =
  | { transport: 'none' }
  | { transport: 'directory' }
  | { transport: 'twilio'; accountSid: string; authToken: string; from: string; baseUrl: string }
  | { transport: 'webhook'; url: string; secret: string }

/** Where new passwords are looked up, and for how many milliseconds. */
export interface BreachSettings {
  baseUrl: string
  within: number
}

const port = z.coerce.number().int().min(0).max(65535)
const httpUrl = z.url({ protocol: /^https?$/ })

const schema = z.object({
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: z
    .string()
    .regex(/^(file:|postgres(ql)?:\/\/)/, 'must begin with file: or postgresql://')
    .optional(),
  PUBLIC_URL: httpUrl.optional(),
  SECRET_KEYS: z.string().optional(),
  MAIL_TRANSPORT: z.enum(['directory', 'smtp', 'resend']).optional(),
  MAIL_FROM: z.string().optional(),
  SMTP_URL: z.string().optional(),
  RESEND_API_KEY: z.string().optional(),
  RESEND_BASE_URL: httpUrl.default('https://api.resend.com'),
  SMS_TRANSPORT: z.enum(['none', 'directory', 'twilio', 'webhook']).default('none'),
  TWILIO_ACCOUNT_SID: z.string().optional(),
  TWILIO_AUTH_TOKEN: z.string().optional(),
  TWILIO_FROM: z.string().optional(),
  TWILIO_BASE_URL: httpUrl.default('https://api.twilio.com'),
  SMS_WEBHOOK_URL: httpUrl.optional(),
  SMS_WEBHOOK_SECRET: z.string().optional(),
  BREACHED_PASSWORDS_URL: httpUrl.optional(),
  BREACHED_PASSWORDS_TIMEOUT: z.coerce.number().int().min(100).max(10_000).default(2000),
  GEOIP_DATABASE: z.string().optional(),
  TRUSTED_PROXY_HOPS: z.coerce.number().int().min(0).max(10).default(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
})
type Settings = z.output<typeof schema>

export const ENVIRONMENT_NAMES = Object.keys(schema.shape) as (keyof typeof schema.shape)[]

export interface Config {
  port: number
  host: string
  dataDir: string
  databaseUrl: string
  publicUrl: string
  secretKeys: string | null
  mail: MailSettings
  sms: SmsSettings
  breaches: BreachSettings | null
  /** An MMDB file with places of addresses (D9). */
  geoipDatabase: string | null
  trustedProxyHops: number
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'
}

type Read<T> = Result<T, 'wrong_setting', string>

const wrong = (sentence: string) => err('wrong_setting', sentence)

/** `Name <address>` or the address alone: one plain address, and a name that starts no header. */
function readFrom(text: string | undefined): Read<MailAddress> {
  if (text === undefined) {
    return wrong('MAIL_FROM must be set with this MAIL_TRANSPORT, such as Acme <login@example.com>.')
  }
  const parts = /^(?:"?([^"<>\p{Cc}]*?)"?\s*<([^<>]+)>|([^<>]+))$/u.exec(text)
  const [name, address] = [parts?.[1]?.trim() ?? '', parts?.[2] ?? parts?.[3] ?? '']
  if (!/^[^\s\p{Cc}<>@,;:"]+@[^\s\p{Cc}<>@,;:"]+$/u.test(address)) {
    return wrong('MAIL_FROM must be one address, alone or as Name <address>.')
  }
  return ok({ name, address })
}

function readMail(env: Settings): Read<MailSettings> {
  const transport = env.MAIL_TRANSPORT ?? 'directory'
  if (transport === 'directory') return ok({ transport })
  const from = readFrom(env.MAIL_FROM)
  if (!from.ok) return from
  if (transport === 'resend') {
    if (!env.RESEND_API_KEY) return wrong('RESEND_API_KEY must be set when MAIL_TRANSPORT is resend.')
    return ok({ transport, apiKey: env.RESEND_API_KEY, baseUrl: env.RESEND_BASE_URL, from: from.value })
  }
  const url = env.SMTP_URL ?? ''
  if (!/^smtps?:\/\//.test(url) || !URL.canParse(url) || new URL(url).hostname === '') {
    return wrong(
      'SMTP_URL must be smtp://user:password@host:port or smtps://…, with special characters percent-encoded.',
    )
  }
  return ok({ transport, url, from: from.value })
}

const SHORTEST_SECRET = 32

function readSms(env: Settings): Read<SmsSettings> {
  switch (env.SMS_TRANSPORT) {
    case 'none':
    case 'directory':
      return ok({ transport: env.SMS_TRANSPORT })
    case 'twilio': {
      const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM, TWILIO_BASE_URL } = env
      if (!TWILIO_ACCOUNT_SID || !TWILIO_AUTH_TOKEN || !TWILIO_FROM) {
        return wrong('TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM must be set when SMS_TRANSPORT is twilio.')
      }
      const names = { accountSid: TWILIO_ACCOUNT_SID, authToken: TWILIO_AUTH_TOKEN, from: TWILIO_FROM }
      return ok({ transport: 'twilio', ...names, baseUrl: TWILIO_BASE_URL })
    }
    case 'webhook': {
      const { SMS_WEBHOOK_URL, SMS_WEBHOOK_SECRET } = env
      const url = SMS_WEBHOOK_URL === undefined ? null : new URL(SMS_WEBHOOK_URL)
      if (url === null || (url.protocol !== 'https:' && !LOOPBACK_HOSTS.has(url.hostname))) {
        return wrong('SMS_WEBHOOK_URL must be an https:// address when SMS_TRANSPORT is webhook.')
      }
      if (!SMS_WEBHOOK_SECRET || SMS_WEBHOOK_SECRET.length < SHORTEST_SECRET) {
        return wrong(`SMS_WEBHOOK_SECRET must have at least ${SHORTEST_SECRET} characters.`)
      }
      return ok({ transport: 'webhook', url: url.href, secret: SMS_WEBHOOK_SECRET })
    }
  }
}

/** Five digits of a digest go there and no more; still nobody on the way is to see or change them. */
function readBreaches(env: Settings): Read<BreachSettings | null> {
  if (env.BREACHED_PASSWORDS_URL === undefined) return ok(null)
  const { protocol, hostname, href } = new URL(env.BREACHED_PASSWORDS_URL)
  if (protocol !== 'https:' && !LOOPBACK_HOSTS.has(hostname)) {
    return wrong('BREACHED_PASSWORDS_URL must be an https:// address.')
  }
  return ok({ baseUrl: href, within: env.BREACHED_PASSWORDS_TIMEOUT })
}

/**
 * Reads the settings that docs/operators.md lists. An empty value counts as unset; a wrong one is a sentence that names
 * it.
 */
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
  const mail = readMail(env)
  if (!mail.ok) return mail
  const sms = readSms(env)
  if (!sms.ok) return sms
  const breaches = readBreaches(env)
  if (!breaches.ok) return breaches
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
    mail: mail.value,
    sms: sms.value,
    breaches: breaches.value,
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
