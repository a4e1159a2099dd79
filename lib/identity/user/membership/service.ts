// Above 300 lines: what counters count has one keeper, and each change of it moves rows and counters together.

import { type Db, type DbOrTx, type Tx, transact } from '../../../core/db'
import type { TransactionDeps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { writeKinds } from '../../policy/rules'
import type { FactorKind } from '../../policy/types'
import { emailKey, enrolmentSummary, lookKey, nameKeys } from '../rules'
import {
  consumeLoss,
  countFactorsAndCodes,
  countGuests,
  deleteFactorRows,
  deleteMembership,
  findCounted,
  findEnrolment,
  findOpenVoid,
  findPersonById,
  findToLose,
  findVoidUnderWay,
  insertLoss,
  insertMembership,
  insertPeople,
  insertUser,
  listCounted,
  listCounts,
  listCountsBelow,
  listHomeIds,
  listLosses,
  listSpellings,
  listVoided,
  listWithoutLookKey,
  updateCounts,
  updateEnrolment,
  updateExemptUntil,
  updateFactorsSettled,
  updateFactorVersion,
  updateKeys,
  updateNeedsFullRead,
  updateOwnTwoFactor,
  updateRole,
  updateSuspended,
} from '../store'
import type { Counted, FactorLossRow, Person, Role, UserType } from '../types'

/**
 * Brings the rows of a person into step with 2FA that was turned off for the home tenant (P6), before anything new is
 * written of their factors, codes or counters: what they had is deleted, and noted until they are told. Counters of the
 * home tenant were set when it was turned off, those of hosts follow here. Gives whether there was anything to do.
 */
export async function settleFactors(tx: Tx, userId: string): Promise<boolean> {
  await updateFactorVersion(tx, userId)
  const mark = await findOpenVoid(tx, userId)
  if (mark === null) return false
  const before = await holdCountersOf(tx, userId)
  const { tenantId, kinds, codes, own } = await findToLose(tx, userId, mark)
  if (!(await updateFactorsSettled(tx, userId, mark))) return false
  if (kinds.length > 0 || codes > 0 || own) {
    const lost = { kinds: writeKinds(kinds), factors: kinds.length, codes, own }
    await insertLoss(tx, { userId, tenantId, voidedAt: mark, ...lost })
  }
  await deleteFactorRows(tx, userId)
  await updateEnrolment(tx, userId, { factorKinds: '', enrolled: false, atRisk: false }, mark)
  await updateOwnTwoFactor(tx, userId, false)
  await moveCounters(
    tx,
    before.filter((each) => each.tenantId !== tenantId),
    NOTHING_ENROLLED,
  )
  return true
}

/**
 * The same where the person's counters are about to move and their tenants are not held: whoever turns 2FA off holds
 * the counters as well, so that it is either done before or seen here. Always in the order of the tenants.
 */
export async function settleAndHold(tx: Tx, userId: string): Promise<void> {
  await updateFactorVersion(tx, userId)
  await holdCountersOf(tx, userId)
  await settleFactors(tx, userId)
}

async function holdCountersOf(tx: Tx, userId: string) {
  const counted = await listCounted(tx, userId)
  for (const { tenantId } of counted) await holdCounters(tx, tenantId)
  return counted
}

/** What somebody lost by it and is still to be told of; each is given once. */
export async function takeLosses(tx: Tx, userId: string): Promise<FactorLossRow[]> {
  const taken: FactorLossRow[] = []
  for (const loss of await listLosses(tx, userId)) if (await consumeLoss(tx, loss)) taken.push(loss)
  return taken
}

/** Whether what rows say of this person's factors and codes is over (P6). */
export async function areFactorsVoided(db: DbOrTx, userId: string): Promise<boolean> {
  return (await findOpenVoid(db, userId)) !== null
}

/** The mark of a tenant while the rows of its people are being brought into step with it; null at all other times. */
export async function openVoid(db: DbOrTx, tenantId: string): Promise<Date | null> {
  return (await findVoidUnderWay(db, tenantId))?.voidedAt ?? null
}

/** Of which of these people that is so. */
export async function voidedAmong(db: DbOrTx, userIds: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set(userIds.length === 0 ? [] : await listVoided(db, userIds))
}

/**
 * The counters of a tenant whose home people have nothing from now on (P6): a row for each way to be alike, however
 * many people there are; guests stay as they were. Gives how many had something. To be called before the mark is
 * written, in its transaction, which others wait for at the counters.
 */
export async function voidCounters(tx: Tx, tenantId: string): Promise<{ enrolled: number; own: number }> {
  await holdCounters(tx, tenantId)
  const lost = { enrolled: 0, own: 0 }
  for (const { people, ...counted } of await peopleAtHome(tx, tenantId)) {
    if (counted.factorKinds === '' && !counted.ownTwoFactor) continue
    if (counted.factorKinds !== '') lost.enrolled += people
    if (counted.ownTwoFactor) lost.own += people
    await updateCounts(tx, counted, -people)
    await updateCounts(tx, { tenantId, userType: counted.userType, ...NOTHING_ENROLLED }, people)
  }
  return lost
}

/** How many active people who are at home in a tenant are alike: its counters, without its guests. */
export async function peopleAtHome(db: DbOrTx, tenantId: string) {
  const all = await listCounts(db, [tenantId])
  const guests = await countGuests(db, tenantId)
  return all
    .map((each) => {
      const alike = guests.find(
        ({ userType, factorKinds, ownTwoFactor }) =>
          userType === each.userType && factorKinds === each.factorKinds && ownTwoFactor === each.ownTwoFactor,
      )
      return { ...each, people: each.people - (alike?.people ?? 0) }
    })
    .filter(({ people }) => people > 0)
}

/** For the worker that brings them into step (P6): the next of those who were at home by the time of the mark. */
export function homePeople(db: DbOrTx, scope: { tenantId: string; mark: Date; after: string }, limit: number) {
  return listHomeIds(db, scope, limit)
}

/**
 * Keeps what lists, counters and readiness are served from in step with a person's factors and saved codes (M4, M6,
 * P9). To be called after each change of either, in its transaction.
 */
export async function followFactors(tx: Tx, userId: string, now: Date): Promise<void> {
  await settleAndHold(tx, userId)
  const { kinds, codes } = await countFactorsAndCodes(tx, userId)
  const summary = enrolmentSummary(kinds, codes)
  const before = await listCounted(tx, userId)
  await updateEnrolment(tx, userId, summary, now)
  await moveCounters(tx, before, { factorKinds: summary.factorKinds })
}

export async function moveCounters(
  tx: Tx,
  memberships: readonly (Counted & { suspended: boolean })[],
  to: Partial<Pick<Counted, 'factorKinds' | 'ownTwoFactor' | 'userType'>>,
): Promise<void> {
  for (const { suspended, ...from } of memberships) {
    const after = { ...from, ...to }
    const moved = after.factorKinds !== from.factorKinds || after.ownTwoFactor !== from.ownTwoFactor
    if (suspended || !(moved || after.userType !== from.userType)) continue
    await holdCounters(tx, from.tenantId)
    await updateCounts(tx, from, -1)
    await updateCounts(tx, after, 1)
  }
}

/**
 * Taken before any other counter of the tenant: two transactions that move people to and fro wait, and do not block.
 */
function holdCounters(tx: Tx, tenantId: string): Promise<void> {
  return updateCounts(tx, { tenantId, userType: 'team', ...NOTHING_ENROLLED }, 0)
}

/** How many active people of a tenant are alike in all that decides (P2). */
export function peopleAlike(db: DbOrTx, ...tenantIds: readonly string[]) {
  return listCounts(db, tenantIds)
}

/** The same of every tenant below another. */
export function peopleAlikeBelow(db: DbOrTx, ancestorId: string) {
  return listCountsBelow(db, ancestorId)
}

/** Those of these names that differ from another one of the tenant by look-alike letters alone (UTS 39). */
export async function lookAlikesAmong(
  db: DbOrTx,
  tenantId: string,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set()
  const spellings = new Map<string, number>()
  for (const { lookKey: key } of await listSpellings(db, tenantId, [...new Set(names.map(lookKey))])) {
    spellings.set(key, (spellings.get(key) ?? 0) + 1)
  }
  return new Set(names.filter((name) => (spellings.get(lookKey(name)) ?? 0) > 1))
}

/** For the cleaning: what people of an earlier version are found by; gives how many. */
export async function fillKeys({ db }: { db: Db }, limit: number): Promise<number> {
  const rows = await listWithoutLookKey(db, limit)
  await transact({ db }, async ({ db }) => {
    for (const { id, user } of rows) {
      await updateKeys(db, id, { ...nameKeys(user.name), emailKey: emailKey(user.email) })
    }
  })
  return rows.length
}

/** A person with a home membership, counted (P9). */
export async function addPerson(
  tx: Tx,
  row: { user: Parameters<typeof insertUser>[1]; membership: Parameters<typeof insertMembership>[1] },
): Promise<void> {
  await insertUser(tx, row.user)
  await insertMembership(tx, row.membership)
  const { tenantId, userType } = row.membership
  await holdCounters(tx, tenantId)
  await updateCounts(tx, { tenantId, userType, ...NOTHING_ENROLLED }, 1)
}

/** A guest's membership (U6); what lists and counters are served from comes from the person as they are now (P9). */
export async function addMembership(
  deps: TransactionDeps<'clock' | 'random'>,
  { id: userId }: Pick<Person, 'id'>,
  { tenantId, role, userType }: { tenantId: string; role: Role; userType: UserType },
): Promise<void> {
  const now = deps.clock.now()
  // Held, and read again: factors and choice may have changed since.
  await settleFactors(deps.db, userId)
  const person = (await findPersonById(deps.db, userId))?.person
  if (person === undefined) throw new Error('a member without a person')
  const summary = await findEnrolment(deps.db, { tenantId: person.tenantId, userId: person.id })
  const { enrolledAt = null, enrolled = false, factorKinds = '' } = summary ?? {}
  await insertMembership(deps.db, {
    id: newId(now, deps.random),
    tenantId,
    userId: person.id,
    role,
    userType,
    ...nameKeys(person.name),
    emailKey: emailKey(person.email),
    createdAt: now,
    enrolledAt,
    enrolled,
    factorKinds,
    ownTwoFactor: person.twoFactorOn,
  })
  await updateNeedsFullRead(deps.db, person.id)
  await holdCounters(deps.db, tenantId)
  await updateCounts(deps.db, { tenantId, userType, factorKinds, ownTwoFactor: person.twoFactorOn }, 1)
}

/** The end of a membership, and of its place in the counters (U6, P9); false where there is none. */
export async function dropMembership(tx: Tx, scope: { tenantId: string; userId: string }): Promise<boolean> {
  await settleFactors(tx, scope.userId)
  const before = await findCounted(tx, scope)
  if (!(await deleteMembership(tx, scope))) return false
  if (before !== null && !before.suspended) {
    await holdCounters(tx, before.tenantId)
    await updateCounts(tx, countedOf(before), -1)
  }
  await updateNeedsFullRead(tx, scope.userId)
  return true
}

const NOTHING_ENROLLED = { factorKinds: '', ownTwoFactor: false }

function countedOf({ tenantId, userType, factorKinds, ownTwoFactor }: Counted): Counted {
  return { tenantId, userType, factorKinds, ownTwoFactor }
}

/** Confirmed factors and saved codes that somebody comes with from elsewhere (X8). */
export interface Brought {
  kinds: readonly FactorKind[]
  codes: number
}

interface Arrival {
  user: Parameters<typeof insertUser>[1]
  membership: Parameters<typeof insertMembership>[1]
  brought: Brought | null
}

/**
 * Many people at once, each with a home membership in one tenant, counted (P9). A factor that was brought along counts,
 * and is asked for as it was where it comes from (S6); without codes that were brought along as well, the person makes
 * some at the next sign-in (E4).
 */
export async function addPeople(tx: Tx, tenantId: string, people: readonly Arrival[]): Promise<void> {
  const rows = people.map(arrivalOf)
  await insertPeople(
    tx,
    rows.map(({ user }) => user),
    rows.map(({ membership }) => membership),
  )
  if (rows.length === 0) return
  const alike = new Map<string, { counted: Counted; people: number }>()
  for (const { membership } of rows) {
    const { userType, factorKinds, ownTwoFactor } = membership
    const key = `${userType} ${factorKinds} ${ownTwoFactor}`
    const counted = { tenantId, userType, factorKinds, ownTwoFactor }
    alike.set(key, { counted, people: (alike.get(key)?.people ?? 0) + 1 })
  }
  await holdCounters(tx, tenantId)
  for (const each of alike.values()) await updateCounts(tx, each.counted, each.people)
}

function arrivalOf({ user, membership, brought }: Arrival) {
  if (brought === null) return { user, membership: { ...membership, ...NOTHING_ENROLLED } }
  const now = user.createdAt
  const summary = enrolmentSummary(brought.kinds, brought.codes)
  return {
    user: { ...user, twoFactorOn: true, secondFactorSince: now, recoveryCodesAt: brought.codes > 0 ? now : null },
    membership: { ...membership, ...summary, enrolledAt: now, ownTwoFactor: true },
  }
}

/** Counters are of people who are active (P9); false when it was so already. */
export async function setSuspended(
  tx: Tx,
  scope: { tenantId: string; userId: string },
  suspended: boolean,
  now: Date,
): Promise<boolean> {
  await settleFactors(tx, scope.userId)
  if (!(await updateSuspended(tx, scope, suspended, now))) return false
  const counted = await findCounted(tx, scope)
  if (counted === null) return true
  await holdCounters(tx, scope.tenantId)
  await updateCounts(tx, countedOf(counted), counted.suspended ? -1 : 1)
  return true
}

/**
 * A membership of one role gets another, and counts for that one's user type (P9); false when it has another by now.
 */
export async function setRole(
  tx: Tx,
  scope: { tenantId: string; userId: string; role: Role },
  to: { role: Role; userType: UserType },
): Promise<boolean> {
  await settleFactors(tx, scope.userId)
  const before = await findCounted(tx, { tenantId: scope.tenantId, userId: scope.userId })
  if (!(await updateRole(tx, scope, to))) return false
  if (before !== null) await moveCounters(tx, [before], { userType: to.userType })
  return true
}

/** Until when somebody is exempt (U9) or has more time (P8), where lists and sign-ins read it. */
export function setExemptUntil(
  tx: Tx,
  scope: { tenantId: string; userId: string },
  until: { exemptUntil: Date | null; moreTimeUntil: Date | null },
): Promise<void> {
  return updateExemptUntil(tx, scope, until)
}
