import { createHash } from 'node:crypto'
import { createUser } from '../administration/new-user/service'
import { setUpByCommand } from '../administration/setup/service'
import { findLiveSession, openSession } from '../authentication/session/service'
import { startWithPassword } from '../authentication/signin/start/service'
import { fromBase32 } from '../core/crypto/encoding'
import { generateKeyRing, parseKeyRing } from '../core/crypto/keys'
import { type Argon2, createPasswordHasher } from '../core/crypto/password-hash'
import { unseal } from '../core/crypto/seal'
import { hashToken } from '../core/crypto/token'
import { type Db, transact } from '../core/db'
import type { Deps } from '../core/deps'
import { newId } from '../core/kernel/ids'
import { mint } from '../core/kernel/proof'
import { type RandomBytes, systemRandom } from '../core/kernel/random'
import type { RequestInfo } from '../core/kernel/request'
import { TOTP_DEFAULTS, timeStep, totpAt } from '../core/otp/totp'
import { beginConnection } from '../credentials/factor/connect/service'
import { confirmFactor } from '../credentials/factor/service'
import { keyBinding } from '../credentials/factor/totp/rules'
import type { Wanted } from '../credentials/factor/types'
import type {
  Assured,
  Claimant,
  CodeRenewer,
  FreshAdmin,
  FreshOverClient,
  Method,
  Operator,
  OverClient,
  SteppedUp,
  SteppedUpAdmin,
  SteppedUpPartner,
  TenantAdmin,
  Visitor,
} from '../identity/actor/types'
import { addTenant, type TenantFacts, tenantBySlug } from '../identity/tenant/service'
import { tenantBelow } from '../identity/tenant/tree/service'
import { addMembership, peopleAlike } from '../identity/user/membership/service'
import { homeOf, userTypeOf } from '../identity/user/rules'
import { keepCodes, noteCodesOpen, noteFirstFactor, personById } from '../identity/user/service'
import type { Person, Role, UserType } from '../identity/user/types'

export const START = new Date('2026-11-20T09:00:00.000Z')
export const PASSWORD = 'correct horse battery staple'
export const REQUEST: RequestInfo = { address: '192.0.2.7', userAgent: 'Test browser', requestId: 'request-1' }

/** A clock that moves only when told to. */
export function fixedClock(start: Date = START) {
  let now = start
  return {
    now: () => new Date(now),
    move: (milliseconds: number) => {
      now = new Date(now.getTime() + milliseconds)
    },
  }
}

/** Bytes that differ at every call and are the same in every run. */
export function countedRandom(seed = 'seed'): RandomBytes {
  let calls = 0
  return (size) => {
    const parts: Buffer[] = []
    calls += 1
    for (let block = 0; block * 32 < size; block += 1) {
      parts.push(createHash('sha256').update(`${seed}:${calls}:${block}`).digest())
    }
    return new Uint8Array(Buffer.concat(parts).subarray(0, size))
  }
}

/** Random bytes, but ids of one moment sort in the order they were made in. */
export function orderedRandom(): RandomBytes {
  let count = 0
  return (size) => {
    const bytes = systemRandom(size)
    if (size !== 16) return bytes
    count += 1
    bytes.set([(count >>> 22) & 0x0f, (count >>> 14) & 0xff, (count >>> 8) & 0x3f, count & 0xff], 6)
    return bytes
  }
}

export interface TestWorld extends Deps {
  clock: ReturnType<typeof fixedClock>
}

/** In place of argon2id where the slow hash itself is not under test: a digest over input and salt. */
export const quickArgon2: Argon2 = async (input, { salt, outputLen }) =>
  new Uint8Array(createHash('sha512').update(salt).update(input).digest().subarray(0, outputLen))

/** As `testWorld`, with hashes that cost nothing. */
export function quickWorld(db: Db, random: RandomBytes = orderedRandom()): TestWorld {
  const world = testWorld(db, random)
  return { ...world, hasher: createPasswordHasher({ keys: world.keys, random, argon2: quickArgon2 }) }
}

/** Real services over a real database; only time is fixed. */
export function testWorld(db: Db, random: RandomBytes = orderedRandom()): TestWorld {
  const keys = parseKeyRing(generateKeyRing(systemRandom))
  if (!keys.ok) throw new Error('no keys')
  return {
    db,
    random,
    keys: keys.value,
    clock: fixedClock(),
    hasher: createPasswordHasher({ keys: keys.value, random }),
    publicUrl: 'https://login.example.com',
    breaches: null,
    smsAvailable: true,
  }
}

export function aVisitor(
  more: Partial<{ deviceToken: string | null; usedLink: string | null; locale: string; request: RequestInfo }> = {},
): Visitor {
  return mint<Visitor>({ request: REQUEST, deviceToken: null, usedLink: null, locale: 'en', ...more })
}

export function anOperator(): Operator {
  return mint<Operator>({ request: { address: null, userAgent: null, requestId: null } })
}

export function aClaimant(attemptToken: string, deviceToken: string | null = null): Claimant {
  return mint<Claimant>({ ...aVisitor({ deviceToken }), attemptHash: hashToken('attempt', attemptToken) })
}

/** The proof that lib/web/gate/guard.ts would make of this session token; throws when there is no such session. */
export async function sessionOf(world: Deps, token: string, deviceToken: string | null = null) {
  const found = await findLiveSession(world, hashToken('session', token))
  const home = found === null ? null : homeOf(found.person)
  if (found === null || home === null) throw new Error('no session')
  const data = { ...aVisitor({ deviceToken }), session: found.session, person: found.person, home, tenant: home }
  return {
    assured: mint<Assured>(data),
    steppedUp: mint<SteppedUp>(data),
    renewer: mint<CodeRenewer>(data),
    admin: mint<TenantAdmin>(data),
    steppedUpAdmin: mint<SteppedUpAdmin>(data),
    freshAdmin: mint<FreshAdmin>(data),
    partner: mint<SteppedUpPartner>(data),
  }
}

/** The proofs that the guard would make of a partner's owner or admin, over a tenant below it. */
export async function partnerOver(world: Deps, token: string, clientSlug: string) {
  const { admin, partner: actor } = await sessionOf(world, token)
  const partner = actor.tenant
  const client = await tenantBelow(world.db, partner.tenant.id, clientSlug)
  if (client === null) throw new Error('no tenant below')
  const data = { ...admin, tenant: { tenant: client }, partner }
  return {
    partner: actor,
    over: mint<OverClient>(data),
    freshOver: mint<FreshOverClient>(data),
  }
}

/** A company with its owner. */
export async function aTenant(world: Deps, more: { name?: string; kind?: 'partner' | 'customer' } = {}) {
  const made = await setUpByCommand(world, anOperator(), {
    tenantName: more.name ?? 'Acme',
    kind: more.kind ?? 'customer',
    owner: { name: 'Olga Owner', email: 'olga@example.com', password: PASSWORD, locale: null },
  })
  if (!made.ok) throw new Error(made.code)
  const tenant = await tenantBySlug(world, made.value.slug)
  if (tenant === null) throw new Error('no tenant')
  return { ...tenant, ownerId: made.value.ownerId, ownerEmail: 'olga@example.com' }
}

let tenants = 0

/** One more tenant beside the first, or below another. */
export async function aFurtherTenant(
  world: Deps,
  more: { kind?: 'partner' | 'customer'; stage?: 'trial' | 'production'; required?: boolean; parentId?: string } = {},
): Promise<TenantFacts> {
  tenants += 1
  const row = {
    id: newId(world.clock.now(), world.random),
    slug: `tenant-${tenants}`,
    name: `Tenant ${tenants}`,
    kind: more.kind ?? 'customer',
    stage: more.stage ?? 'production',
    parentId: more.parentId ?? null,
    createdAt: world.clock.now(),
  }
  await transact(world, ({ db }) => addTenant(db, row, more.required ?? false))
  const made = await tenantBySlug(world, row.slug)
  if (made === null) throw new Error('no tenant')
  return made
}

/** Makes a person a member of one more tenant, as a guest (U6). */
export async function aGuest(world: Deps, tenantId: string, userId: string, role: Role): Promise<void> {
  const found = await personById(world.db, userId)
  if (found === null) throw new Error('no person')
  await transact(world, (world) => addMembership(world, found.person, { tenantId, role, userType: userTypeOf(role) }))
}

let people = 0

export async function aPerson(world: Deps, slug: string, role: Role = 'agent', email?: string) {
  people += 1
  const number = people
  const tenant = await tenantBySlug(world, slug)
  if (tenant === null) throw new Error('no tenant')
  const address = email ?? `person${number}@example.com`
  const input = { email: address, name: `Person ${number}`, role, password: PASSWORD, locale: null }
  const made = await createUser(world, anOperator(), tenant, input)
  if (!made.ok) throw new Error(made.code)
  return { id: made.value.id, email: address, name: input.name }
}

/** A session as `openSession` makes it after these proofs, with every proof that the guard could make of it. */
export async function aSession(
  world: Deps,
  userId: string,
  more: { methods?: readonly Method[]; steppedUp?: boolean; deviceId?: string | null } = {},
) {
  const found = await personById(world.db, userId)
  if (found === null) throw new Error('no person')
  const { token } = await transact(world, (world) =>
    openSession(world, found.person, {
      methods: more.methods ?? ['pwd'],
      steppedUpAt: more.steppedUp ? world.clock.now() : null,
      deviceId: more.deviceId ?? null,
      request: REQUEST,
    }),
  )
  return { token, ...(await sessionOf(world, token)) }
}

/** The sign-in attempt after the right password; throws when it was refused or needed nothing more. */
export async function anAttempt(world: Deps, email: string, deviceToken: string | null = null) {
  const started = await startWithPassword(world, aVisitor({ deviceToken }), { email, password: PASSWORD })
  if (!started.ok || started.value.kind !== 'attempt') throw new Error('no attempt')
  return {
    token: started.value.attemptToken,
    step: started.value.step,
    claimant: aClaimant(started.value.attemptToken, deviceToken),
  }
}

/** An unfinished factor; gives its id. */
export async function aBegunFactor(
  world: Deps,
  person: Person,
  wanted: Wanted,
  name: string,
  ttl = 600_000,
): Promise<string> {
  let id = ''
  const begun = await beginConnection(world, wanted, {
    person,
    name,
    open: null,
    ttl,
    async hold(_deps, factorId) {
      id = factorId
      return true
    },
  })
  if (!begun.ok) throw new Error(begun.code)
  return id
}

/** A confirmed authenticator app, written as the product writes it; gives its key. */
export async function aTotpFactor(world: Deps, userId: string): Promise<{ id: string; key: Uint8Array }> {
  const found = await personById(world.db, userId)
  if (found === null) throw new Error('no person')
  const id = await aBegunFactor(world, found.person, { kind: 'totp' }, 'Authenticator app')
  const key = await totpKeyOf(world, userId, id)
  const past = timeStep(world.clock.now()) - 10
  const confirmation = { factorId: id, kind: 'totp', step: past } as const
  await transact(world, (world) => confirmFactor(world, found.person, confirmation, 'en', REQUEST))
  await transact(world, (world) => noteFirstFactor(world.db, found.person, world.clock.now()))
  await transact(world, (world) => noteCodesOpen(world.db, userId, 1))
  await transact(world, (world) => keepCodes(world.db, userId, 1, world.clock.now()))
  return { id, key }
}

/** The key of a factor, read as only the server can (S16). */
export async function totpKeyOf(world: Deps, userId: string, factorId: string): Promise<Uint8Array> {
  const factor = await world.db.factor.findUniqueOrThrow({ where: { id: factorId }, include: { user: true } })
  const text = unseal(world.keys, factor.sealedKey ?? '', keyBinding(factor.user.tenantId, userId, factorId))
  const key = text === null ? null : fromBase32(text)
  if (key === null) throw new Error('the key cannot be read')
  return key
}

/** What the authenticator app shows `offset` steps from now. */
export function totpCode(world: Deps, key: Uint8Array, offset = 0): string {
  return totpAt({ key, ...TOTP_DEFAULTS }, timeStep(world.clock.now()) + offset)
}

/** The values of the newest message to this address, unsealed as the worker would. */
export async function lastMail(
  world: Deps,
  to: string,
): Promise<{ template: string; values: Record<string, unknown> }> {
  const row = await world.db.outboxMessage.findFirstOrThrow({ where: { recipient: to }, orderBy: { id: 'desc' } })
  const text = unseal(world.keys, row.sealed ?? '', ['outbox', row.id])
  if (text === null) throw new Error('the message cannot be read')
  return { template: row.template, values: JSON.parse(text) }
}

export function auditKinds(world: Deps, userId?: string): Promise<string[]> {
  return world.db.auditEvent
    .findMany({ where: userId ? { subjectId: userId } : {}, orderBy: { id: 'asc' } })
    .then((rows) => rows.map((row) => row.kind))
}

export function anId(world: Deps): string {
  return newId(world.clock.now(), world.random)
}

/** How many of how many, per user type, as the counters say (P9). */
export async function enrolmentProgress(
  db: Db,
  tenantId: string,
): Promise<Record<UserType, { people: number; enrolled: number }>> {
  const rows = await peopleAlike(db, tenantId)
  const sum = (counts: typeof rows) => counts.reduce((total, { people: some }) => total + some, 0)
  const of = (type: UserType) => {
    const own = rows.filter(({ userType }) => userType === type)
    return { people: sum(own), enrolled: sum(own.filter(({ factorKinds }) => factorKinds !== '')) }
  }
  return { team: of('team'), end: of('end') }
}
