import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { boot } from './boot'
import { generateKeyRing } from './crypto/keys'
import { type Config, readConfig } from './env'
import { systemRandom } from './kernel/random'

/** What happens between the making of a file and the writing of it: another process may look just then. */
const between = vi.hoisted(() => ({ hook: null as (() => void) | null }))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  return {
    ...fs,
    writeFileSync: (path: string, data: string, options: { mode?: number; flag?: string }) => {
      const hook = between.hook
      if (hook === null) return fs.writeFileSync(path, data, options)
      between.hook = null
      const file = fs.openSync(path, options.flag ?? 'w', options.mode)
      hook()
      fs.writeSync(file, data)
      fs.closeSync(file)
    },
  }
})

let directory: string
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'twofold-boot-')), 'data')
})
afterEach(() => {
  between.hook = null
  rmSync(join(directory, '..'), { recursive: true, force: true })
})

function config(more: Record<string, string> = {}): Config {
  const read = readConfig({ DATA_DIR: directory, ...more })
  if (!read.ok) throw new Error(read.detail)
  return read.value
}

function start(more: Record<string, string> = {}) {
  const booted = boot(config(more))
  if (!booted.ok) throw new Error(booted.detail)
  return booted.value
}

const keyOf = (deps: ReturnType<typeof start>) => Buffer.from(deps.keys.derive('seal')).toString('hex')
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const keyFile = () => join(directory, 'secret.keys')

describe('boot', () => {
  test('makes a key file once, for its owner alone, and reads it ever after', () => {
    const first = start()
    const text = readFileSync(keyFile(), 'utf8')
    expect(modeOf(keyFile())).toBe('600')
    expect(modeOf(directory)).toBe('700')
    const second = start()
    expect(keyOf(second)).toBe(keyOf(first))
    expect(second.keys.currentId).toBe(first.keys.currentId)
    expect(readFileSync(keyFile(), 'utf8')).toBe(text)
    expect(readdirSync(directory)).toEqual(['secret.keys'])
  })

  test('two starts at once agree on one key, also when one looks while the other writes', () => {
    let other: ReturnType<typeof start> | undefined
    between.hook = () => {
      other = start()
    }
    const first = start()
    if (other === undefined) throw new Error('the other start did not happen')
    expect(keyOf(other)).toBe(keyOf(first))
    expect(keyOf(start())).toBe(keyOf(first))
    expect(modeOf(keyFile())).toBe('600')
    expect(readdirSync(directory)).toEqual(['secret.keys'])
  })

  test('SECRET_KEYS is used where it is given, and then no file is made', () => {
    const SECRET_KEYS = generateKeyRing(systemRandom)
    const deps = start({ SECRET_KEYS })
    expect(SECRET_KEYS.startsWith(`${deps.keys.currentId}:`)).toBe(true)
    expect(() => statSync(keyFile())).toThrow('ENOENT')
  })

  test('two keys that are equal twice are the same world, another key is another', () => {
    const SECRET_KEYS = generateKeyRing(systemRandom)
    expect(keyOf(start({ SECRET_KEYS }))).toBe(keyOf(start({ SECRET_KEYS })))
    expect(keyOf(start({ SECRET_KEYS }))).not.toBe(keyOf(start({ SECRET_KEYS: generateKeyRing(systemRandom) })))
  })

  test.each(['x', 'a:short', 'a:', `a:${'A'.repeat(43)}`, 'a b:c'])(
    'ASVS 11.1.1: SECRET_KEYS=%s stops the start with a sentence that names it and not its value',
    (SECRET_KEYS) => {
      const booted = boot(config({ SECRET_KEYS }))
      expect(booted).toMatchObject({ ok: false, code: 'wrong_setting' })
      if (booted.ok) return
      expect(booted.detail).toMatch(/^SECRET_KEYS must be .+\.$/)
      if (SECRET_KEYS.length > 5) expect(booted.detail).not.toContain(SECRET_KEYS)
    },
  )

  test('a damaged key file stops the start and is left as it is: a new key would make every secret unreadable', () => {
    start()
    for (const damaged of ['', 'not a key ring']) {
      writeFileSync(keyFile(), damaged)
      const booted = boot(config())
      expect(booted).toMatchObject({ ok: false, code: 'wrong_setting' })
      if (!booted.ok) expect(booted.detail).toContain(keyFile())
      expect(readFileSync(keyFile(), 'utf8')).toBe(damaged)
    }
  })

  test('a key file that cannot be made is an error, not a start without a file', () => {
    writeFileSync(directory, 'a file where the directory should be')
    expect(() => boot(config())).toThrow()
  })

  test('S23: links are built from PUBLIC_URL, with the clock and the random bytes of the system', () => {
    const deps = start({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
    expect(deps.publicUrl).toBe('https://login.example.com')
    expect(Math.abs(deps.clock.now().getTime() - Date.now())).toBeLessThan(5000)
    expect(deps.random(16)).toHaveLength(16)
  })

  test('ASVS 11.4.2: passwords cost today’s numbers', async () => {
    const hash = await start().hasher.hash('correct horse battery staple')
    expect(hash.ok && hash.value.hash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/)
  })
})
