import { recordEvent } from '../../../audit/service'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { transactResult } from '../../../core/transaction'
import type { Confirmed, SteppedUpAdmin, TenantAdmin } from '../../../identity/actor/types'
import type { Role } from '../../../identity/user/types'
import { mayGive } from '../../people/rules'
import { lastMailedAt, nextReminderAt } from '../remind/rules'
import { endInRole, invitationState, isStillGiven, refusedValidity } from '../rules'
import { auditNotPermitted, eventOf, mayGiveNow, type ValidityCode } from '../service'
import { findInvitation, listSenders, updateInvitation } from '../store'
import { invitationTerms } from '../terms/service'
import type { InvitationRow, InvitationTerms } from '../types'

/**
 * What an invitation gives is changed by whoever may give both (R10, R3), who answers for it from then on; links stay.
 * One that ended with its sender's right stays so until it is sent again: nobody brings its link back by the way.
 */
export async function changeInvitation(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
  wanted: InvitationChange,
): Promise<Result<'changed' | 'unchanged', 'not_found' | 'not_permitted' | 'changed_meanwhile' | ValidityCode>> {
  const done = await transactResult(deps, (deps) => changeInvitationIn(deps, actor, id, wanted))
  return auditNotPermitted(deps, actor, 'change_invitation', done)
}

/** What is left out stays as it is. */
export type InvitationChange = Partial<{ role: Role; locale: string; days: number | null }>

/** In the transaction of the caller. */
export async function changeInvitationIn(
  deps: TransactionDeps<'clock' | 'random'>,
  actor: TenantAdmin | Confirmed,
  id: string,
  wanted: InvitationChange,
): Promise<Result<'changed' | 'unchanged', 'not_found' | 'not_permitted' | 'changed_meanwhile' | ValidityCode>> {
  const tenantId = actor.tenant.tenant.id
  const row = await findInvitation(deps.db, { tenantId, id })
  if (row === null) return err('not_found')
  const { role = row.role, locale = row.locale, days: validDays = row.validDays } = wanted
  for (const each of [row.role, role]) if (!(await mayGiveNow(deps, actor, each))) return err('not_permitted')
  const refused = refusedValidity({ role, validDays }, await invitationTerms(deps, tenantId))
  if (refused !== null) return err(refused)
  if (role === row.role && locale === row.locale && validDays === row.validDays) return ok('unchanged')
  const expiresAt = endInRole(row, role)
  const remindAt = remindAtOf(row, expiresAt)
  const senders = await listSenders(deps.db, row.createdById === null ? [] : [row.createdById])
  const createdById = isStillGiven(row, tenantId, senders[0] ?? null, deps.clock.now())
    ? actor.person.id
    : row.createdById
  const change = { role, locale, validDays, expiresAt, remindAt, createdById }
  const scope = { tenantId, id, tokenHash: row.tokenHash, remindAt: row.remindAt }
  if (!(await updateInvitation(deps.db, scope, change))) return err('changed_meanwhile')
  const told = (each: { role: Role; locale: string | null; validDays: number | null }) => ({
    role: each.role,
    language: each.locale ?? '',
    days: each.validDays ?? 'company',
  })
  await recordEvent(deps, {
    ...eventOf(actor, 'invitation_changed', row),
    data: { before: told(row), after: told({ role, locale, validDays }) },
  })
  return ok('changed')
}

/** A link that ends earlier from now on has other reminders: those that were not mailed yet. */
function remindAtOf(row: InvitationRow, expiresAt: Date | null): Date | null {
  if (expiresAt?.getTime() === row.expiresAt?.getTime()) return row.remindAt
  const last = lastMailedAt(row)
  return last === null ? null : nextReminderAt({ ...row, expiresAt }, last)
}

/** One, as its page shows it; null for what is not there, and for a role that the actor cannot give. */
export async function viewInvitationOf(
  deps: Pick<Deps, 'db' | 'clock'>,
  actor: TenantAdmin,
  id: string,
): Promise<{ row: InvitationRow; terms: InvitationTerms; mailedAt: Date | null; nextReminderAt: Date | null } | null> {
  const tenantId = actor.tenant.tenant.id
  const row = await findInvitation(deps.db, { tenantId, id })
  if (row === null || !mayGive(actor.tenant.role, row.role)) return null
  const { tokenHash: _, ...shown } = row
  const now = deps.clock.now()
  const senders = await listSenders(deps.db, row.createdById === null ? [] : [row.createdById])
  const open = invitationState(row, tenantId, senders[0] ?? null, now) === 'open'
  return {
    row: shown,
    terms: await invitationTerms(deps, tenantId),
    mailedAt: lastMailedAt(row),
    nextReminderAt: open && row.remindAt !== null ? nextReminderAt(row, now) : null,
  }
}
