import type { DbOrTx } from '../db'
import type { Deps } from '../deps'
import { newId } from '../kernel/ids'
import { searchKey, surnameKey } from './rules'
import {
  findEnrolledAt,
  findPersonByEmail,
  findPersonById,
  insertMembership,
  insertUser,
  listCounts,
  type StoredPassword,
  updateCodesKept,
  updateCodesOpen,
  updateCounts,
  updateEmail,
  updateEnrolled,
  updateFactorVersion,
  updateLocale,
  updateSecondFactorSince,
  updateSignedIn,
  updateTwoFactorOn,
  updateUser,
} from './store'
import type { MembershipView, Person, Role, UserType } from './types'

/** Keeps the columns and counters that lists and progress are served from in step with a person's factors (P9). */
export async function noteEnrolled(tx: DbOrTx, person: Person, enrolledAt: Date | null): Promise<void> {
  for (const membership of person.memberships) await noteMembership(tx, person.id, membership, enrolledAt)
}

async function noteMembership(tx: DbOrTx, userId: string, membership: MembershipView, enrolledAt: Date | null) {
  const scope = { tenantId: membership.tenant.id, userId }
  if (!(await updateEnrolled(tx, scope, enrolledAt)) || membership.suspended) return
  await updateCounts(
    tx,
    { tenantId: scope.tenantId, userType: membership.userType },
    { enrolled: enrolledAt === null ? -1 : 1 },
  )
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

/** S20: once more than mail was proved, the mailbox counts again. */
export function noteSignIn(
  tx: DbOrTx,
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

/** S20: a step-up by more than mail says the same. */
export function noteMailCountsAgain(tx: DbOrTx, userId: string): Promise<void> {
  return updateUser(tx, userId, { passwordResetByMailAt: null })
}

/** A new password meets the demand for one (D9); `byMailAt` when a mailed link was all that was proved (S20). */
export function notePasswordSet(tx: DbOrTx, userId: string, { byMailAt }: { byMailAt: Date | null }): Promise<void> {
  return updateUser(tx, userId, {
    passwordDemandedAt: null,
    ...(byMailAt === null ? {} : { passwordResetByMailAt: byMailAt }),
  })
}

/** D9. */
export function demandPassword(tx: DbOrTx, userId: string, now: Date): Promise<void> {
  return updateUser(tx, userId, { passwordDemandedAt: now })
}

/** D4: what is known or trusted of this person by now is neither any more; one write. */
export function voidDevices(tx: DbOrTx, userId: string, now: Date): Promise<void> {
  return updateUser(tx, userId, { trustVoidedAt: now })
}

/** E9: what an admin reset is over: the person enrolled again, or turned 2FA off. */
export function endReset(tx: DbOrTx, userId: string): Promise<void> {
  return updateUser(tx, userId, { factorsResetAt: null })
}

/** R5, E9: nothing is enrolled any more, and the password alone does nothing until something is. */
export async function noteReset(tx: DbOrTx, person: Person, now: Date): Promise<void> {
  await updateUser(tx, person.id, { factorsResetAt: now, trustVoidedAt: now })
  await updateCodesOpen(tx, person.id, null)
  await noteEnrolled(tx, person, null)
}

/** R11: throws a unique violation when somebody has the address; `givenAt` when it is somebody else's choice. */
export async function setEmail(tx: DbOrTx, userId: string, email: string, givenAt: Date | null): Promise<void> {
  await updateEmail(tx, userId, { email, addressGivenAt: givenAt }, searchKey(email))
}

/** The first factor ever (S6), and a set of codes that is still to be typed back (E4). */
export async function noteFirstFactor(tx: DbOrTx, person: Person, now: Date): Promise<void> {
  await updateSecondFactorSince(tx, person.id, now)
  if (person.factorsResetAt !== null) await endReset(tx, person.id)
  await noteEnrolled(tx, person, now)
}

/** E4: the person has the codes whose `number` was typed back; false when a newer set came in between. */
export function keepCodes(tx: DbOrTx, userId: string, number: number, now: Date): Promise<boolean> {
  return updateCodesKept(tx, userId, number, now)
}

/** E4, R2: a new set is to be typed back by this number; null when a new set is still to be made. */
export function noteCodesOpen(tx: DbOrTx, userId: string, number: number | null): Promise<void> {
  return updateCodesOpen(tx, userId, number)
}

/** U4; false when it was so already. */
export function setTwoFactorOn(tx: DbOrTx, userId: string, on: boolean): Promise<boolean> {
  return updateTwoFactorOn(tx, userId, on)
}

export function chooseLocale(db: DbOrTx, userId: string, locale: string): Promise<void> {
  return updateLocale(db, userId, locale)
}

/** P9: how many of how many, per user type. */
export async function enrolmentProgress(
  db: DbOrTx,
  tenantId: string,
): Promise<Record<UserType, { people: number; enrolled: number }>> {
  const rows = await listCounts(db, tenantId)
  const of = (type: UserType) => {
    const row = rows.find((each) => each.userType === type)
    return { people: row?.people ?? 0, enrolled: row?.enrolled ?? 0 }
  }
  return { team: of('team'), end: of('end') }
}

/** A person with a home membership, counted (P9). */
export async function addPerson(
  tx: DbOrTx,
  row: { user: Parameters<typeof insertUser>[1]; membership: Parameters<typeof insertMembership>[1] },
): Promise<void> {
  await insertUser(tx, row.user)
  await insertMembership(tx, row.membership)
  const { tenantId, userType } = row.membership
  await updateCounts(tx, { tenantId, userType }, { people: 1 })
}

/** U6: a guest's membership; what lists and counters are served from comes from the person as they are now (P9). */
export async function addMembership(
  tx: DbOrTx,
  deps: Pick<Deps, 'clock' | 'random'>,
  person: Person,
  { tenantId, role, userType }: { tenantId: string; role: Role; userType: UserType },
): Promise<void> {
  const now = deps.clock.now()
  const enrolledAt = await findEnrolledAt(tx, { tenantId: person.tenantId, userId: person.id })
  await insertMembership(tx, {
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
    enrolled: enrolledAt !== null,
    ownTwoFactor: person.twoFactorOn,
  })
  await updateCounts(tx, { tenantId, userType }, { people: 1, ...(enrolledAt === null ? {} : { enrolled: 1 }) })
}

/** P9: the counters that progress is served from. */
export function countPeople(
  tx: DbOrTx,
  scope: { tenantId: string; userType: UserType },
  change: { people?: number; enrolled?: number },
): Promise<void> {
  return updateCounts(tx, scope, change)
}

export function oneFactorChangeAtATime(tx: DbOrTx, userId: string): Promise<void> {
  return updateFactorVersion(tx, userId)
}
