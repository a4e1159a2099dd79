import { type DbOrTx, passOver, type Tx } from '../../core/db'
import type { TransactionDeps } from '../../core/deps'
import { isUnreadableRow, type UnreadableRow } from '../../core/kernel/unreadable'
import { lockTenant } from '../policy/service'
import { followFactors, moveCounters, settleAndHold, settleFactors } from './membership/service'
import { emailKey, nameKeys } from './rules'
import {
  findPersonByEmail,
  findPersonById,
  findZone,
  listCounted,
  listManagers,
  listPeopleByIds,
  lockUser,
  type StoredPassword,
  updateCodesKept,
  updateCodesOpen,
  updateEmail,
  updateLocale,
  updateNameAndLocale,
  updateNeedsFullRead,
  updateOwnTwoFactor,
  updateSecondFactorSince,
  updateService,
  updateSignedIn,
  updateTwoFactorOn,
  updateUser,
  updateZone,
} from './store'
import type { Person, Role } from './types'

export interface PersonWithPassword {
  person: Person
  password: StoredPassword | null
}

export async function personByEmail(db: DbOrTx, email: string): Promise<PersonWithPassword | null> {
  const found = await findPersonByEmail(db, email)
  return found === null ? null : { person: found.person(), password: found.password }
}

/**
 * The same for whoever has proved nothing yet: that something of a person cannot be read is told to nobody but them
 * (S13, N41), so it comes with the password that they have to know.
 */
export async function lookUpByEmail(
  db: DbOrTx,
  email: string,
): Promise<{ found: PersonWithPassword | null; unreadable: UnreadableRow | null; password: StoredPassword | null }> {
  const row = await findPersonByEmail(db, email)
  if (row === null) return { found: null, unreadable: null, password: null }
  const { password } = row
  try {
    return { found: { person: row.person(), password }, unreadable: null, password }
  } catch (error) {
    if (!isUnreadableRow(error)) throw error
    return { found: null, unreadable: error, password }
  }
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
  person: Pick<Person, 'id' | 'tenantId' | 'passwordResetByMailAt'>,
  now: Date,
  proved: { withFactor: boolean; mailCountsAgain: boolean },
): Promise<void> {
  return updateSignedIn(
    tx,
    { userId: person.id, tenantId: person.tenantId },
    {
      lastSignInAt: now,
      ...(proved.withFactor ? { lastSecondFactorAt: now } : {}),
      ...(proved.mailCountsAgain && person.passwordResetByMailAt !== null ? { passwordResetByMailAt: null } : {}),
    },
  )
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
  await settleFactors(tx, person.id)
  await updateUser(tx, person.id, { factorsResetAt: now, trustVoidedAt: now })
  await updateCodesOpen(tx, person.id, null)
  await followFactors(tx, person.id, now)
}

/** The password alone does nothing until something is enrolled or 2FA turned off, whatever there is (E9, R11). */
export async function demandProof(tx: Tx, userId: string, now: Date): Promise<void> {
  await settleFactors(tx, userId)
  await updateUser(tx, userId, { factorsResetAt: now })
}

/** Throws a unique violation when somebody has the address (R11); `givenAt` when it is somebody else's choice. */
export async function setEmail(tx: Tx, userId: string, email: string, givenAt: Date | null): Promise<void> {
  await updateEmail(tx, userId, { email, addressGivenAt: givenAt }, emailKey(email))
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
  await settleAndHold(tx, userId)
  if (!(await updateTwoFactorOn(tx, userId, on))) return false
  const before = await listCounted(tx, userId)
  await updateOwnTwoFactor(tx, userId, on)
  await moveCounters(tx, before, { ownTwoFactor: on })
  return true
}

export function chooseLocale(db: DbOrTx, userId: string, locale: string): Promise<void> {
  return updateLocale(db, userId, locale)
}

/** What somebody is called and reads, with what lists find them by; false where there is nothing to change any more. */
export async function setNameAndLanguage(
  tx: Tx,
  before: Pick<Person, 'id' | 'name' | 'locale'>,
  to: { name: string; locale: string | null },
): Promise<boolean> {
  if (to.name === before.name && to.locale === before.locale) return false
  return updateNameAndLocale(tx, before, to, nameKeys(to.name))
}

/** The zone that times are shown in; null for that of the home tenant (X10). */
export function chooseZone(db: DbOrTx, userId: string, timeZone: string | null): Promise<void> {
  return updateZone(db, userId, timeZone)
}

export function chosenZone(db: DbOrTx, userId: string): Promise<string | null> {
  return findZone(db, userId)
}

/**
 * A service account until then (U8). What password there will be comes by mail, so that the mailbox proves nothing
 * beside it (S20). False when somebody else was faster.
 */
export async function beginService(
  tx: Tx,
  person: Pick<Person, 'id' | 'kind' | 'serviceUntil'>,
  { until, reason, byId }: { until: Date; reason: string; byId: string },
  now: Date,
): Promise<boolean> {
  const given = { serviceSince: now, serviceUntil: until, serviceReason: reason, serviceById: byId }
  const data = { kind: 'service' as const, ...given, passwordResetByMailAt: now }
  if (!(await updateService(tx, person.id, person, data))) return false
  await updateNeedsFullRead(tx, person.id)
  return true
}

/** A person again, before the end that was set (U8); false when somebody else was faster. */
export async function endService(tx: Tx, person: Pick<Person, 'id' | 'kind' | 'serviceUntil'>): Promise<boolean> {
  const none = { serviceSince: null, serviceUntil: null, serviceReason: null, serviceById: null }
  if (!(await updateService(tx, person.id, person, { kind: 'person', ...none }))) return false
  await updateNeedsFullRead(tx, person.id)
  return true
}

/** Acts on one person come one after the other: their row is held until the transaction ends. */
export function lockPerson(tx: Tx, userId: string): Promise<void> {
  return lockUser(tx, userId)
}

/** The same of several, always in one order, so that no two wait for each other. */
export async function lockPeople(tx: Tx, userIds: readonly string[]): Promise<void> {
  for (const userId of [...new Set(userIds)].toSorted()) await lockUser(tx, userId)
}

/**
 * The person as they are now, with what their tenants ask now: neither changes until the transaction ends. Tenants are
 * held in one order, and before the person, as where an admin acts on somebody. Of a membership given in this very
 * moment the policy is read and not held.
 */
export async function lockedPerson(tx: Tx, before: Person): Promise<Person | null> {
  const tenants = before.memberships.map(({ tenant }) => tenant.id).toSorted()
  for (const tenantId of tenants) await lockTenant(tx, tenantId)
  await lockPerson(tx, before.id)
  return (await personById(tx, before.id))?.person ?? null
}

/** No more than this many are mailed of one event. */
const MAX_TOLD = 50

/** Those who look after a tenant, as mails go to them. */
export async function managersOf(
  { db, clock }: TransactionDeps<'clock'>,
  tenantId: string,
  roles: readonly Role[] = ['owner', 'admin'],
) {
  const now = clock.now()
  const rows = await passOver((without) => listManagers(db, tenantId, { roles, now, limit: MAX_TOLD }, without))
  return rows.map(({ userId, role, user }) => ({
    userId,
    role,
    name: user.name,
    reader: { to: user.email, userId, tenantId: user.tenantId, locale: user.locale },
  }))
}
