import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { sealedUnder } from '../../core/crypto/seal'
import type { DbOrTx, Tx } from '../../core/db'
import type { TransactionDeps } from '../../core/deps'
import type { RequestInfo } from '../../core/kernel/request'
import { showTwoFactor } from '../../identity/policy/service'
import type { FactorKind } from '../../identity/policy/types'
import { areFactorsVoided } from '../../identity/user/membership/service'
import type { Person } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import type { FactorConfirmation } from './connect/types'
import { isConfirmed } from './rules'
import {
  consumeUnconfirmed,
  listFactors,
  updateFactorsRevoked,
  updateFactorsRevokedSince,
  updateFactorsRevokedUnder,
  updateName,
  updatePreferred,
} from './store'
import type { FactorRow } from './types'

type Needs = TransactionDeps<'clock' | 'random' | 'keys'>

export function factorsOf(db: DbOrTx, userId: string): Promise<FactorRow[]> {
  return listFactors(db, userId)
}

/** The factor counts from now on (E3, E8). False when another request was faster. */
export async function confirmFactor(
  deps: Needs,
  person: Person,
  proved: FactorConfirmation,
  locale: string,
  request: RequestInfo,
): Promise<boolean> {
  const now = deps.clock.now()
  // It was begun before 2FA was turned off for everybody (P6): nothing is bound by it.
  if (await areFactorsVoided(deps.db, person.id)) return false
  if (!(await consumeUnconfirmed(deps.db, { id: proved.factorId, userId: person.id }, proved.step, now))) return false
  await showTwoFactor(deps.db, person.tenantId)
  await recordEvent(deps, {
    tenantId: person.tenantId,
    kind: 'mfa_setup_succeeded',
    actor: { kind: 'user', id: person.id, name: person.name },
    subject: { id: person.id, name: person.name },
    factorType: proved.kind,
    request,
  })
  await enqueueMail(deps, {
    template: 'factor_added',
    values: { factor: proved.kind, when: now },
    to: person.email,
    userId: person.id,
    tenantId: person.tenantId,
    locale,
  })
  return true
}

/** Revokes and forgets the keys of one factor, or of all but one; the removal of each kind is told of (E8). */
export async function removeFactors(
  deps: Needs,
  person: Person,
  scope: { id?: string; exceptId?: string },
  reason: 'removed' | 'replaced',
  locale: string,
  request: RequestInfo,
): Promise<number> {
  const going = (await listFactors(deps.db, person.id)).filter(
    ({ id }) => (scope.id === undefined || scope.id === id) && scope.exceptId !== id,
  )
  if (going.length === 0) return 0
  await updateFactorsRevoked(deps.db, { userId: person.id, ...scope }, deps.clock.now())
  const removed = going.filter(isConfirmed)
  for (const kind of new Set(removed.map((each) => each.kind))) {
    await recordEvent(deps, {
      tenantId: person.tenantId,
      kind: 'factor_removed',
      actor: { kind: 'user', id: person.id, name: person.name },
      subject: { id: person.id, name: person.name },
      factorType: kind,
      request,
      data: { removed: removed.filter((each) => each.kind === kind).length, reason },
    })
    await enqueueMail(deps, {
      template: 'factor_removed',
      values: { factor: kind },
      to: person.email,
      userId: person.id,
      tenantId: person.tenantId,
      locale,
    })
  }
  return going.length
}

/**
 * All of them by an admin, unfinished ones too (R5); or what was confirmed since then and all unfinished ones, when a
 * change is stopped (R3). One mail tells of it as a whole. Gives the kinds that counted.
 */
export async function resetFactors(
  deps: TransactionDeps<'clock' | 'random'>,
  person: Person,
  by: Pick<AuditEntry, 'actor' | 'request'>,
  since: Date | null = null,
): Promise<FactorKind[]> {
  const going = (await listFactors(deps.db, person.id)).filter(
    (each) => isConfirmed(each) && (since === null || (each.confirmedAt ?? since) > since),
  )
  const now = deps.clock.now()
  if (since === null) await updateFactorsRevoked(deps.db, { userId: person.id }, now)
  else await updateFactorsRevokedSince(deps.db, person.id, since, now)
  const kinds = [...new Set(going.map(({ kind }) => kind))]
  for (const kind of kinds) {
    await recordEvent(deps, {
      tenantId: person.tenantId,
      kind: 'factor_removed',
      subject: { id: person.id, name: person.name },
      factorType: kind,
      data: {
        removed: going.filter((each) => each.kind === kind).length,
        reason: since === null ? 'reset' : 'stopped',
      },
      ...by,
    })
  }
  return kinds
}

/** Those that a lost key makes useless (S28); gives the kinds of those that counted. */
export async function endFactorsUnder(
  deps: TransactionDeps<'clock' | 'random'>,
  person: Person,
  keyId: string,
  by: Pick<AuditEntry, 'actor' | 'request'>,
): Promise<FactorKind[]> {
  const going = (await listFactors(deps.db, person.id)).filter(
    (each) =>
      isConfirmed(each) && [each.sealedKey, each.sealedPhone].some((text) => text && sealedUnder(text) === keyId),
  )
  await updateFactorsRevokedUnder(deps.db, person.id, keyId, deps.clock.now())
  const kinds = [...new Set(going.map(({ kind }) => kind))]
  for (const kind of kinds) {
    await recordEvent(deps, {
      tenantId: person.tenantId,
      kind: 'factor_removed',
      subject: { id: person.id, name: person.name },
      factorType: kind,
      data: { removed: going.filter((each) => each.kind === kind).length, reason: 'key_lost' },
      ...by,
    })
  }
  return kinds
}

/** Asked first from now on (E5). */
export function preferFactor(deps: TransactionDeps<'clock'>, userId: string, id: string): Promise<boolean> {
  return updatePreferred(deps.db, { id, userId }, deps.clock.now())
}

export function renameFactor(tx: Tx, userId: string, id: string, name: string): Promise<boolean> {
  return updateName(tx, { id, userId }, name)
}
