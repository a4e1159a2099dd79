import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { newToken } from '../../../core/crypto/token'
import { nextTurn, orPassOver, transact } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { later } from '../../../core/kernel/time'
import { isUnreadableRow, tellPassedOver } from '../../../core/kernel/unreadable'
import { tenantById } from '../../../identity/tenant/service'
import { homePeople, settleFactors, takeLosses } from '../../../identity/user/membership/service'
import { personById } from '../../../identity/user/service'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { VOID_AFTER_FAILURE, VOID_BATCH, VOID_LEASE } from '../rules'
import { findVoidWork, updateVoidFinished, updateVoidLease, updateVoidLeaseEnded, updateVoidPosition } from '../store'
import type { VoidRow } from '../types'

/**
 * For the worker: brings the people of one tenant into step with 2FA that was turned off there (P6), and tells each of
 * them, in a transaction of their own: whoever was done before a part broke off is not done, nor told, again. Gives
 * whether there was any.
 */
export async function workOnVoid(deps: Deps, stopped: () => boolean): Promise<boolean> {
  const now = deps.clock.now()
  const work = await findVoidWork(deps.db, now)
  if (work === null) return false
  const token = newToken(deps.random)
  if (!(await updateVoidLease(deps.db, work, { token, until: later(now, VOID_LEASE) }, now))) return false
  try {
    await settleAll(deps, work, token, stopped)
  } catch (error) {
    await updateVoidLeaseEnded(deps.db, work, token, later(deps.clock.now(), VOID_AFTER_FAILURE))
    throw error
  }
  await updateVoidLeaseEnded(deps.db, work, token, deps.clock.now())
  return true
}

async function settleAll(deps: Deps, work: VoidRow, token: string, stopped: () => boolean): Promise<void> {
  const { tenantId, voidedAt } = work
  const scope = { tenantId, voidedAt, token }
  const tenant = (await tenantById(deps, tenantId))?.name ?? ''
  let { position, people } = work
  while (!stopped()) {
    const ids = await homePeople(deps.db, { tenantId, mark: voidedAt, after: position }, VOID_BATCH)
    const last = ids.at(-1)
    if (last === undefined) {
      await updateVoidFinished(deps.db, scope, deps.clock.now())
      return
    }
    for (const id of ids) await settleOrPassOver(deps, work, tenant, id)
    position = last
    people += ids.length
    const to = { position, people, leasedUntil: later(deps.clock.now(), VOID_LEASE) }
    if (!(await updateVoidPosition(deps.db, scope, to))) return
    await nextTurn()
  }
}

/** Rows that cannot be read keep nobody else waiting (N41); they are void as they are. */
async function settleOrPassOver(deps: Deps, work: VoidRow, tenant: string, userId: string): Promise<void> {
  try {
    await transact(deps, (deps) => settleOne(deps, work, tenant, userId))
  } catch (error) {
    if (!isUnreadableRow(error)) throw error
    tellPassedOver(error)
  }
}

/** Whoever was brought into step before, by an act of their own or upon them, is told here as well. */
async function settleOne(deps: TransactionDeps, work: VoidRow, tenant: string, userId: string): Promise<void> {
  await settleFactors(deps.db, userId)
  const losses = await takeLosses(deps.db, userId)
  if (losses.length === 0) return
  // Somebody who cannot be read is told nothing (N41).
  const person = (await orPassOver(() => personById(deps.db, userId)))?.person
  const request = { address: null, userAgent: null, requestId: null }
  const who = by({ person: { id: work.byId, name: work.byName }, request })
  for (const loss of losses) {
    if (person === undefined) continue
    const data = { removed: loss.factors, codes: loss.codes, own: loss.own }
    await recordEvent(deps, { kind: 'factors_voided', ...who, ...about(person), data })
    const values = { by: work.byName, tenant }
    await enqueueMail(deps, { ...readerOf(person, work.locale), template: 'factors_voided', values })
  }
}
