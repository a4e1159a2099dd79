import { mkdirSync } from 'node:fs'
import pg from 'pg'
import { setUpByCommand } from '../../lib/administration/setup/service'
import { boot } from '../../lib/core/boot'
import { fromBase32, toBase32 } from '../../lib/core/crypto/encoding'
import { generateKeyRing } from '../../lib/core/crypto/keys'
import { seal } from '../../lib/core/crypto/seal'
import { closeDb } from '../../lib/core/db'
import { readConfig } from '../../lib/core/env'
import { newId } from '../../lib/core/kernel/ids'
import { mint } from '../../lib/core/kernel/proof'
import { systemRandom } from '../../lib/core/kernel/random'
import { applyMigrations } from '../../lib/core/migrate'
import { newTotpKey } from '../../lib/core/otp/totp'
import { keyBinding } from '../../lib/credentials/factor/totp/rules'
import type { Operator } from '../../lib/identity/actor/types'
import { setRules } from '../../lib/testing/policy'
import { startPostgresql } from '../../lib/testing/postgresql-server'
import { aSession } from '../../lib/testing/world'

export const PASSWORD = 'correct horse battery staple'

export interface Enrolled {
  email: string
  key: Uint8Array
}

/** Rows that one statement writes. */
const CHUNK = 1000

/**
 * A company whose team members all have an authenticator app, in SQLite, or in the empty PostgreSQL database at
 * `databaseUrl`. One password hash serves them all: it is made once.
 */
export async function aWorld(dataDir: string, count: number, databaseUrl?: string) {
  mkdirSync(dataDir, { recursive: true })
  const shared: Record<string, string> = databaseUrl
    ? { DATABASE_URL: databaseUrl, SECRET_KEYS: generateKeyRing(systemRandom) }
    : {}
  const config = readConfig({ DATA_DIR: dataDir, ...shared })
  if (!config.ok) throw new Error(config.detail)
  await applyMigrations({ url: config.value.databaseUrl })
  const booted = boot(config.value)
  if (!booted.ok) throw new Error(booted.detail)
  const deps = booted.value
  const { db } = deps
  const operator = mint<Operator>({ request: { address: null, userAgent: null, requestId: null } })
  const made = await setUpByCommand(deps, operator, {
    tenantName: 'Bench',
    kind: 'customer',
    owner: { name: 'Olga Owner', email: 'owner@example.com', password: PASSWORD, locale: null },
  })
  if (!made.ok) throw new Error(made.code)
  const { id: tenantId } = await db.tenant.findFirstOrThrow()
  await setRules(db, undefined, { team: { required: true, requiredSince: new Date(0) } })
  const { hash, pepperKeyId } = await db.password.findFirstOrThrow()
  const now = new Date()
  const people = Array.from({ length: count }, (_, index) => ({
    id: newId(now, deps.random),
    factorId: newId(now, deps.random),
    email: `agent${index}@example.com`,
    key: newTotpKey(deps.random),
  }))
  const since = { secondFactorSince: now, recoveryCodesAt: now }
  for (let from = 0; from < count; from += CHUNK) {
    const some = people.slice(from, from + CHUNK)
    await db.user.createMany({
      data: some.map(({ id, email }) => ({ id, tenantId, email, name: email, ...since, createdAt: now })),
    })
    await db.membership.createMany({
      data: some.map(({ id, email }) => ({
        id,
        tenantId,
        userId: id,
        role: 'agent' as const,
        userType: 'team' as const,
        nameKey: email,
        surnameKey: email,
        emailKey: email,
        enrolledAt: now,
        enrolled: true,
        factorKinds: 'totp',
        createdAt: now,
      })),
    })
    await db.password.createMany({ data: some.map(({ id }) => ({ userId: id, hash, pepperKeyId, setAt: now })) })
    await db.factor.createMany({
      data: some.map(({ id, factorId, key }) => ({
        id: factorId,
        userId: id,
        kind: 'totp' as const,
        name: 'Authenticator app',
        sealedKey: seal(deps.keys, deps.random, toBase32(key), keyBinding(tenantId, id, factorId)),
        createdAt: now,
        confirmedAt: now,
      })),
    })
  }
  const { freshAdmin: owner } = await aSession(deps, made.value.ownerId, { methods: ['pwd'], steppedUp: true })
  return { deps, people, tenantId, owner, environment: shared, close: () => closeDb(db) }
}

export async function seed(dataDir: string, count: number): Promise<Enrolled[]> {
  const { people, close } = await aWorld(dataDir, count)
  await close()
  return people.map(({ email, key }) => ({ email, key: fromBase32(toBase32(key)) ?? key }))
}

/** Once on SQLite and once on a PostgreSQL server of its own; `newUrl` makes an empty database there. */
export async function eachDatabase(
  work: (kind: 'SQLite' | 'PostgreSQL', newUrl: () => Promise<string | undefined>) => Promise<void>,
): Promise<void> {
  await work('SQLite', async () => undefined)
  const server = await startPostgresql({ durable: true })
  try {
    let made = 0
    await work('PostgreSQL', async () => {
      const client = new pg.Client({ connectionString: server.url('postgres') })
      await client.connect()
      made += 1
      await client.query(`CREATE DATABASE bench${made}`)
      await client.end()
      return server.url(`bench${made}`)
    })
  } finally {
    await server.stop()
  }
}
