import { recordEvent } from '../../../audit/service'
import { newToken } from '../../../core/crypto/token'
import { nextTurn, orPassOver, passOver, transact } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { err, ok, type Result } from '../../../core/kernel/result'
import { days, earlier, later, minutes } from '../../../core/kernel/time'
import { transactResult } from '../../../core/transaction'
import { coverageOf, factsOfKinds } from '../../../coverage/rules'
import { lastMomentOf, readKinds, remindedUntil } from '../../../identity/policy/rules'
import { lockTenant, policyById } from '../../../identity/policy/service'
import type { Policy } from '../../../identity/policy/types'
import { signInUrlOf } from '../../../identity/tenant/rules'
import { tenantById } from '../../../identity/tenant/service'
import { userTypeOf } from '../../../identity/user/rules'
import { managersOf, peopleByIds } from '../../../identity/user/service'
import type { TenantView, UserType } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import type { MailOrder } from '../../../messaging/mail/types'
import { remindOfDeadline } from '../../invitation/remind/service'
import {
  ASK_AGAIN,
  expiryOf,
  MILESTONES,
  milestoneAt,
  readReminderPosition,
  reminderTo,
  slotOf,
  typesOf,
  writeReminderPosition,
} from '../rules'
import {
  findRoundWork,
  hasRound,
  insertRound,
  listActive,
  listInvitedTo,
  listPickedSince,
  listTenantsWithDay,
  updateRoundFinished,
  updateRoundLease,
  updateRoundPosition,
} from '../store'
import type { ReminderPosition, ReminderRound } from '../types'

/** How long a worker may be silent before another goes on. */
const ROUND_LEASE = minutes(2)
/** Mails of one transaction. */
const PART_MAILS = 200
/** The same to invited people, each of whom takes more writes. */
const PART_INVITED = 50

/** For the worker: begins the rounds whose time is now, and goes on with one. Gives whether there was any. */
export async function sendReminders(deps: Deps, stopped: () => boolean): Promise<boolean> {
  await beginDueRounds(deps, stopped)
  const now = deps.clock.now()
  const work = await findRoundWork(deps.db, now)
  if (work === null || stopped()) return false
  const token = newToken(deps.random)
  if (!(await updateRoundLease(deps.db, work.id, { token, until: later(now, ROUND_LEASE) }, now))) return false
  await goThrough(deps, work, token, stopped)
  return true
}

async function beginDueRounds(deps: Deps, stopped: () => boolean): Promise<void> {
  const now = deps.clock.now()
  const longest = Math.max(...MILESTONES)
  for (const tenantId of await listTenantsWithDay(deps.db, now, later(now, days(longest)))) {
    if (stopped()) return
    await orPassOver(() => beginRoundsOf(deps, tenantId, now))
  }
}

async function beginRoundsOf(deps: Deps, tenantId: string, now: Date): Promise<void> {
  const [tenant, policy] = await Promise.all([tenantById(deps, tenantId), policyById(deps.db, tenantId)])
  if (tenant === null) return
  for (const { userType, milestone, slot } of dueIn(tenant, policy, now)) {
    if (await hasRound(deps.db, { tenantId, slot })) continue
    await transact(deps, async (deps) => {
      await lockTenant(deps.db, tenantId)
      if (await hasRound(deps.db, { tenantId, slot })) return
      const owners = await managersOf(deps, tenantId, ['owner'])
      const asked = { askedById: null, askedByName: null }
      // For those who chose no language.
      const locale = owners.map(({ reader }) => reader.locale).find((each) => each !== null) ?? null
      const id = newId(now, deps.random)
      await insertRound(deps.db, { id, tenantId, slot, userType, milestone, ...asked, locale, createdAt: now })
    })
  }
}

function dueIn(tenant: TenantView, policy: Policy, now: Date) {
  return (['team', 'end'] as const).flatMap((userType) => {
    const deadline = remindedUntil(tenant, policy[userType])
    const milestone = deadline && milestoneAt(deadline, now)
    return deadline === null || milestone === null
      ? []
      : [{ userType, milestone, slot: slotOf(userType, deadline, milestone) }]
  })
}

/** A part of the round, and its place, in one transaction: whoever dies between two of them mails nobody twice. */
async function goThrough(deps: Deps, work: ReminderRound, token: string, stopped: () => boolean): Promise<void> {
  const tenant = await tenantById(deps, work.tenantId)
  const policy = await policyById(deps.db, work.tenantId)
  let from = work.position
  let mailed = work.mailed
  for (let at: ReminderPosition | null = readReminderPosition(from); at !== null && tenant !== null; ) {
    if (stopped()) return
    const { orders, invited, next }: Part = await partOf(deps, { work, tenant, policy }, at)
    const position: string = writeReminderPosition(next)
    const scope = { id: work.id, token, from }
    const leasedUntil = later(deps.clock.now(), ROUND_LEASE)
    const kept = await transactResult(deps, async (deps): Promise<Result<number, 'not_ours'>> => {
      const reminding = { tenant, roundId: work.id, locale: work.locale }
      const count = orders.length + (await remindOfDeadline(deps, reminding, invited))
      if (!(await updateRoundPosition(deps.db, scope, { position, mailed: count, leasedUntil }))) return err('not_ours')
      for (const order of orders) await enqueueMail(deps, { ...order, roundId: work.id })
      return ok(count)
    })
    if (!kept.ok) return
    from = position
    mailed += kept.value
    at = next
    await nextTurn()
  }
  await transact(deps, async (deps) => {
    if (!(await updateRoundFinished(deps.db, { id: work.id, token }, deps.clock.now()))) return
    await recordEvent(deps, {
      tenantId: work.tenantId,
      kind: 'reminders_made',
      actor: { kind: 'system' },
      data: {
        mailed,
        ...(work.milestone === null ? {} : { daysBefore: work.milestone }),
        ...(work.userType === null ? {} : { of: work.userType }),
      },
    })
  })
}

interface Part {
  orders: readonly MailOrder[]
  invited: Parameters<typeof remindOfDeadline>[2]
  next: ReminderPosition | null
}

interface Round {
  work: ReminderRound
  tenant: TenantView
  policy: Policy
}

function partOf(deps: Deps, round: Round, at: ReminderPosition): Promise<Part> {
  return at.section === 'members' ? membersFrom(deps, round, at.after) : invitedFrom(deps, round, at.after)
}

/** Those of whom something is still asked, as `coverageOf` says now: whoever has enrolled meanwhile is not mailed. */
async function membersFrom(deps: Deps, { work, tenant, policy }: Round, after: string): Promise<Part> {
  const { db } = deps
  const now = deps.clock.now()
  const scope = { tenantId: tenant.id, userTypes: typesOf(work.userType, policy) }
  const rows = await passOver((without) => listActive(db, scope, after, PART_MAILS, without))
  const found = new Map(rows.map((row) => [row.userId, row]))
  const userIds = rows.map(({ userId }) => userId)
  const people = await peopleByIds(db, userIds)
  // Nobody is reminded twice a day, of whom an admin did so by hand.
  const picked = new Set(await listPickedSince(db, { tenantId: tenant.id, userIds }, earlier(now, ASK_AGAIN)))
  const orders = people.flatMap((person): MailOrder[] => {
    const row = found.get(person.id)
    if (row === undefined) return []
    const coverage = coverageOf(factsOfKinds(person, readKinds(row.factorKinds), now), now)
    if (coverage.state !== 'setup_required' || picked.has(person.id)) return []
    return [
      reminderTo({ person, locale: work.locale, tenant, link: signInUrlOf(deps.publicUrl, tenant) }, coverage, now),
    ]
  })
  const last = rows.at(-1)
  const ended = last === undefined || rows.length < PART_MAILS
  return {
    orders,
    invited: [],
    next: ended ? { section: 'invited', after: '' } : { section: 'members', after: last.userId },
  }
}

/** Invited people who are still to accept; the invitation says what their mail can hold. */
async function invitedFrom(deps: Deps, { work, tenant, policy }: Round, after: string): Promise<Part> {
  const now = deps.clock.now()
  const scope = { tenantId: tenant.id, userTypes: typesOf(work.userType, policy) }
  const rows = await passOver((without) => listInvitedTo(deps.db, scope, after, PART_INVITED, without))
  const invited = rows.map(({ id, role }) => {
    const until = untilOf(tenant, policy, userTypeOf(role), now)
    return { id, until, expiresAt: expiryOf(until, now) }
  })
  const last = rows.at(-1)
  const ended = last === undefined || rows.length < PART_INVITED
  return { orders: [], invited, next: ended ? null : { section: 'invited', after: last.email } }
}

/** What the mail says; null where no day was named, or it is over. */
function untilOf(tenant: TenantView, policy: Policy, userType: UserType, now: Date): Date | null {
  const deadline = remindedUntil(tenant, policy[userType])
  return deadline === null || deadline <= now ? null : lastMomentOf(deadline)
}
