import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { hashToken, newToken } from '../../core/crypto/token'
import { type DbOrTx, isUniqueViolation, type Tx } from '../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { err, ok, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import { INVITATIONS_PER_ADDRESS } from '../../credentials/throttle/rules'
import { takeSlot, throttleKey, type Wait } from '../../credentials/throttle/service'
import type { Confirmed, SteppedUpAdmin, TenantAdmin } from '../../identity/actor/types'
import { normaliseEmail } from '../../identity/user/rules'
import type { Role } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { roleNow } from '../acting/service'
import { mayGive } from '../people/rules'
import { nextReminderAt } from './remind/rules'
import { INVITATIONS_SHOWN, invitationState, invitationUntil, invitationUrl, refusedValidity } from './rules'
import {
  deleteInvitation,
  deleteInvitationLinks,
  deleteInvitations,
  findInvitation,
  findMember,
  insertInvitation,
  insertInvitations,
  listInvitations,
  listInvited,
  listSenders,
  updateInvitationSent,
} from './store'
import { invitationMail, invitationTerms } from './terms/service'
import type { InvitationPage, InvitationQuery, InvitationRow, InvitationTerms } from './types'

export async function viewInvitations(
  deps: Pick<Deps, 'db' | 'clock'>,
  actor: TenantAdmin,
  query: InvitationQuery,
): Promise<InvitationPage> {
  const now = deps.clock.now()
  const from = query.from === 'first' ? {} : query.from
  const backwards = 'before' in from
  const found = await listInvitations(deps.db, actor.tenant.tenant.id, {
    search: query.search,
    limit: INVITATIONS_SHOWN + 1,
    ...from,
  })
  const page = found.slice(0, INVITATIONS_SHOWN)
  if (backwards) page.reverse()
  const more = found.length > INVITATIONS_SHOWN
  const ids = [...new Set(page.flatMap(({ createdById }) => createdById ?? []))]
  const senders = new Map((await listSenders(deps.db, ids)).map((person) => [person.id, person]))
  const senderOf = (row: InvitationRow) => senders.get(row.createdById ?? '') ?? null
  return {
    rows: page.map((row) => ({
      ...row,
      state: invitationState(row, actor.tenant.tenant.id, senderOf(row), now),
      by: senderOf(row)?.name ?? null,
      mayChange: mayGive(actor.tenant.role, row.role),
    })),
    previous: (backwards ? more : query.from !== 'first') ? (page[0]?.email ?? null) : null,
    next: backwards || more ? (page.at(-1)?.email ?? null) : null,
  }
}

type Admin = TenantAdmin | Confirmed
type Sending = SteppedUpAdmin | Confirmed

/** By the role that the actor has by now (R3, S8); none after a suspension, here or at home, that came in between. */
export async function mayGiveNow(deps: TransactionDeps<'clock'>, actor: Admin, role: Role): Promise<boolean> {
  const own = await roleNow(deps, actor)
  return own !== null && mayGive(own, role)
}

/** A refusal by role is written down (ASVS 16.3.2), in a transaction of its own. */
export async function auditNotPermitted<R extends { ok: true } | { ok: false; code: string }>(
  deps: Deps,
  actor: TenantAdmin,
  action: string,
  result: R,
): Promise<R> {
  if (!result.ok && result.code === 'not_permitted') {
    await recordEvent(deps, {
      tenantId: actor.tenant.tenant.id,
      kind: 'access_denied',
      ...by(actor),
      data: { action },
    })
  }
  return result
}

export function eventOf(
  actor: Admin,
  kind: AuditEntry['kind'],
  { id, email, role }: Pick<InvitationRow, 'id' | 'email' | 'role'>,
): AuditEntry {
  return {
    tenantId: actor.tenant.tenant.id,
    kind,
    ...by(actor),
    subject: { id, name: email },
    data: { role },
  }
}

export type ValidityCode = 'days_out_of_range' | 'no_day_named'

/**
 * Mails a link to somebody who is not of this tenant (R10); nobody gives a higher role than their own. Whether the
 * address has an account in another tenant, the answer does not tell (T6).
 */
export async function invite(
  deps: Deps,
  actor: SteppedUpAdmin,
  input: { email: string; name: string; role: Role; locale: string; days?: number | null },
): Promise<
  | Result<null, 'not_an_address' | 'address_taken' | 'already_invited' | 'not_permitted' | ValidityCode>
  | Result<never, 'throttled', Wait>
> {
  const email = normaliseEmail(input.email)
  if (!email.ok) return email
  const slot = await takeInvitationSlot(deps, email.value)
  if (!slot.ok) return slot
  const now = deps.clock.now()
  const row = {
    id: newId(now, deps.random),
    email: email.value,
    name: input.name.normalize('NFC').trim(),
    role: input.role,
    locale: input.locale,
    sentAt: null,
    expiresAt: null,
    createdById: actor.person.id,
    createdAt: now,
    validDays: input.days ?? null,
    remindAt: null,
    remindedAt: null,
    tokenHash: null,
  }
  const tenantId = actor.tenant.tenant.id
  try {
    type Done = Result<null, 'address_taken' | 'not_permitted' | ValidityCode>
    const done = await transactResult(deps, async (deps): Promise<Done> => {
      if (!(await mayGiveNow(deps, actor, row.role))) return err('not_permitted')
      const refused = refusedValidity(row, await invitationTerms(deps, tenantId))
      if (refused !== null) return err(refused)
      if ((await findMember(deps.db, { tenantId, email: row.email })) !== null) return err('address_taken')
      await insertInvitation(deps.db, tenantId, row)
      await sendIn(deps, senderOf(actor), row)
      await recordEvent(deps, eventOf(actor, 'user_invited', row))
      return ok(null)
    })
    return await auditNotPermitted(deps, actor, 'invite', done)
  } catch (error) {
    if (isUniqueViolation(error)) return err('already_invited')
    throw error
  }
}

export interface Sender {
  tenantId: string
  tenantName: string
  by: string
  /** Who answers for the role from now on; null by command. */
  id: string | null
}

function senderOf(actor: Admin): Sender {
  const { id: tenantId, name: tenantName } = actor.tenant.tenant
  return { tenantId, tenantName, by: actor.person.name, id: actor.person.id }
}

/** A new link by mail; those before die. False when the invitation is gone, or was sent anew meanwhile. */
export async function sendIn(
  deps: TransactionDeps<'clock' | 'random' | 'keys' | 'publicUrl'>,
  from: Sender,
  row: Pick<InvitationRow, 'id' | 'email' | 'locale' | 'role' | 'validDays'> & { tokenHash: string | null },
  known?: InvitationTerms,
): Promise<boolean> {
  const now = deps.clock.now()
  const terms = known ?? (await invitationTerms(deps, from.tenantId))
  const token = newToken(deps.random)
  const scope = { tenantId: from.tenantId, id: row.id, tokenHash: row.tokenHash }
  const expiresAt = invitationUntil(row, terms, now)
  const remindAt = nextReminderAt({ sentAt: now, expiresAt }, now)
  const link = { tokenHash: hashToken('invitation', token), sentAt: now, expiresAt, createdById: from.id, remindAt }
  if (!(await updateInvitationSent(deps.db, scope, link))) return false
  await deleteInvitationLinks(deps.db, row.id, [])
  await enqueueMail(deps, {
    ...invitationMail(from, row.role, terms, { until: expiresAt, link: invitationUrl(deps.publicUrl, token) }),
    to: row.email,
    userId: null,
    tenantId: from.tenantId,
    locale: row.locale,
    expiresAt,
  })
  return true
}

/** Those of these addresses that are invited, and whether a mail went out (X8). */
export async function invitedAmong(
  db: DbOrTx,
  tenantId: string,
  emails: readonly string[],
): Promise<Map<string, { row: InvitationRow & { tokenHash: string | null }; sent: boolean }>> {
  const rows = await listInvited(db, tenantId, emails)
  return new Map(rows.map((row) => [row.email, { row, sent: row.sentAt !== null }]))
}

/** Invitations of which nobody is told yet (X8). */
export async function addInvitations(
  deps: TransactionDeps<'clock' | 'random'>,
  tenantId: string,
  people: readonly { email: string; name: string; role: Role; locale: string }[],
  createdById: string | null,
): Promise<(InvitationRow & { tokenHash: null })[]> {
  const now = deps.clock.now()
  const rows = people.map(({ email, name, role, locale }) => ({
    id: newId(now, deps.random),
    email,
    name,
    role,
    locale,
    sentAt: null,
    expiresAt: null,
    createdById,
    createdAt: now,
    validDays: null,
    remindAt: null,
    remindedAt: null,
    tokenHash: null,
  }))
  await insertInvitations(deps.db, tenantId, rows)
  return rows
}

/** Whoever has an account needs none any more. */
export function endInvitations(tx: Tx, tenantId: string, ids: readonly string[]): Promise<void> {
  return deleteInvitations(tx, tenantId, ids)
}

export async function sendAgain(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
): Promise<Result<null, 'not_found' | 'not_permitted'> | Result<never, 'throttled', Wait>> {
  const row = await findInvitation(deps.db, { tenantId: actor.tenant.tenant.id, id })
  if (row === null) return err('not_found')
  const slot = await takeInvitationSlot(deps, row.email)
  if (!slot.ok) return slot
  const done = await transactResult(deps, (deps) => sendAgainIn(deps, actor, row))
  return auditNotPermitted(deps, actor, 'invite', done)
}

/** How often one address is written to, by whoever and however many at once. */
export function takeInvitationSlot(
  deps: AnyDeps<'clock' | 'keys'>,
  email: string,
): Promise<Result<null, 'throttled', Wait>> {
  return takeSlot(deps, throttleKey(deps, 'invitation', email), INVITATIONS_PER_ADDRESS)
}

/** In the transaction of the caller. */
export async function sendAgainIn(
  deps: TransactionDeps,
  actor: Sending,
  row: InvitationRow & { tokenHash: string | null },
): Promise<Result<null, 'not_found' | 'not_permitted'>> {
  if (!(await mayGiveNow(deps, actor, row.role))) return err('not_permitted')
  if (!(await sendIn(deps, senderOf(actor), row))) return err('not_found')
  await recordEvent(deps, eventOf(actor, 'user_invited', row))
  return ok(null)
}

/** The link is dead from now on. */
export async function withdraw(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
): Promise<Result<null, 'not_found' | 'not_permitted'>> {
  const done = await transactResult(deps, (deps) => withdrawIn(deps, actor, id))
  return auditNotPermitted(deps, actor, 'withdraw_invitation', done)
}

/** In the transaction of the caller. */
export async function withdrawIn(
  deps: TransactionDeps,
  actor: Sending,
  id: string,
): Promise<Result<null, 'not_found' | 'not_permitted'>> {
  const tenantId = actor.tenant.tenant.id
  const row = await findInvitation(deps.db, { tenantId, id })
  if (row === null) return err('not_found')
  if (!(await mayGiveNow(deps, actor, row.role))) return err('not_permitted')
  if (!(await deleteInvitation(deps.db, { tenantId, id }))) return err('not_found')
  await recordEvent(deps, eventOf(actor, 'invitation_withdrawn', row))
  return ok(null)
}
