import { resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  ENVIRONMENT_NAMES,
  isDevelopment,
  LOOPBACK_HOSTS,
  prepareFramework,
  readConfig,
  readProcessConfig,
} from './env'

function read(source: Record<string, string | undefined>) {
  const config = readConfig(source)
  if (!config.ok) throw new Error(config.detail)
  return config.value
}

/** The sentence that stops the start; null when nothing is wrong. */
function complaint(source: Record<string, string | undefined>): string | null {
  const config = readConfig(source)
  return config.ok ? null : config.detail
}

const PUBLIC = { PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' }

describe('settings', () => {
  const DEFAULTS = {
    port: 3000,
    host: '127.0.0.1',
    dataDir: resolve('data'),
    databaseUrl: `file:${resolve('data/twofold.db')}`,
    publicUrl: 'http://localhost:3000',
    secretKeys: null,
    mail: { transport: 'directory' },
    sms: { transport: 'none' },
    breaches: null,
    geoipDatabase: null,
    trustedProxyHops: 0,
    logLevel: 'info',
  }

  test('without any there is a working start on this machine alone', () => {
    expect(read({})).toEqual(DEFAULTS)
  })

  test('an empty value, or one of white space, counts as unset', () => {
    for (const nothing of ['', ' ', '\t\n', undefined]) {
      expect(read(Object.fromEntries(ENVIRONMENT_NAMES.map((name) => [name, nothing])))).toEqual(DEFAULTS)
    }
  })

  test('what is said is used, white space around it apart', () => {
    const config = read({
      PORT: ' 8080 ',
      HOST: '0.0.0.0',
      DATA_DIR: '/var/lib/twofold',
      DATABASE_URL: 'postgresql://twofold@db.example.com/twofold',
      PUBLIC_URL: 'https://login.example.com/',
      SECRET_KEYS: ' a:key ',
      MAIL_TRANSPORT: 'directory',
      SMS_TRANSPORT: 'none',
      TRUSTED_PROXY_HOPS: '2',
      LOG_LEVEL: 'warn',
    })
    expect(config).toEqual({
      port: 8080,
      host: '0.0.0.0',
      dataDir: '/var/lib/twofold',
      databaseUrl: 'postgresql://twofold@db.example.com/twofold',
      publicUrl: 'https://login.example.com',
      secretKeys: 'a:key',
      mail: { transport: 'directory' },
      sms: { transport: 'none' },
      breaches: null,
      geoipDatabase: null,
      trustedProxyHops: 2,
      logLevel: 'warn',
    })
  })

  test('PUBLIC_URL follows PORT, and the database follows DATA_DIR, where neither is said', () => {
    expect(read({ PORT: '4000', DATA_DIR: '/srv/data' })).toMatchObject({
      publicUrl: 'http://localhost:4000',
      databaseUrl: 'file:/srv/data/twofold.db',
    })
  })

  test('a SQLite file may be said relative to where the start happens; it is read as an absolute one', () => {
    expect(read({ DATABASE_URL: 'file:./own.db' }).databaseUrl).toBe(`file:${resolve('own.db')}`)
    expect(read({ DATABASE_URL: 'file:/srv/own.db' }).databaseUrl).toBe('file:/srv/own.db')
  })

  test('HOSTNAME, which shells and containers set, says nothing', () => {
    expect(read({ HOSTNAME: '0.0.0.0' }).host).toBe('127.0.0.1')
  })

  test('new passwords are looked up elsewhere where that is said, for two seconds', () => {
    const given = readConfig({ BREACHED_PASSWORDS_URL: 'https://passwords.example.com/v1' })
    expect(given).toMatchObject({
      ok: true,
      value: { breaches: { baseUrl: 'https://passwords.example.com/v1', within: 2000 } },
    })
    const near = readConfig({ BREACHED_PASSWORDS_URL: 'http://127.0.0.1:8080', BREACHED_PASSWORDS_TIMEOUT: '500' })
    expect(near).toMatchObject({ ok: true, value: { breaches: { within: 500 } } })
  })

  test.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['DATABASE_URL', 'mysql://localhost/twofold'],
    ['DATABASE_URL', '/var/lib/twofold.db'],
    ['PUBLIC_URL', 'login.example.com'],
    ['PUBLIC_URL', 'ftp://login.example.com'],
    ['PUBLIC_URL', 'javascript:alert(1)'],
    ['PUBLIC_URL', 'http://login.example.com'],
    ['PUBLIC_URL', 'http://localhost.example.com'],
    ['PUBLIC_URL', 'http://10.0.0.1'],
    ['PUBLIC_URL', 'https://login.example.com/portal'],
    ['PUBLIC_URL', 'https://login.example.com/?a=1'],
    ['PUBLIC_URL', 'https://login.example.com/#a'],
    ['PUBLIC_URL', 'https://olga@login.example.com'],
    ['PUBLIC_URL', 'https://olga:secret@login.example.com'],
    ['PUBLIC_URL', 'https://:secret@login.example.com'],
    ['MAIL_TRANSPORT', 'pigeon'],
    ['SMS_TRANSPORT', 'pigeon'],
    ['TRUSTED_PROXY_HOPS', '-1'],
    ['TRUSTED_PROXY_HOPS', '1.5'],
    ['TRUSTED_PROXY_HOPS', 'one'],
    ['TRUSTED_PROXY_HOPS', '11'],
    ['LOG_LEVEL', 'loud'],
    ['BREACHED_PASSWORDS_URL', 'passwords.example.com'],
    ['BREACHED_PASSWORDS_URL', 'http://passwords.example.com'],
    ['BREACHED_PASSWORDS_TIMEOUT', '0'],
    ['BREACHED_PASSWORDS_TIMEOUT', '60000'],
  ])('%s=%s stops the start with one sentence that begins with its name', (name, value) => {
    const sentence = complaint({ ...(name === 'PUBLIC_URL' ? { MAIL_TRANSPORT: 'directory' } : {}), [name]: value })
    expect(sentence).toMatch(new RegExp(`^${name} [^\\n]+\\.$`))
  })

  test('the sentence never repeats a value, which may be a secret', () => {
    for (const name of ENVIRONMENT_NAMES) expect(complaint({ [name]: 'S3CRET' }) ?? '').not.toContain('S3CRET')
    expect(complaint({ PUBLIC_URL: 'https://olga:S3CRET@login.example.com' })).not.toContain('S3CRET')
  })

  test('S18: away from this machine it must be HTTPS, and a mail transport must be said', () => {
    expect(complaint({ PUBLIC_URL: 'https://login.example.com' })).toMatch(/^MAIL_TRANSPORT must be set/)
    expect(complaint(PUBLIC)).toBeNull()
    for (const host of LOOPBACK_HOSTS) {
      expect(complaint({ PUBLIC_URL: `http://${host}:3000` })).toBeNull()
      expect(complaint({ PUBLIC_URL: `https://${host}` })).toBeNull()
    }
  })

  test('PostgreSQL without SECRET_KEYS is refused, since each instance would make keys of its own', () => {
    for (const DATABASE_URL of ['postgresql://localhost/twofold', 'postgres://localhost/twofold']) {
      expect(complaint({ DATABASE_URL })).toMatch(/^SECRET_KEYS must be set/)
      expect(complaint({ DATABASE_URL, SECRET_KEYS: ' ' })).toMatch(/^SECRET_KEYS must be set/)
      expect(complaint({ DATABASE_URL, SECRET_KEYS: 'a:key' })).toBeNull()
    }
  })

  test('S23: of PUBLIC_URL the origin is kept, in its one spelling', () => {
    const origin = (url: string) => read({ ...PUBLIC, PUBLIC_URL: url }).publicUrl
    expect(origin('HTTPS://Login.Example.COM:443/')).toBe('https://login.example.com')
    expect(origin('https://login.example.com:8443')).toBe('https://login.example.com:8443')
    expect(origin('https://bücher.example')).toBe('https://xn--bcher-kva.example')
  })
})

describe('the process', () => {
  const before = { ...process.env }
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  })

  test('is read by name', () => {
    for (const name of ENVIRONMENT_NAMES) delete process.env[name]
    process.env.PORT = '4321'
    const config = readProcessConfig()
    expect(config.ok && config.value.port).toBe(4321)
    process.env.PORT = 'x'
    expect(readProcessConfig()).toMatchObject({ ok: false, code: 'wrong_setting' })
  })

  test('S18: is in development only when that is said', () => {
    for (const mode of ['production', 'test', '', undefined, 'Development']) {
      Object.assign(process.env, { NODE_ENV: mode })
      if (mode === undefined) Reflect.deleteProperty(process.env, 'NODE_ENV')
      expect(isDevelopment()).toBe(false)
    }
    Object.assign(process.env, { NODE_ENV: 'development' })
    expect(isDevelopment()).toBe(true)
  })

  test.each([
    ['127.0.0.1', 'http://127.0.0.1:3000'],
    ['0.0.0.0', 'http://127.0.0.1:3000'],
    ['::', 'http://127.0.0.1:3000'],
    ['::1', 'http://[::1]:3000'],
    ['10.0.0.7', 'http://10.0.0.7:3000'],
  ])('S23: on host %s the framework asks this very server (%s), never PUBLIC_URL', (host, origin) => {
    Reflect.deleteProperty(process.env, 'NODE_ENV')
    prepareFramework(read({ ...PUBLIC, HOST: host }), 'the key')
    expect(process.env.__NEXT_PRIVATE_ORIGIN).toBe(origin)
    expect(process.env.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY).toBe('the key')
    expect(process.env.NEXT_TELEMETRY_DISABLED).toBe('1')
    expect(process.env.NODE_ENV).toBe('production')
  })
})
