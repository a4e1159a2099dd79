import { recordEvent } from '../../../audit/service'
import { hashToken, newToken } from '../../../core/crypto/token'
import { nextTurn, orPassOver, passOver, transact } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { lockTenant } from '../../../identity/policy/service'
import { tenantById } from '../../../identity/tenant/service'
import { lockPeople, peopleByIds } from '../../../identity/user/service'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { invitationState, invitationUrl } from '../rules'
import { takeInvitationSlot } from '../service'
import {
  deleteInvitationLinks,
  findInvitation,
  insertInvitationLink,
  listInvitationsAmong,
  listMembersAmong,
  listNewestLinks,
  listToRemind,
  updateReminded,
  updateRemindersDue,
} from '../store'
import { invitationTerms, reminderMail } from '../terms/service'
import type { InvitationRow, InvitationTerms } from '../types'
import { dueReminder, MAX_INVITATION_LINKS, nextReminderAt, reminderExpiry, wasMailedLately } from './rules'

/** Invitations that are read at once. */
const PART = 100
/** More that cannot be gone through are for the next round. */
const MAX_STUCK = 1_000

/** For the worker: goes through invitations whose reminder is due (R10). Any number of workers may do so at once. */
export async function remindInvited(deps: Deps, stopped: () => boolean): Promise<void> {
  // What cannot be read holds nobody else up (N41), nor does what another worker has in hand.
  const stuck: string[] = []
  while (stuck.length < MAX_STUCK) {
    const now = deps.clock.now()
    const rows = await passOver((without) => listToRemind(deps.db, now, PART, [...without, ...stuck]))
    for (const row of rows) {
      if (stopped()) return
      if (!(await orPassOver(() => remindWhenDue(deps, row)))) stuck.push(row.id)
      await nextTurn()
    }
    if (rows.length < PART) return
  }
}

/**
 * One reminder in one transaction: the link, the mail and the entry in the log are written with the write that makes it
 * the only one. Tenant and sender are held, so that the link of whoever may not give that role any more is not mailed
 * (S8). Who was mailed lately, by whichever rule, or too often, is passed over. False where somebody else was first.
 */
function remindWhenDue(deps: Deps, scope: { id: string; tenantId: string }): Promise<boolean> {
  return transact(deps, async (deps) => {
    await lockTenant(deps.db, scope.tenantId)
    const [row, tenant] = [await findInvitation(deps.db, scope), await tenantById(deps, scope.tenantId)]
    if (row === null || tenant === null) return false
    const now = deps.clock.now()
    const step = dueReminder(row, now)
    const [judged] = await judgedNow(deps, tenant.id, [row])
    const due = step !== null && judged?.state === 'open' && !judged.isThere && !wasMailedLately(row, now)
    const mails = due && (await takeInvitationSlot(deps, row.email)).ok
    const to = { remindAt: nextReminderAt(row, now), remindedAt: mails ? now : row.remindedAt }
    if (!(await updateReminded(deps.db, tenant.id, row, to))) return false
    if (!mails) return true
    const terms = await invitationTerms(deps, tenant.id)
    const locale = row.locale ?? judged?.senderLocale ?? null
    // Its mails are found by the invitation, as those of a round are by the round (P8).
    await mailReminder(deps, { tenant, terms, roundId: row.id, locale, expiresAt: null }, row)
    await recordEvent(deps, {
      tenantId: tenant.id,
      kind: 'invitation_reminded',
      actor: { kind: 'system' },
      subject: { id: row.id, name: row.email },
      data: { role: row.role, reminder: step },
    })
    return true
  })
}

type Row = InvitationRow & { tokenHash: string | null }

/**
 * What each is worth now; their senders are held until the transaction ends. Whose address somebody of the tenant was
 * given since is there already: of that invitation nobody is reminded.
 */
async function judgedNow(deps: TransactionDeps, tenantId: string, rows: readonly Row[]) {
  const ids = rows.flatMap(({ createdById }) => createdById ?? [])
  await lockPeople(deps.db, ids)
  const senders = new Map((await peopleByIds(deps.db, [...new Set(ids)])).map((person) => [person.id, person]))
  const emails = rows.map(({ email }) => email)
  const there = new Set(await listMembersAmong(deps.db, tenantId, emails))
  const now = deps.clock.now()
  return rows.map((row) => {
    const sender = senders.get(row.createdById ?? '') ?? null
    const state = invitationState(row, tenantId, sender, now)
    return { row, state, isThere: there.has(row.email), senderLocale: sender?.locale ?? null }
  })
}

interface Reminding {
  tenant: { id: string; name: string }
  terms: InvitationTerms
  roundId: string
  /** For whom none was chosen. */
  locale: string | null
  /** When the mail itself says what is no longer so; null: with its link. */
  expiresAt: Date | null
}

/** A link of its own beside the newest ones, all of which end with the first. */
async function mailReminder(
  deps: TransactionDeps,
  { tenant, terms, roundId, locale, expiresAt }: Reminding,
  row: Row,
): Promise<void> {
  const { id: invitationId, tokenHash: firstHash, expiresAt: until } = row
  if (firstHash === null || until === null) throw new Error('a reminder of an invitation that was never sent')
  const now = deps.clock.now()
  const token = newToken(deps.random)
  const kept = await listNewestLinks(deps.db, invitationId, MAX_INVITATION_LINKS - 2)
  await deleteInvitationLinks(deps.db, invitationId, kept)
  const link = { id: newId(now, deps.random), invitationId, firstHash, createdAt: now }
  await insertInvitationLink(deps.db, { ...link, tokenHash: hashToken('invitation', token) })
  await enqueueMail(deps, {
    ...reminderMail(tenant.name, row.role, terms, { until, link: invitationUrl(deps.publicUrl, token) }),
    to: row.email,
    userId: null,
    tenantId: tenant.id,
    locale: row.locale ?? locale,
    expiresAt: reminderExpiry(until, expiresAt, now),
    roundId,
  })
}

/**
 * Reminds those of these invited people who were told of their invitation, in the transaction of a round (P8), and
 * gives how many were mailed. Where the link works no more, the mail says whom to ask for another.
 */
export async function remindOfDeadline(
  deps: TransactionDeps,
  { tenant, roundId, locale }: Pick<Reminding, 'tenant' | 'roundId' | 'locale'>,
  invited: readonly { id: string; until: Date | null; expiresAt: Date }[],
): Promise<number> {
  if (invited.length === 0) return 0
  await lockTenant(deps.db, tenant.id)
  const byId = new Map(invited.map((each) => [each.id, each]))
  const rows = await listInvitationsAmong(deps.db, tenant.id, [...byId.keys()])
  const terms = await invitationTerms(deps, tenant.id)
  const now = deps.clock.now()
  let mailed = 0
  for (const { row, state, isThere } of await judgedNow(deps, tenant.id, rows)) {
    const mail = byId.get(row.id)
    if (mail === undefined || isThere || state === 'not_sent' || wasMailedLately(row, now)) continue
    if (!(await takeInvitationSlot(deps, row.email)).ok) continue
    if (!(await updateReminded(deps.db, tenant.id, row, { remindAt: row.remindAt, remindedAt: now }))) continue
    mailed += 1
    if (state === 'open') {
      await mailReminder(deps, { tenant, terms, roundId, locale, expiresAt: mail.expiresAt }, row)
      continue
    }
    await enqueueMail(deps, {
      template: 'setup_reminder_invited',
      values: { tenant: tenant.name, until: mail.until },
      to: row.email,
      userId: null,
      tenantId: tenant.id,
      locale: row.locale ?? locale,
      expiresAt: mail.expiresAt,
      roundId,
    })
  }
  return mailed
}

/** After a restore: what fell due since the backup went out long ago (X12). */
export function passDueReminders(deps: TransactionDeps<'clock'>): Promise<void> {
  return updateRemindersDue(deps.db, deps.clock.now())
}
