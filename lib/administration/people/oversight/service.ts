import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { provingFactors } from '../../../authentication/account/stepup/service'
import { transact } from '../../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../../core/deps'
import { type Err, err, ok, type Result } from '../../../core/kernel/result'
import { earlier } from '../../../core/kernel/time'
import { byFactor, judgeTry, messageOf, refundTry, resendMessage } from '../../../credentials/challenge/service'
import type { Challenge } from '../../../credentials/challenge/types'
import { isMessaged } from '../../../credentials/factor/rules'
import { factorsOf } from '../../../credentials/factor/service'
import { STEP_UP_PER_SESSION } from '../../../credentials/throttle/rules'
import {
  askersCounters,
  giveBack,
  nextSlot,
  resetRounds,
  type Slot,
  takeRefusal,
  takeSlot,
  type Wait,
} from '../../../credentials/throttle/service'
import type { FreshAdmin, TenantAdmin } from '../../../identity/actor/types'
import { tenantById } from '../../../identity/tenant/service'
import { mayUsePages, normaliseEmail, roleIn } from '../../../identity/user/rules'
import { managersOf, personByEmail, personById } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { OWNERS_TOLD_INTERVAL, RESETS_PER_ADMIN } from './rules'
import { findUntold, incrementUntold, updateTold } from './store'
import type { OwnerCode, OwnerProof } from './types'

// ——— ten an hour, then an owner as well (R5, N42) ———

function resetSlot({ person, tenant }: TenantAdmin): Slot {
  return { key: `resets:${tenant.tenant.id}:${person.id}`, limit: RESETS_PER_ADMIN }
}

/** Whether the next reset of this admin needs an owner's proof as well. */
export async function needsOwner(deps: AnyDeps<'clock'>, actor: TenantAdmin): Promise<boolean> {
  return (await nextSlot(deps, [resetSlot(actor)])) !== null
}

/** A right passcode of an owner, which is used up with the reset that it allows. */
export interface Confirmation {
  owner: Person
  spend: (deps: TransactionDeps) => Promise<boolean>
  giveBack: (deps: AnyDeps) => Promise<void>
  /** It was used: no failure, and the end of those before it. */
  settle: (deps: TransactionDeps) => Promise<void>
}

/**
 * Judges what an owner gave, before the transaction of the reset; null while none is needed. Without a passcode one is
 * sent, where the owner's factor gets its passcodes by message.
 */
export async function judgeOwner(
  deps: Deps,
  actor: FreshAdmin,
  given: OwnerProof,
): Promise<Result<Confirmation | null, OwnerCode> | Result<never, 'throttled', Wait>> {
  if (!(await needsOwner(deps, actor))) return ok(null)
  if (given.email.trim() === '') return err('owner_needed')
  const owner = await ownerAt(deps, actor, given.email)
  const factors = owner === null ? [] : provingFactors(deps, owner, await factorsOf(deps.db, owner.id))
  const factor = factors.find(({ kind }) => kind === 'totp') ?? factors[0]
  if (owner === null || factor === undefined) return err('owner_unknown')
  const challenge = ownerChallenge(actor, owner)
  if (given.passcode.trim() === '') {
    const message = isMessaged(factor.kind) ? messageOf(deps, challenge, factor, 'owner') : null
    if (message === null) return err('owner_code_needed')
    const sent = await resendMessage(deps, challenge, message)
    return sent.ok ? err('owner_code_sent') : err('throttled', sent.detail ?? { until: null })
  }
  const judged = await judgeTry(deps, challenge, byFactor(challenge, factors, factor, given.passcode))
  if (!judged.ok) return judged.code === 'throttled' ? judged : err('owner_code_wrong')
  const { spend, charge } = judged.value
  const giveBack = (deps: AnyDeps) => refundTry(deps, challenge, charge)
  const settle = async (deps: TransactionDeps) => {
    await giveBack(deps)
    await resetRounds(deps.db, challenge.counters)
  }
  return ok({ owner, spend, giveBack, settle })
}

async function ownerAt(deps: Pick<Deps, 'db' | 'clock'>, actor: TenantAdmin, typed: string): Promise<Person | null> {
  const email = normaliseEmail(typed)
  const person = email.ok ? ((await personByEmail(deps.db, email.value))?.person ?? null) : null
  return person !== null && isOwner(person, actor, deps.clock.now()) ? person : null
}

function isOwner(person: Person, actor: TenantAdmin, now: Date): boolean {
  return mayUsePages(person, now) && roleIn(person, actor.tenant.tenant.id, now) === 'owner'
}

/**
 * Tries count against the owner's lifetime (S5) as those at browsers that are not known do, in rounds and with messages
 * of their own for each admin: no number of admins uses up what the owner's known devices have (S30).
 */
function ownerChallenge(actor: FreshAdmin, owner: Person): Challenge<Err<'wrong'> | Err<'throttled', Wait>> {
  const { session, request, locale } = actor
  const key = `owner-proof:${session.id}`
  return {
    person: owner,
    request,
    locale,
    owner: { sessionId: session.id },
    counters: askersCounters(owner.id, actor.person.id),
    own: {
      take: (deps) => takeSlot(deps, key, STEP_UP_PER_SESSION),
      giveBack: (deps) => giveBack(deps.db, [key]),
    },
    async unjudged(deps) {
      if (!(await takeRefusal(deps, `owner-proof:${owner.id}`, request.address))) return
      await recordEvent(deps, { kind: 'sign_in_throttled', ...by(actor), ...about(owner), data: { step: 'step_up' } })
    },
    async failed(deps, { factorType, wait }) {
      await recordEvent(deps, { kind: 'step_up_failed', ...by(actor), ...about(owner), factorType })
      return wait === null ? err('wrong') : err('throttled', wait)
    },
  }
}

/**
 * One reset is taken from the admin's ten, or allowed by an owner, whose passcode is used up; and the owners are to be
 * told. In the transaction of the reset, while the tenant is held (S8, S14). Gives the name of the owner.
 */
export async function countReset(
  deps: TransactionDeps,
  actor: FreshAdmin,
  confirmation: Confirmation | null,
): Promise<Result<string | null, OwnerCode>> {
  const tenantId = actor.tenant.tenant.id
  await incrementUntold(deps.db, tenantId)
  const { key, limit } = resetSlot(actor)
  if ((await takeSlot(deps, key, limit)).ok) {
    await confirmation?.giveBack(deps)
    return ok(null)
  }
  if (confirmation === null) return err('owner_needed')
  const owner = (await personById(deps.db, confirmation.owner.id))?.person
  if (owner === undefined || !isOwner(owner, actor, deps.clock.now())) return err('owner_unknown')
  if (!(await confirmation.spend(deps))) return err('owner_code_wrong')
  await confirmation.settle(deps)
  return ok(owner.name)
}

// ——— telling the owners (R5, N42) ———

/**
 * For the worker: one mail to the owners of one tenant, with the number since the last. Gives whether there was any.
 */
export async function tellOwnersOfResets(deps: Deps): Promise<boolean> {
  const now = deps.clock.now()
  const due = await findUntold(deps.db, earlier(now, OWNERS_TOLD_INTERVAL))
  if (due === null) return false
  const tenant = await tenantById(deps, due.tenantId)
  await transact(deps, async (deps) => {
    if (!(await updateTold(deps.db, due, now))) return
    const values = {
      tenant: tenant?.name ?? '',
      count: due.untold,
      link: `${deps.publicUrl}/admin/${tenant?.slug ?? ''}/security/audit?kind=factors_reset`,
    }
    for (const { reader } of await managersOf(deps, due.tenantId, ['owner'])) {
      await enqueueMail(deps, { ...reader, template: 'resets_told', values })
    }
  })
  return true
}
