import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startImport, viewImport } from '../administration/import/console/service'
import { generateKeyRing, parseKeyRing } from '../core/crypto/keys'
import { type Config, readConfig } from '../core/env'
import { systemClock } from '../core/kernel/clock'
import { systemRandom } from '../core/kernel/random'
import { databaseKinds, freshDatabase } from '../testing/databases'
import { aFurtherTenant, aPerson, aSession, aTenant, quickWorld } from '../testing/world'
import { createImporter } from './importer'

/** In tests a thread reads the sources as they are, which takes seconds. */
const SLOW = { timeout: 120_000 }

const TYPE = 'multipart/form-data; boundary=form-1'

function formOf(file: string, fields = ''): { type: string; length: number; bytes: AsyncIterable<Uint8Array> } {
  const head = 'Content-Disposition: form-data; name="file"; filename="people.csv"\r\nContent-Type: text/csv'
  const form = new TextEncoder().encode(`${fields}--form-1\r\n${head}\r\n\r\n${file}\r\n--form-1--\r\n`)
  async function* bytes() {
    yield form.slice(0, 20)
    yield form.slice(20)
  }
  return { type: TYPE, length: form.length, bytes: bytes() }
}

const FIELD = '--form-1\r\nContent-Disposition: form-data; name="invite"\r\n\r\non\r\n'

/** A form that comes when it is told to, and tells whether anything of it was asked for. */
function slowForm(file: string) {
  const form = formOf(file)
  let read = false
  let go: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  async function* bytes() {
    read = true
    await gate
    yield* form.bytes
  }
  return { form: { ...form, bytes: bytes() }, go, wasRead: () => read }
}

describe.each(databaseKinds)('threads for files of people (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let dataDir: string
  let config: Config

  beforeEach(async () => {
    database = await freshDatabase(kind)
    dataDir = mkdtempSync(join(tmpdir(), 'twofold-importer-'))
    const read = readConfig({
      PUBLIC_URL: 'https://login.example.com',
      DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      MAIL_TRANSPORT: 'directory',
      SECRET_KEYS: generateKeyRing(systemRandom),
    })
    if (!read.ok) throw new Error(read.detail)
    config = read.value
  })
  afterEach(async () => {
    await database.drop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  async function aWorld() {
    const keys = parseKeyRing(config.secretKeys ?? '')
    if (!keys.ok) throw new Error('no keys')
    const world = { ...quickWorld(database.db), keys: keys.value }
    const acme = await aTenant(world)
    const anAdmin = async (slug: string) => {
      const { id } = await aPerson(world, slug, 'owner')
      return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
    }
    return { world, acme, anAdmin, importer: createImporter({ ...world, clock: systemClock }, config) }
  }

  test('N36, X8: a file is checked and brought in on a thread, with what the admin may do', SLOW, async () => {
    const { world, acme, anAdmin, importer } = await aWorld()
    const admin = await anAdmin(acme.slug)
    expect(await importer.bringIn()).toBe(false)
    const checked = await importer.check(admin, formOf('Email,Name,Role\na@x.example,Ada,agent\nnobody,Bo,agent\n'))
    if (!checked.ok) throw new Error(checked.detail.problem)
    const refused = { filter: 'refused', problem: null, after: 0 } as const
    expect(await viewImport(world, admin, checked.value.id, refused)).toMatchObject({
      view: { fileName: 'people.csv', rows: 2, counts: { invited: 1, refused: 1 } },
      rows: [{ number: 3, problem: 'not_an_address' }],
    })
    const wishes = {
      charset: null,
      separator: null,
      columns: {},
      role: 'agent',
      suspended: false,
      update: false,
    } as const
    expect(await importer.readAgain(admin, checked.value.id, wishes)).toMatchObject({ ok: true })
    expect((await viewImport(world, admin, checked.value.id, refused))?.view.fallback).toBe('agent')
    expect((await startImport(world, admin, checked.value.id)).ok).toBe(true)
    expect(await importer.bringIn()).toBe(true)
    expect(await importer.bringIn()).toBe(false)
    expect(await world.db.invitation.count({ where: { email: 'a@x.example', tenantId: acme.id } })).toBe(1)
  })

  test(
    'N36: of a tenant one file is read at a time, and of two others one each; nothing of any further one',
    SLOW,
    async () => {
      const { world, acme, anAdmin, importer } = await aWorld()
      const file = 'Email,Name\na@x.example,Ada\n'
      const [one, two, three] = [slowForm(file), slowForm(file), slowForm(file)]
      const [first, second] = [await anAdmin(acme.slug), await anAdmin((await aFurtherTenant(world)).slug)]
      const third = await anAdmin((await aFurtherTenant(world)).slug)
      const checks = [importer.check(first, one.form)]
      expect(await importer.check(first, two.form)).toMatchObject({ ok: false, detail: { problem: 'busy' } })
      checks.push(importer.check(second, two.form))
      expect(await importer.check(third, three.form)).toMatchObject({ ok: false, detail: { problem: 'busy' } })
      expect(three.wasRead()).toBe(false)
      one.go()
      two.go()
      for (const each of await Promise.all(checks)) expect(each).toMatchObject({ ok: true })
      three.go()
      expect(await importer.check(third, three.form)).toMatchObject({ ok: true })
    },
  )

  test.each([
    ['a form that is none', { ...formOf('Email,Name\n'), type: 'text/plain' }],
    ['a form shorter than it says', { ...formOf('Email,Name\n'), length: 1000 }],
    ['a form longer than it says', { ...formOf('Email,Name\n'), length: 10 }],
    ['a form of more fields than a page has', formOf('Email,Name\na@x.example,Ada\n', FIELD.repeat(9))],
    ['a form beyond the limit', { ...formOf('Email,Name\n'), length: 34_000_000 }],
  ])('N36: %s holds no file', SLOW, async (_, form) => {
    const { acme, anAdmin, importer } = await aWorld()
    const refused = { ok: false, detail: { problem: 'no_file' } }
    expect(await importer.check(await anAdmin(acme.slug), form)).toMatchObject(refused)
  })

  test('N36: a thread that fails ends alone: the next file is checked, and writes go on', SLOW, async () => {
    const { world, acme, anAdmin, importer } = await aWorld()
    const admin = await anAdmin(acme.slug)
    const broken = createImporter(world, { ...config, secretKeys: 'none' })
    await expect(broken.check(admin, formOf('Email,Name\na@x.example,Ada\n'))).rejects.toThrow('SECRET_KEYS')
    expect(await importer.check(admin, formOf('Email,Name\na@x.example,Ada\n'))).toMatchObject({ ok: true })
    await expect(world.db.tenant.updateMany({ data: { name: 'Acme' } })).resolves.toMatchObject({ count: 1 })
  })
})
