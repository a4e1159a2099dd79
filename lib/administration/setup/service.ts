import { recordEvent } from '../../audit/service'
import { hashToken, isToken, newToken } from '../../core/crypto/token'
import { isUniqueViolation, transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { err, ok, type Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { rememberDevice } from '../../credentials/device/service'
import { clientPrefix, SETUP_PER_CLIENT } from '../../credentials/throttle/rules'
import { giveBack, takeSlot, throttleKey, type Wait } from '../../credentials/throttle/service'
import type { Operator, Visitor } from '../../identity/actor/types'
import { mustRequire } from '../../identity/policy/rules'
import { addTenant, tenantCount } from '../../identity/tenant/service'
import { addUser, checkNewUser, type NewUser, type NewUserCode } from '../new-user/service'
import { SETUP_LINK_TTL, slugOf } from './rules'
import { consumeSetupLink, deleteSetupLinks, insertSetupLink, insertSetupMark, isSetupLinkOpen } from './store'

/** The browser that did the setup is known (D5). */
const VERIFIED = { verified: true, trusted: false } as const

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
    if ((await tenantCount(deps)) > 0) return false
    await deleteSetupLinks(deps.db)
    await insertSetupLink(deps.db, {
      id: newId(now, deps.random),
      tokenHash: hashToken('setup', token),
      createdAt: now,
      expiresAt: later(now, SETUP_LINK_TTL),
    })
    return true
  })
  return made ? `${deps.publicUrl}/setup?token=${token}` : null
}

export async function isSetupOpen(deps: Deps, token: string): Promise<boolean> {
  if (!isToken(token) || (await tenantCount(deps)) > 0) return false
  return isSetupLinkOpen(deps.db, hashToken('setup', token), deps.clock.now())
}

/**
 * The setup page: spends the link, makes tenant and owner, and makes this browser known (D5). Gives the device token.
 */
export async function setUpByLink(
  deps: Deps,
  visitor: Visitor,
  token: string,
  input: FirstTenant,
): Promise<Result<{ deviceToken: string | null }, SetUpCode> | Result<never, 'throttled', Wait>> {
  const key = throttleKey(deps, 'setup', clientPrefix(visitor.request.address))
  const slot = await takeSlot(deps, key, SETUP_PER_CLIENT)
  if (!slot.ok) return slot
  if (!(await isSetupOpen(deps, token))) return err('link_dead')
  await giveBack(deps.db, [key])
  const made = await setUp(deps, { kind: 'visitor' }, visitor, input, (deps) =>
    consumeSetupLink(deps.db, hashToken('setup', token), deps.clock.now()),
  )
  if (!made.ok) return made
  return ok({ deviceToken: made.value.deviceToken })
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
    parentId: null,
    createdAt: now,
  }
  try {
    return await transactResult(deps, async (deps) => {
      if (spendLink !== null && !(await spendLink(deps))) return err('link_dead')
      if ((await tenantCount(deps)) > 0) return err('already_set_up')
      await addTenant(deps.db, tenant, mustRequire(tenant))
      await deleteSetupLinks(deps.db)
      await insertSetupMark(deps.db, now)
      const added = await addUser(deps, tenant.id, owner)
      if (!added.ok) return added
      const device =
        'deviceToken' in from
          ? await rememberDevice(deps, { id: owner.id, devicesVoidedAt: null, factorsVoided: false }, from, VERIFIED)
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
