import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ENVIRONMENT_NAMES, readConfig } from '../core/env'

const root = join(import.meta.dirname, '..', '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** What systemd, Compose and Node make of the file. */
const example: Record<string, string> = { ...(parseEnv(read('.env.example')) as Record<string, string>) }

function configOf(settings: Record<string, string>) {
  const config = readConfig(settings)
  if (!config.ok) throw new Error(config.detail)
  return config.value
}

describe('X12: the unit of systemd', () => {
  const settings = [...read('deploy/twofold.service').matchAll(/^(\w+)=(.*)$/gm)]
  const of = (name: string) => settings.filter(([, each]) => each === name).map(([, , value = '']) => value)

  test('reads .env.example as it stands, and may write to the folder that stands there', () => {
    expect(of('EnvironmentFile')).toEqual(['/etc/twofold/twofold.env'])
    const { dataDir, databaseUrl, publicUrl } = configOf(example)
    expect(dataDir).toBe(`/var/lib/${of('StateDirectory')[0]}`)
    expect(databaseUrl).toBe(`file:${dataDir}/twofold.db`)
    expect(publicUrl).toBe('http://localhost:3000')
  })

  test('leaves the service what it needs: its engine compiles, and its threads for passwords stand back', () => {
    expect(of('MemoryDenyWriteExecute')).toEqual([])
    expect(of('SystemCallFilter').join(' ')).not.toContain('@resources')
    expect(of('User')).toEqual(['twofold'])
    expect(of('Restart')).toEqual(['on-failure'])
  })
})

describe('X12: the image', () => {
  const instructions = read('Dockerfile')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', value = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? []
      return { name, value }
    })
  const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'))
  const of = (name: string) => last.filter((each) => each.name === name).map(({ value }) => value)

  test('is made in two stages, each line an instruction, of one image that is named without a host', () => {
    const known = ['ARG', 'FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'CMD']
    expect(instructions.filter(({ name }) => !known.includes(name))).toEqual([])
    expect(instructions.filter(({ name }) => ['ARG', 'FROM'].includes(name)).map(({ value }) => value)).toEqual([
      expect.stringMatching(/^NODE=[a-z0-9.-]+:[a-z0-9.-]+$/),
      ['$', '{NODE} AS build'].join(''),
      ['$', '{NODE}'].join(''),
    ])
  })

  test('runs what the first stage made, as nobody in particular, and is asked how it is', () => {
    expect(of('COPY')).toEqual(['--from=build /twofold ./'])
    expect(of('USER')).toEqual(['1000:1000'])
    expect(JSON.parse(of('CMD')[0] ?? '')).toEqual(['node', 'dist/serve.mjs'])
    const [probe = ''] = of('HEALTHCHECK').map((value) => value.slice(value.indexOf('CMD ') + 4))
    expect(JSON.parse(probe).at(-1)).toContain('/api/health/ready')
  })

  test('has settings that the service knows, reaches others, and keeps its data in the volume', () => {
    const given = Object.fromEntries(of('ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('='))))
    const { NODE_ENV, ...settings } = given
    expect(NODE_ENV).toBe('production')
    expect(Object.keys(settings).filter((name) => !ENVIRONMENT_NAMES.some((known) => known === name))).toEqual([])
    const { host, dataDir, port } = configOf(settings)
    expect([host, dataDir]).toEqual(['0.0.0.0', of('VOLUME')[0]])
    expect(String(port)).toBe(of('EXPOSE')[0])
  })

  test('is built of files that are there, and of nothing that a work tree has beside the sources', () => {
    const copied = instructions.filter(({ name, value }) => name === 'COPY' && !value.startsWith('--from'))
    const files = copied.flatMap(({ value }) => value.split(' ').slice(0, -1))
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
    const ignored = read('.dockerignore').split('\n')
    for (const one of ['node_modules', '.next', 'dist', 'data', '.env', '.git']) expect(ignored).toContain(one)
  })
})

describe('X12: compose.yaml', () => {
  const text = read('compose.yaml')
  const service = (name: string) => new RegExp(`^  ${name}:\\n((?:    .*\\n)+)`, 'm').exec(text)?.[1] ?? ''
  const environment = (name: string) => {
    const [, block = ''] = /^ {4}environment:\n((?: {6}.*\n)+)/m.exec(service(name)) ?? []
    const lines = [...block.matchAll(/^ {6}([A-Z_]+): (["']?)(.*)\2$/gm)]
    const pairs = lines.map(([, key = '', , value = '']) => [key, value.replace(/\$\{\w+:\?[^}]*\}/g, 'given')])
    return Object.fromEntries(pairs) as Record<string, string>
  }

  test('gives the service settings that it knows, on top of .env', () => {
    expect(service('twofold')).toContain('env_file: .env\n')
    const given = environment('twofold')
    expect(Object.keys(given).filter((name) => !ENVIRONMENT_NAMES.some((known) => known === name))).toEqual([])
    const filled = { ...example, ...given, SECRET_KEYS: 'k1:key', PUBLIC_URL: 'https://login.example.com' }
    const config = configOf({ ...filled, MAIL_TRANSPORT: 'directory' })
    expect(config).toMatchObject({ host: '0.0.0.0', port: 3000, dataDir: '/var/lib/twofold', trustedProxyHops: 1 })
    expect(new URL(config.databaseUrl).hostname).toBe('database')
  })

  test('lets it write to its volume and /tmp alone, with no capability', () => {
    for (const line of ['read_only: true', 'tmpfs: /tmp', 'cap_drop: [ALL]', '["no-new-privileges:true"]']) {
      expect(service('twofold')).toContain(line)
    }
  })

  test('names the image by this version', () => {
    const { version } = JSON.parse(read('package.json'))
    expect(service('twofold')).toContain(`image: twofold:${version}\n`)
    expect(read('docs/operators.md')).toContain(`twofold-${version}.tar.gz`)
  })

  test('opens the proxy alone to others, and takes images that are named without a host', () => {
    expect([...text.matchAll(/^ {4}ports: (.*)$/gm)].map(([, ports]) => ports)).toEqual(['["80:80", "443:443"]'])
    expect(service('proxy')).toContain('ports:')
    const images = [...text.matchAll(/^ {4}image: (.*)$/gm)].map(([, image]) => image)
    expect(images.filter((image) => !/^[a-z0-9]+:[a-z0-9.-]+$/.test(image ?? ''))).toEqual([])
    expect(environment('proxy').TWOFOLD).toBe(`twofold:${example.PORT}`)
    expect(environment('proxy')).toHaveProperty('PUBLIC_URL')
  })
})

describe('X12: the proxies', () => {
  test.each(['deploy/Caddyfile', 'deploy/nginx.conf'])('%s hands on to where .env.example listens', (file) => {
    expect(read(file)).toContain(`${example.HOST}:${example.PORT}`)
    expect(read(file)).toContain('TRUSTED_PROXY_HOPS=1')
  })
})
