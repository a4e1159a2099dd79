import { mkdirSync } from 'node:fs'
import { boot } from '../../lib/boot'
import { fromBase32, toBase32 } from '../../lib/crypto/encoding'
import { seal } from '../../lib/crypto/seal'
import { closeDb } from '../../lib/db'
import { readConfig } from '../../lib/env'
import { keyBinding } from '../../lib/factor/rules'
import { newId } from '../../lib/kernel/ids'
import { mint } from '../../lib/kernel/proof'
import { applyMigrations } from '../../lib/migrate'
import { newTotpKey } from '../../lib/otp/totp'
import type { Operator } from '../../lib/session/types'
import { setUpByCommand } from '../../lib/tenant/service'

export const PASSWORD = 'correct horse battery staple'

export interface Enrolled {
  email: string
  key: Uint8Array
}

/** A company whose team members all have an authenticator app. One password hash serves them all: it is made once. */
export async function seed(dataDir: string, count: number): Promise<Enrolled[]> {
  mkdirSync(dataDir, { recursive: true })
  const config = readConfig({ DATA_DIR: dataDir })
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
  const tenant = await db.tenant.findFirstOrThrow()
  await db.policy.updateMany({ data: { teamRequired: true, teamRequiredSince: new Date(0) } })
  const { hash, pepperKeyId } = await db.password.findFirstOrThrow()
  const now = new Date()
  const people = Array.from({ length: count }, (_, index) => ({
    id: newId(now, deps.random),
    factorId: newId(now, deps.random),
    email: `agent${index}@example.com`,
    key: newTotpKey(deps.random),
  }))
  const since = { secondFactorSince: now, recoveryCodesAt: now }
  await db.user.createMany({
    data: people.map(({ id, email }) => ({ id, tenantId: tenant.id, email, name: email, ...since, createdAt: now })),
  })
  await db.membership.createMany({
    data: people.map(({ id, email }) => ({
      id,
      tenantId: tenant.id,
      userId: id,
      role: 'agent' as const,
      userType: 'team' as const,
      nameKey: email,
      emailKey: email,
      enrolledAt: now,
      createdAt: now,
    })),
  })
  await db.password.createMany({ data: people.map(({ id }) => ({ userId: id, hash, pepperKeyId, setAt: now })) })
  await db.factor.createMany({
    data: people.map(({ id, factorId, key }) => ({
      id: factorId,
      userId: id,
      kind: 'totp' as const,
      name: 'Authenticator app',
      sealedKey: seal(deps.keys, deps.random, toBase32(key), keyBinding(tenant.id, id, factorId)),
      createdAt: now,
      confirmedAt: now,
    })),
  })
  await closeDb(db)
  return people.map(({ email, key }) => ({ email, key: fromBase32(toBase32(key)) ?? key }))
}
