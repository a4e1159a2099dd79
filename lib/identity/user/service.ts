import type { DbOrTx, Tx } from '../../core/db'
import type { TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { enrolmentSummary, searchKey, surnameKey } from './rules'
import {
  countFactorsAndCodes,
  deleteMembership,
  findCounted,
  findEnrolment,
  findPersonByEmail,
  findPersonById,
  insertMembership,
  insertPeople,
  insertUser,
  listCounted,
  listCounts,
  listManagers,
  listPeopleByIds,
  lockUser,
  type StoredPassword,
  updateCodesKept,
  updateCodesOpen,
  updateCounts,
  updateEmail,
  updateEnrolment,
  updateExemptUntil,
  updateFactorVersion,
  updateLocale,
  updateNeedsFullRead,
  updateOwnTwoFactor,
  updateRole,
  updateSecondFactorSince,
  updateSignedIn,
  updateSuspended,
  updateTwoFactorOn,
  updateUser,
} from './store'
import type { Counted, Person, Role, UserType } from './types'

/**
 * Keeps what lists, counters and readiness are served from in step with a person's factors and saved codes (M4, M6, P9).
 * To be called after each change of either, in its transaction.
 */
export async function followFactors(tx: Tx, userId: string, now: Date): Promise<void> {
  await updateFactorVersion(tx, userId)
  const { kinds, codes } = await countFactorsAndCodes(tx, userId)
  const summary = enrolmentSummary(kinds, codes)
  const before = await listCounted(tx, userId)
  await updateEnrolment(tx, userId, summary, now)
  await move(tx, before, { factorKinds: summary.factorKinds })
}

async function move(
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

/** Taken before any other counter of the tenant: two transactions that move people to and fro wait, and do not block. */
function holdCounters(tx: Tx, tenantId: string): Promise<void> {
  return updateCounts(tx, { tenantId, userType: 'team', ...NOTHING_ENROLLED }, 0)
}

export interface PersonWithPassword {
  person: Person
  password: StoredPassword | null
}

export function personByEmail(db: DbOrTx, email: string): Promise<PersonWithPassword | null> {
  return findPersonByEmail(db, email)
}

export function personById(db: DbOrTx, id: string): Promise<PersonWithPassword | null> {
  return findPersonById(db, id)
}

export function peopleByIds(db: DbOrTx, ids: readonly string[]): Promise<Person[]> {
  return listPeopleByIds(db, ids)
}

/** Once more than mail was proved, the mailbox counts again (S20). */
export function noteSignIn(
  tx: Tx,
  person: Pick<Person, 'id' | 'passwordResetByMailAt'>,
  now: Date,
  proved: { withFactor: boolean; mailCountsAgain: boolean },
): Promise<void> {
  return updateSignedIn(tx, person.id, {
    lastSignInAt: now,
    ...(proved.withFactor ? { lastSecondFactorAt: now } : {}),
    ...(proved.mailCountsAgain && person.passwordResetByMailAt !== null ? { passwordResetByMailAt: null } : {}),
  })
}

/** A step-up by more than mail says the same (S20). */
export function noteMailCountsAgain(tx: Tx, userId: string): Promise<void> {
  return updateUser(tx, userId, { passwordResetByMailAt: null })
}

/** A new password meets the demand for one (D9); `byMailAt` when a mailed link was all that was proved (S20). */
export function notePasswordSet(tx: Tx, userId: string, { byMailAt }: { byMailAt: Date | null }): Promise<void> {
  return updateUser(tx, userId, {
    passwordDemandedAt: null,
    ...(byMailAt === null ? {} : { passwordResetByMailAt: byMailAt }),
  })
}

/** Every page leads to one form until a new one is set (D9). */
export function demandPassword(tx: Tx, userId: string, now: Date): Promise<void> {
  return updateUser(tx, userId, { passwordDemandedAt: now })
}

/** What is known or trusted of this person by now is neither any more (D4); one write. */
export function voidDevices(tx: Tx, userId: string, now: Date): Promise<void> {
  return updateUser(tx, userId, { trustVoidedAt: now })
}

/** What an admin reset is over (E9): the person enrolled again, or turned 2FA off. */
export function endReset(tx: Tx, userId: string): Promise<void> {
  return updateUser(tx, userId, { factorsResetAt: null })
}

/** Nothing is enrolled any more, and the password alone does nothing until something is (R5, E9). */
export async function noteReset(tx: Tx, person: Person, now: Date): Promise<void> {
  await updateUser(tx, person.id, { factorsResetAt: now, trustVoidedAt: now })
  await updateCodesOpen(tx, person.id, null)
  await followFactors(tx, person.id, now)
}

/** Throws a unique violation when somebody has the address (R11); `givenAt` when it is somebody else's choice. */
export async function setEmail(tx: Tx, userId: string, email: string, givenAt: Date | null): Promise<void> {
  await updateEmail(tx, userId, { email, addressGivenAt: givenAt }, searchKey(email))
}

/** The first factor ever (S6), and a set of codes that is still to be typed back (E4). */
export async function noteFirstFactor(tx: Tx, person: Person, now: Date): Promise<void> {
  await updateSecondFactorSince(tx, person.id, now)
  if (person.factorsResetAt !== null) await endReset(tx, person.id)
  await followFactors(tx, person.id, now)
}

/** The person has the codes whose `number` was typed back (E4); false when a newer set came in between. */
export function keepCodes(tx: Tx, userId: string, number: number, now: Date): Promise<boolean> {
  return updateCodesKept(tx, userId, number, now)
}

/** A new set is to be typed back by this number (E4, R2); null when a new set is still to be made. */
export function noteCodesOpen(tx: Tx, userId: string, number: number | null): Promise<void> {
  return updateCodesOpen(tx, userId, number)
}

/** U4; false when it was so already. */
export async function setTwoFactorOn(tx: Tx, userId: string, on: boolean): Promise<boolean> {
  if (!(await updateTwoFactorOn(tx, userId, on))) return false
  const before = await listCounted(tx, userId)
  await updateOwnTwoFactor(tx, userId, on)
  await move(tx, before, { ownTwoFactor: on })
  return true
}

export function chooseLocale(db: DbOrTx, userId: string, locale: string): Promise<void> {
  return updateLocale(db, userId, locale)
}

/** How many active people of a tenant are alike in all that decides (P2). */
export function peopleAlike(db: DbOrTx, tenantId: string) {
  return listCounts(db, tenantId)
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
  await updateFactorVersion(deps.db, userId)
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
    nameKey: searchKey(person.name),
    surnameKey: surnameKey(person.name),
    emailKey: searchKey(person.email),
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

/** Many people without a factor at once, each with a home membership in one tenant, counted (P9). */
export async function addPeople(
  tx: Tx,
  tenantId: string,
  people: readonly { user: Parameters<typeof insertUser>[1]; membership: Parameters<typeof insertMembership>[1] }[],
): Promise<void> {
  const memberships = people.map(({ membership }) => membership)
  await insertPeople(
    tx,
    people.map(({ user }) => user),
    memberships,
  )
  for (const userType of ['team', 'end'] as const) {
    const count = memberships.filter((membership) => membership.userType === userType).length
    if (count === 0) continue
    await holdCounters(tx, tenantId)
    await updateCounts(tx, { tenantId, userType, ...NOTHING_ENROLLED }, count)
  }
}

/** Counters are of people who are active (P9); false when it was so already. */
export async function setSuspended(
  tx: Tx,
  scope: { tenantId: string; userId: string },
  suspended: boolean,
  now: Date,
): Promise<boolean> {
  if (!(await updateSuspended(tx, scope, suspended, now))) return false
  const counted = await findCounted(tx, scope)
  if (counted === null) return true
  await holdCounters(tx, scope.tenantId)
  await updateCounts(tx, countedOf(counted), counted.suspended ? -1 : 1)
  return true
}

/** A membership of one role gets another, and counts for that one's user type (P9); false when it has another by now. */
export async function setRole(
  tx: Tx,
  scope: { tenantId: string; userId: string; role: Role },
  to: { role: Role; userType: UserType },
): Promise<boolean> {
  const before = await findCounted(tx, { tenantId: scope.tenantId, userId: scope.userId })
  if (!(await updateRole(tx, scope, to))) return false
  if (before !== null) await move(tx, [before], { userType: to.userType })
  return true
}

/** Until when somebody is exempt, where lists and sign-ins read it (U9). */
export function setExemptUntil(
  tx: Tx,
  scope: { tenantId: string; userId: string },
  exemptUntil: Date | null,
): Promise<void> {
  return updateExemptUntil(tx, scope, exemptUntil)
}

/** Acts on one person come one after the other: their row is held until the transaction ends. */
export function lockPerson(tx: Tx, userId: string): Promise<void> {
  return lockUser(tx, userId)
}

/** No more than this many are mailed of one event. */
const MAX_TOLD = 50

/** Those who look after a tenant, as mails go to them. */
export async function managersOf(tx: Tx, tenantId: string, roles: readonly Role[] = ['owner', 'admin']) {
  const rows = await listManagers(tx, tenantId, roles, MAX_TOLD)
  return rows.map(({ userId, role, user }) => ({
    userId,
    role,
    name: user.name,
    reader: { to: user.email, userId, tenantId: user.tenantId, locale: user.locale },
  }))
}
