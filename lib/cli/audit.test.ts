import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { sealEvents } from '../audit/chain/service'
import type { ChainReport, FindingKind } from '../audit/types'
import { boot } from '../core/boot'
import { generateKeyRing } from '../core/crypto/keys'
import { closeDb, type DatabaseKind } from '../core/db'
import { systemRandom } from '../core/kernel/random'
import { dropAuditTriggers } from '../testing/audit-triggers'
import { databaseKinds } from '../testing/databases'
import { findingText } from './audit'
import { configOf, type Environment, emptyInstallation, INIT, PASSWORD, run, runJson, withDb } from './testing'

const drops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const drop of drops.splice(0)) await drop()
})

async function empty(kind: DatabaseKind): Promise<Environment> {
  const { env, drop } = await emptyInstallation(kind)
  drops.push(drop)
  return env
}

/** A tenant whose two events are sealed. */
async function sealed(kind: DatabaseKind): Promise<Environment> {
  const env = await empty(kind)
  await run(env, INIT, { stdin: PASSWORD })
  const deps = boot(configOf(env))
  if (!deps.ok) throw new Error(deps.detail)
  const { sealed } = await sealEvents(deps.value, 100)
  await closeDb(deps.value.db)
  if (sealed !== 2) throw new Error(`${sealed} events were sealed`)
  return env
}

type Told = ChainReport & { tenant: { id: string; slug: string | null }; head: { expect: string } | null }

async function verify(env: Environment, ...args: string[]) {
  const { code, data } = await runJson(env, ['audit', 'verify', ...args])
  return { code, ok: data.ok, refusal: data.code, tenants: (data.tenants ?? []) as Told[] }
}

describe.each(databaseKinds)('audit verify (%s)', (kind) => {
  test('a whole log: entries, and the head to note elsewhere, exit code 0', async () => {
    const env = await sealed(kind)
    const { code, ok, tenants } = await verify(env)
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(tenants).toMatchObject([{ tenant: { slug: 'acme-sohne' }, entries: 2, unsealed: 0, findings: [] }])
    const note = tenants[0]?.head?.expect ?? ''
    expect(note).toMatch(/^[\w-]+:2:[\w-]{43}$/)
    const inWords = await run(env, ['audit', 'verify'])
    expect(inWords.out).toContain(`to note elsewhere: ${note}`)
    expect(inWords.out).toContain('Everything sealed is intact.')
    expect((await verify(env, '--expect-head', note)).code).toBe(0)
    expect((await verify(env, '--tenant', 'acme-sohne', '--expect-head', note)).code).toBe(0)
  })

  test('a changed entry is named in words, exit code 1', async () => {
    const env = await sealed(kind)
    await withDb(env, async (db) => {
      await dropAuditTriggers(db)
      await db.auditEvent.updateMany({ where: { kind: 'setup_done' }, data: { actorName: 'Nobody' } })
    })
    const { code, ok, tenants } = await verify(env)
    expect({ code, ok }).toEqual({ code: 1, ok: false })
    expect(tenants[0]?.findings).toMatchObject([{ kind: 'changed', seq: 2 }])
    const inWords = await run(env, ['audit', 'verify'])
    expect(inWords).toMatchObject({ code: 1, err: '' })
    expect(inWords.out).toMatch(/Entry 2 \(event \S+ of \S+Z\) was changed/)
  })

  test('a head noted earlier shows a log that was put back as a whole', async () => {
    const env = await sealed(kind)
    const [report] = (await verify(env)).tenants
    const [id, , hash = ''] = (report?.head?.expect ?? '').split(':')
    const longer = await verify(env, '--expect-head', `${id}:5:${hash}`)
    expect(longer).toMatchObject({ code: 1, tenants: [{ findings: [{ kind: 'cut_off', seq: 3, lastSeq: 5 }] }] })
    const other = await verify(env, '--expect-head', `${id}:2:${'A'.repeat(43)}`)
    expect(other).toMatchObject({ code: 1, tenants: [{ findings: [{ kind: 'rewritten', seq: 2 }] }] })
  })

  test('a head of a tenant that the log does not know at all is a finding', async () => {
    const { code, tenants } = await verify(await sealed(kind), '--expect-head', `someone:1:${'A'.repeat(43)}`)
    expect(code).toBe(1)
    expect(tenants.at(-1)).toMatchObject({ tenant: { id: 'someone', slug: null }, findings: [{ kind: 'cut_off' }] })
  })

  test('M8, S28: a rotated ring verifies, and without the old key nothing is called tampering: it is named', async () => {
    const env = await sealed(kind)
    const old = env.SECRET_KEYS ?? (await readFile(join(env.DATA_DIR ?? '', 'secret.keys'), 'utf8')).trim()
    const rotated = generateKeyRing(systemRandom)
    expect(await verify({ ...env, SECRET_KEYS: `${rotated},${old}` })).toMatchObject({ code: 0, ok: true })
    const without = { ...env, SECRET_KEYS: rotated }
    const keyId = old.split(':')[0]
    expect(await verify(without)).toMatchObject({ code: 1, refusal: 'unknown_key' })
    const { err } = await run(without, ['audit', 'verify'])
    expect(err).toContain(`SECRET_KEYS does not have key ${keyId} (passwords: 1, audit heads: 1).`)
    expect(err).toContain('Put back the key')
    expect(err).not.toContain('tamper')
  })

  test('what cannot be verified is refused: no such tenant, a head of another, a database that is not migrated', async () => {
    const env = await sealed(kind)
    expect(await verify(env, '--tenant', 'nobody')).toMatchObject({ code: 1, refusal: 'unknown_tenant' })
    const other = await verify(env, '--tenant', 'acme-sohne', '--expect-head', `someone:1:${'A'.repeat(43)}`)
    expect(other).toMatchObject({ code: 1, refusal: 'other_tenant' })
    const unmigrated = await empty(kind)
    if (kind === 'sqlite') {
      await writeFile(join(unmigrated.DATA_DIR ?? '', 'twofold.db'), '')
      unmigrated.SECRET_KEYS = `k:${'A'.repeat(42)}E`
    }
    const { code, err } = await run(unmigrated, ['audit', 'verify'])
    expect(code).toBe(1)
    expect(err).toContain('npm run twofold -- migrate')
  })
})

test('without a database or the key file nothing is called whole, and neither is made', async () => {
  const env = await empty('sqlite')
  expect(await verify(env)).toMatchObject({ code: 1, refusal: 'no_database' })
  const lost = await sealed('sqlite')
  await rm(join(lost.DATA_DIR ?? '', 'secret.keys'))
  expect(await verify(lost)).toMatchObject({ code: 1, refusal: 'no_keys' })
  expect(await verify(lost)).toMatchObject({ code: 1, refusal: 'no_keys' })
})

test('every finding reads as a sentence', () => {
  const kinds: FindingKind[] = ['changed', 'removed', 'inserted', 'cut_off', 'rewritten', 'bad_head', 'unknown_key']
  for (const kind of kinds) expect(findingText({ kind, seq: 7 })).toMatch(/^Entry 7 (was|is) .*\.$/)
  expect(findingText({ kind: 'removed', seq: 3, lastSeq: 5 })).toBe('Each of the entries 3 to 5 was removed.')
  const at = new Date('2026-11-20T09:00:00.000Z')
  expect(findingText({ kind: 'inserted', eventId: 'e1', at })).toMatch(
    /^Entry \(event e1 of 2026-11-20T09:00:00.000Z\) was/,
  )
})
