import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { verifyChain } from '../audit/inspection/service'
import { recordEvent } from '../audit/service'
import { generateKeyRing, parseKeyRing } from '../core/crypto/keys'
import { closeDb, createDb, type Db, transact } from '../core/db'
import type { Deps } from '../core/deps'
import { outageOf } from '../core/failure'
import { systemRandom } from '../core/kernel/random'
import { seconds } from '../core/kernel/time'
import { createDirectoryTransport } from '../messaging/mail/directory-transport'
import { enqueueMail } from '../messaging/mail/outbox-service'
import type { MailOrder } from '../messaging/mail/types'
import { databaseKinds, freshDatabase } from '../testing/databases'
import { startRelay } from '../testing/silence'
import { quickWorld } from '../testing/world'
import { startWorker, type Worker, type WorkerPorts } from './worker'

const order: MailOrder = {
  to: 'ann@example.com',
  userId: null,
  tenantId: 't1',
  locale: 'en',
  template: 'two_factor_on',
  values: {},
}
const event = { tenantId: 't1', kind: 'signed_out', actor: { kind: 'system' } } as const

describe.each(databaseKinds)('worker (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let db: Db
  let deps: Deps
  let sent: string[]
  let errors: { error: unknown; task: string }[]
  let workers: Worker[]

  beforeEach(async () => {
    database = await freshDatabase(kind)
    db = database.db
    const keys = parseKeyRing(generateKeyRing(systemRandom))
    if (!keys.ok) throw new Error('malformed')
    deps = {
      db,
      clock: { now: () => new Date('2026-11-21T21:42:00.000Z') },
      random: systemRandom,
      keys: keys.value,
      hasher: {
        hash: () => Promise.reject(new Error('unused')),
        verify: () => Promise.reject(new Error('unused')),
        hashCode: () => Promise.reject(new Error('unused')),
        verifyCode: () => Promise.reject(new Error('unused')),
      },
      breaches: null,
      smsAvailable: true,
      publicUrl: 'https://id.example.com',
    }
    sent = []
    errors = []
    workers = []
  })
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
    await database.drop()
  })

  function start(ports: Partial<WorkerPorts> = {}): Worker {
    const mailer = {
      send: async ({ to }: { to: string }) => {
        sent.push(to)
      },
    }
    const worker = startWorker(deps, { mailer, ...ports }, { onError: (error, task) => errors.push({ error, task }) })
    workers.push(worker)
    return worker
  }

  test('mail is sent and the log sealed without anybody asking, by several workers at once', async () => {
    start()
    start()
    await transact(deps, (deps) => enqueueMail(deps, order))
    await recordEvent(deps, event)
    await vi.waitFor(async () => {
      expect(sent).toEqual(['ann@example.com'])
      expect(await verifyChain(deps)).toMatchObject([{ entries: 1, unsealed: 0, findings: [] }])
    }, seconds(10))
    expect(errors).toEqual([])
  })

  test('M7: each sealed event is told once, whichever of two workers seals it; a broken log ends nothing', async () => {
    const told: string[] = []
    start({ audit: ({ id }) => told.push(id) })
    start({ audit: ({ id }) => told.push(id) })
    for (let count = 0; count < 5; count += 1) await recordEvent(deps, event)
    await vi.waitFor(async () => expect(await db.auditSeal.count()).toBe(5), seconds(10))
    await Promise.all(workers.map((worker) => worker.stop()))
    expect(told.toSorted()).toEqual((await db.auditEvent.findMany()).map(({ id }) => id).toSorted())
    expect(errors).toEqual([])

    start({
      audit: () => {
        throw new Error('no log')
      },
    })
    await recordEvent(deps, event)
    await vi.waitFor(async () => expect(await db.auditSeal.count()).toBe(6), seconds(10))
    await vi.waitFor(() =>
      expect(errors.map(({ task, error }) => [task, String(error)])).toEqual([['seal', 'Error: no log']]),
    )
  })

  test('woken, it sends at once', async () => {
    const worker = start()
    await vi.waitFor(async () => expect(await db.outboxMessage.count()).toBe(0))
    await new Promise((resolve) => setTimeout(resolve, 300))
    await transact(deps, (deps) => enqueueMail(deps, order))
    const before = performance.now()
    worker.wake()
    await vi.waitFor(() => expect(sent).toHaveLength(1), { timeout: seconds(5), interval: 10 })
    expect(performance.now() - before).toBeLessThan(600)
  })

  test('a failing transport, a failing database and a failing log end nothing', async () => {
    await transact(deps, (deps) => enqueueMail(deps, order))
    await recordEvent(deps, event)
    const broken = vi.spyOn(db.auditHead, 'findMany').mockRejectedValueOnce(new Error('no database'))
    const worker = startWorker(
      deps,
      { mailer: { send: () => Promise.reject(new Error('no mail')) } },
      {
        onError: (error, task) => {
          errors.push({ error, task })
          throw new Error('no log')
        },
      },
    )
    workers.push(worker)
    await vi.waitFor(async () => {
      expect(errors.some(({ task, error }) => task === 'mail' && String(error).includes('to be tried again'))).toBe(
        true,
      )
      expect(errors.some(({ error }) => String(error).includes('no database'))).toBe(true)
      expect(await db.auditSeal.count()).toBe(1)
    }, seconds(15))
    broken.mockRestore()
  })

  test('a chain that is not continued is told once, not every two seconds', async () => {
    await recordEvent(deps, event)
    await db.auditHead.create({
      data: {
        tenantId: 't1',
        seq: 1,
        hash: 'x',
        through: new Date(0),
        signedAt: new Date(0),
        keyId: 'x',
        signature: 'x',
      },
    })
    start()
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), seconds(10))
    await new Promise((resolve) => setTimeout(resolve, seconds(3)))
    expect(errors.map(({ task, error }) => [task, String(error)])).toEqual([
      ['seal', 'ChainRefused: the audit chain of tenant t1 is not continued (unknown_key): run audit verify'],
    ])
  })

  test('what is over is cleaned at the start, files of the directory transport included', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'twofold-worker-'))
    try {
      const directory = createDirectoryTransport(dataDir)
      await transact(deps, (deps) => enqueueMail(deps, order))
      await db.throttle.create({ data: { key: 'ended', windowEndsAt: new Date(0) } })
      start({ mailer: directory.mailer, directory })
      await vi.waitFor(async () => {
        expect(await readdir(join(dataDir, 'outbox'))).toHaveLength(1)
        expect(await db.throttle.count()).toBe(0)
      }, seconds(10))
      const old = '2026-11-19T00-00-00-000Z-x.json'
      await writeFile(join(dataDir, 'outbox', old), '{}')
      start({ mailer: directory.mailer, directory })
      await vi.waitFor(async () => {
        expect(await readdir(join(dataDir, 'outbox'))).not.toContain(old)
      }, seconds(10))
    } finally {
      await rm(dataDir, { recursive: true })
    }
  })

  test('stopping waits for the message under way and begins no other', async () => {
    for (let n = 0; n < 10; n += 1)
      await transact(deps, (deps) => enqueueMail(deps, { ...order, to: `p${n}@example.com` }))
    let finish: () => void = () => undefined
    const begun: string[] = []
    const gate = new Promise<void>((resolve) => {
      finish = resolve
    })
    const worker = start({
      mailer: {
        send: async ({ to }) => {
          begun.push(to)
          await gate
          sent.push(to)
        },
      },
    })
    await vi.waitFor(() => expect(begun.length).toBeGreaterThan(0), seconds(10))
    let stopped = false
    const end = worker.stop().then(() => {
      stopped = true
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(stopped).toBe(false)
    finish()
    await end
    const atEnd = sent.length
    expect(atEnd).toBe(begun.length)
    expect(atEnd).toBeLessThan(10)
    expect(await db.outboxMessage.count({ where: { sentAt: { not: null } } })).toBe(atEnd)
    worker.wake()
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(sent).toHaveLength(atEnd)
  })
})

test('N38: a worker whose database went silent says so and goes on once it answers', async () => {
  const database = await freshDatabase('postgresql')
  const relay = await startRelay(database.url)
  const db = createDb({ url: relay.url, maxWait: seconds(2), maxSilence: seconds(2) })
  const world = quickWorld(database.db)
  const sent: string[] = []
  const outages: unknown[] = []
  const mailer = { send: async ({ to }: { to: string }) => void sent.push(to) }
  const onError = (error: unknown) => outages.push(outageOf(error))
  const worker = startWorker({ ...world, db }, { mailer }, { onError })
  try {
    await transact(world, (deps) => enqueueMail(deps, order))
    await vi.waitFor(() => expect(sent).toHaveLength(1), seconds(20))
    outages.length = 0
    relay.hush()
    await transact(world, (deps) => enqueueMail(deps, { ...order, to: 'bob@example.com' }))
    await vi.waitFor(() => expect(outages.length).toBeGreaterThan(0), seconds(20))
    relay.speak()
    await vi.waitFor(() => expect(sent).toEqual(['ann@example.com', 'bob@example.com']), seconds(30))
    expect(new Set(outages)).toEqual(new Set(['unreachable']))
    relay.hush()
    await worker.stop()
  } finally {
    await closeDb(db)
    await relay.close()
    await database.drop()
  }
})

test('a stopped worker does not keep its process alive', async () => {
  const script = `
    import { startWorker } from './lib/job/worker'
    const never = () => Promise.reject(new Error('no database'))
    const db = new Proxy({}, { get: () => new Proxy({}, { get: () => never }) })
    const deps = { db, clock: { now: () => new Date(0) }, random: (n) => new Uint8Array(n) }
    const worker = startWorker(deps, { mailer: { send: never } }, { onError: () => undefined })
    setTimeout(() => worker.stop().then(() => console.log('stopped')), 100)
  `
  const began = performance.now()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    {
      timeout: seconds(25),
    },
  )
  expect(stdout.trim()).toBe('stopped')
  expect(performance.now() - began).toBeLessThan(seconds(20))
})
