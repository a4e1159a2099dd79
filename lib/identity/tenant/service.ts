import { recordEvent } from '../../audit/service'
import { hashToken, isToken, newToken } from '../../core/crypto/token'
import { type DbOrTx, isUniqueViolation, type Tx, transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { err, ok, type Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { rememberDevice } from '../../credentials/device/service'
import { checkPassword, minimumLength } from '../../credentials/password/rules'
import { setPassword } from '../../credentials/password/service'
import { clientPrefix, SETUP_PER_CLIENT } from '../../credentials/throttle/rules'
import { giveBack, takePlace, throttleKey, type Wait } from '../../credentials/throttle/service'
import type { Operator, Visitor } from '../actor/types'
import { mustRequire, requiredIn } from '../policy/rules'
import { addPolicy } from '../policy/service'
import { contextWords, normaliseEmail, searchKey, surnameKey, userTypeOf } from '../user/rules'
import { addPerson } from '../user/service'
import type { Role, TenantView } from '../user/types'
import { SETUP_LINK_LIFE, slugOf } from './rules'
import {
  consumeSetupLink,
  countTenants,
  deleteSetupLinks,
  findFirstTenant,
  findTenantById,
  findTenantBySlug,
  insertSetupLink,
  insertSetupMark,
  insertTenant,
  isSetupLinkOpen,
  updateTrustVoided,
} from './store'

export type NewUserCode =
  | 'not_an_address'
  | 'address_taken'
  | 'password_too_short'
  | 'password_too_long'
  | 'password_common'
  | 'password_context'
  | 'busy'

export interface NewUser {
  email: string
  name: string
  role: Role
  password: string
  locale: string | null
}

/** The browser that did the setup is known (D5). */
const VERIFIED = { verified: true, trusted: false } as const

export interface CheckedUser {
  id: string
  email: string
  name: string
  role: Role
  hash: { hash: string; keyId: string }
  locale: string | null
}

/** Everything that can be refused or is slow, before the transaction: address, password rules, hash. */
export async function checkNewUser(
  deps: Deps,
  tenant: { name: string; secondFactorEnforced: boolean },
  input: NewUser,
): Promise<Result<CheckedUser, NewUserCode>> {
  const email = normaliseEmail(input.email)
  if (!email.ok) return email
  const checked = checkPassword(input.password, {
    minimum: minimumLength({ role: input.role, secondFactorEnforced: tenant.secondFactorEnforced }),
    context: contextWords({ name: input.name, email: email.value }, tenant.name),
  })
  if (!checked.ok) return err(`password_${checked.code}`)
  const hash = await deps.hasher.hash(checked.value)
  if (!hash.ok) return hash
  return ok({
    id: newId(deps.clock.now(), deps.random),
    email: email.value,
    name: input.name.normalize('NFC').trim(),
    role: input.role,
    hash: hash.value,
    locale: input.locale,
  })
}

export async function addUser(deps: TransactionDeps, tenantId: string, user: CheckedUser): Promise<void> {
  const now = deps.clock.now()
  await addPerson(deps.db, {
    user: { id: user.id, tenantId, email: user.email, name: user.name, locale: user.locale, createdAt: now },
    membership: {
      id: newId(now, deps.random),
      tenantId,
      userId: user.id,
      role: user.role,
      userType: userTypeOf(user.role),
      nameKey: searchKey(user.name),
      surnameKey: surnameKey(user.name),
      emailKey: searchKey(user.email),
      createdAt: now,
    },
  })
  await setPassword(deps.db, user.id, user.hash, now)
}

export interface TenantFacts extends TenantView {
  required: { team: boolean; end: boolean }
}

type TenantRow = Awaited<ReturnType<typeof findFirstTenant>>

function factsOf(row: TenantRow): TenantFacts | null {
  if (row === null) return null
  const { policy, ...tenant } = row
  return { ...tenant, required: requiredIn(policy?.rules ?? []) }
}

/** A tenant with its policy. */
export async function addTenant(
  db: DbOrTx,
  tenant: Parameters<typeof insertTenant>[1],
  required: boolean,
): Promise<void> {
  await insertTenant(db, tenant)
  await addPolicy(db, tenant.id, required ? tenant.createdAt : null)
}

export async function firstTenant(deps: Pick<Deps, 'db'>): Promise<TenantFacts | null> {
  return factsOf(await findFirstTenant(deps.db))
}

export async function tenantBySlug(deps: Pick<Deps, 'db'>, slug: string): Promise<TenantFacts | null> {
  return factsOf(await findTenantBySlug(deps.db, slug))
}

export async function tenantById(deps: Pick<Deps, 'db'>, id: string): Promise<TenantFacts | null> {
  return factsOf(await findTenantById(deps.db, id))
}

/** `users create`: an operator adds a person with a password; nobody is mailed. */
export async function createUser(
  deps: Deps,
  operator: Operator,
  tenant: TenantFacts,
  input: NewUser,
): Promise<Result<{ id: string; email: string }, NewUserCode>> {
  const enforced = tenant.required[userTypeOf(input.role)]
  const checked = await checkNewUser(deps, { name: tenant.name, secondFactorEnforced: enforced }, input)
  if (!checked.ok) return checked
  const user = checked.value
  try {
    await transact(deps, async (deps) => {
      await addUser(deps, tenant.id, user)
      await recordEvent(deps, {
        tenantId: tenant.id,
        kind: 'user_created',
        actor: { kind: 'operator' },
        subject: { id: user.id, name: user.name },
        request: operator.request,
        data: { role: user.role },
      })
    })
  } catch (error) {
    if (isUniqueViolation(error)) return err('address_taken')
    throw error
  }
  return ok({ id: user.id, email: user.email })
}

export interface FirstTenant {
  tenantName: string
  kind: 'partner' | 'customer'
  owner: Omit<NewUser, 'role'>
}

export type SetUpCode = NewUserCode | 'already_set_up' | 'link_dead'

/** A new setup link, older ones die; null once a tenant exists. */
export async function makeSetupLink(deps: Deps): Promise<string | null> {
  const now = deps.clock.now()
  const token = newToken(deps.random)
  const made = await transact(deps, async (deps) => {
    if ((await countTenants(deps.db)) > 0) return false
    await deleteSetupLinks(deps.db)
    await insertSetupLink(deps.db, {
      id: newId(now, deps.random),
      tokenHash: hashToken('setup', token),
      createdAt: now,
      expiresAt: later(now, SETUP_LINK_LIFE),
    })
    return true
  })
  return made ? `${deps.publicUrl}/setup?token=${token}` : null
}

export async function isSetupOpen(deps: Deps, token: string): Promise<boolean> {
  if (!isToken(token) || (await countTenants(deps.db)) > 0) return false
  return isSetupLinkOpen(deps.db, hashToken('setup', token), deps.clock.now())
}

/** The setup page: spends the link, makes tenant and owner, and makes this browser known (D5). Gives the device token. */
export async function setUpByLink(
  deps: Deps,
  visitor: Visitor,
  token: string,
  input: FirstTenant,
): Promise<Result<{ deviceToken: string }, SetUpCode> | Result<never, 'throttled', Wait>> {
  const key = throttleKey(deps, 'setup', clientPrefix(visitor.request.address))
  const place = await takePlace(deps, key, SETUP_PER_CLIENT)
  if (!place.ok) return place
  if (!(await isSetupOpen(deps, token))) return err('link_dead')
  await giveBack(deps.db, [key])
  const made = await setUp(deps, { kind: 'visitor' }, visitor, input, (deps) =>
    consumeSetupLink(deps.db, hashToken('setup', token), deps.clock.now()),
  )
  if (!made.ok) return made
  return ok({ deviceToken: made.value.deviceToken ?? '' })
}

/** `init`: the same by command. */
export function setUpByCommand(
  deps: Deps,
  operator: Operator,
  input: FirstTenant,
): Promise<Result<{ slug: string; ownerId: string }, SetUpCode>> {
  return setUp(deps, { kind: 'operator' }, operator, input, null)
}

async function setUp(
  deps: Deps,
  by: { kind: 'visitor' | 'operator' },
  from: Visitor | Operator,
  input: FirstTenant,
  spendLink: ((deps: TransactionDeps) => Promise<boolean>) | null,
): Promise<Result<{ slug: string; ownerId: string; deviceToken: string | null }, SetUpCode>> {
  const name = input.tenantName.normalize('NFC').trim()
  const checked = await checkNewUser(deps, { name, secondFactorEnforced: false }, { ...input.owner, role: 'owner' })
  if (!checked.ok) return checked
  const owner = checked.value
  const now = deps.clock.now()
  const tenant = {
    id: newId(now, deps.random),
    slug: slugOf(name),
    name,
    kind: input.kind,
    stage: 'production' as const,
    createdAt: now,
  }
  try {
    return await transactResult(deps, async (deps) => {
      if (spendLink !== null && !(await spendLink(deps))) return err('link_dead')
      if ((await countTenants(deps.db)) > 0) return err('already_set_up')
      await addTenant(deps.db, tenant, mustRequire(tenant))
      await deleteSetupLinks(deps.db)
      await insertSetupMark(deps.db, now)
      await addUser(deps, tenant.id, owner)
      const device =
        'deviceToken' in from
          ? await rememberDevice(deps, { id: owner.id, devicesVoidedAt: null }, from, VERIFIED)
          : null
      const event = { tenantId: tenant.id, actor: by, request: from.request }
      await recordEvent(deps, {
        ...event,
        kind: 'tenant_created',
        subject: { id: tenant.id, name },
        data: { kind: tenant.kind, stage: tenant.stage },
      })
      await recordEvent(deps, {
        ...event,
        kind: 'setup_done',
        subject: { id: owner.id, name: owner.name },
        data: { role: 'owner' },
      })
      return ok({ slug: tenant.slug, ownerId: owner.id, deviceToken: device?.token ?? null })
    })
  } catch (error) {
    if (isUniqueViolation(error)) return err('already_set_up')
    throw error
  }
}

/** What is known or trusted of anybody at home here by now is neither any more (D4); one write. */
export function voidTenantDevices(tx: Tx, tenantId: string, now: Date): Promise<void> {
  return updateTrustVoided(tx, tenantId, now)
}

/** How many tenants there are: the cheapest question that needs a migrated database. */
export function tenantCount(deps: Pick<Deps, 'db'>): Promise<number> {
  return countTenants(deps.db)
}
