import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { days, hours, later } from '../../core/kernel/time'
import { createDirectoryTransport } from './directory-transport'
import type { Message } from './types'

const createdAt = new Date('2026-11-21T21:42:00.123Z')
const message: Message = {
  id: '019a0000-0000-7000-8000-000000000001',
  to: 'ann@example.com',
  subject: 'Your verification passcode',
  text: 'Hello,\n\n081804\n',
  html: '<p>081804</p>',
  locale: 'en',
  createdAt,
}
const name = '2026-11-21T21-42-00-123Z-019a0000-0000-7000-8000-000000000001.json'

describe('directory transport', () => {
  let dataDir: string
  let outbox: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'twofold-outbox-'))
    outbox = join(dataDir, 'outbox')
  })
  afterEach(async () => {
    await rm(dataDir, { recursive: true })
  })

  test('X5: a message is one JSON file with exactly the agreed fields', async () => {
    await createDirectoryTransport(dataDir).mailer.send(message)
    expect(await readdir(outbox)).toEqual([name])
    const text = await readFile(join(outbox, name), 'utf8')
    expect(Object.entries(JSON.parse(text))).toEqual([
      ['channel', 'email'],
      ['to', 'ann@example.com'],
      ['subject', 'Your verification passcode'],
      ['text', 'Hello,\n\n081804\n'],
      ['html', '<p>081804</p>'],
      ['locale', 'en'],
      ['createdAt', '2026-11-21T21:42:00.123Z'],
    ])
  })

  test('S10: folder and file are for this account only, even where the folder was open before', async () => {
    await mkdir(outbox)
    await chmod(outbox, 0o755)
    await createDirectoryTransport(dataDir).mailer.send(message)
    expect((await stat(outbox)).mode & 0o777).toBe(0o700)
    expect((await stat(join(outbox, name))).mode & 0o777).toBe(0o600)
  })

  test('a message that comes twice, even at once, is one whole file', async () => {
    const transports = [createDirectoryTransport(dataDir), createDirectoryTransport(dataDir)]
    await Promise.all([...transports, ...transports].map((transport) => transport.mailer.send(message)))
    expect(await readdir(outbox)).toEqual([name])
    expect(JSON.parse(await readFile(join(outbox, name), 'utf8')).to).toBe('ann@example.com')
  })

  test('a reader of the JSON files never sees half a message', async () => {
    const big = { ...message, text: 'x'.repeat(2_000_000) }
    let sending = true
    const send = (async () => {
      const transport = createDirectoryTransport(dataDir)
      for (let n = 0; n < 20; n += 1) await transport.mailer.send({ ...big, id: `id-${n}` })
      sending = false
    })()
    let seen = 0
    while (sending) {
      const files = await readdir(outbox).catch(() => [])
      for (const file of files.filter((each) => each.endsWith('.json'))) {
        expect(JSON.parse(await readFile(join(outbox, file), 'utf8')).text).toHaveLength(2_000_000)
        seen += 1
      }
    }
    await send
    expect(seen).toBeGreaterThan(0)
  })

  test('an id that is no plain word is refused and nothing is written', async () => {
    await expect(createDirectoryTransport(dataDir).mailer.send({ ...message, id: '../x' })).rejects.toThrow('file name')
    expect(await readdir(dataDir)).not.toContain('x.json')
  })

  test('a message that cannot be written leaves nothing half written', async () => {
    await mkdir(join(outbox, name), { recursive: true })
    await expect(createDirectoryTransport(dataDir).mailer.send(message)).rejects.toThrow()
    expect(await readdir(outbox)).toEqual([name])
  })

  test('messages go after 24 hours, and nothing else in the folder does', async () => {
    const transport = createDirectoryTransport(dataDir)
    await transport.removeOld(createdAt)
    await transport.mailer.send(message)
    await transport.mailer.send({ ...message, createdAt: later(createdAt, hours(1)) })
    const half = await mkdtemp(join(outbox, `${name}.`))
    await writeFile(join(half, name), 'half')
    await writeFile(join(outbox, 'notes.json'), '{}')
    await transport.removeOld(later(createdAt, days(1)))
    expect(await readdir(outbox)).toHaveLength(4)
    await transport.removeOld(later(createdAt, days(1) + 1))
    expect((await readdir(outbox)).sort()).toEqual([name.replace('T21', 'T22'), 'notes.json'])
    await transport.removeOld(later(createdAt, days(2)))
    expect(await readdir(outbox)).toEqual(['notes.json'])
  })
})
