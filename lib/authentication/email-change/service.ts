import { about, by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import { isUniqueViolation, transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import { endTrust } from '../../credentials/device/service'
import { ADDRESS_LINK_HOURS, UNDO_LINK_DAYS } from '../../credentials/link/rules'
import {
  endLinks,
  findLink,
  isAddressHeld,
  makeLink,
  provedEmail,
  spendLink,
  takeLinkSlot,
} from '../../credentials/link/service'
import { takeNotice, type Wait } from '../../credentials/throttle/service'
import type { SteppedUp, Visitor } from '../../identity/actor/types'
import { maskEmail, mayUsePages, normaliseEmail } from '../../identity/user/rules'
import { lockPerson, lookUpByEmail, personById, setEmail } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { readerOf } from '../../messaging/mail/rules'
import { endOpenAttempts } from '../signin/attempt/service'

/**
 * A link to the new address, which alone can confirm it (R11); an older one dies. An address that somebody has, or may
 * take back, gives the same answer: its holder is told instead (ASVS 6.3.8).
 */
export async function requestNewEmail(
  deps: Deps,
  actor: SteppedUp,
  typed: string,
): Promise<Result<{ sentTo: string }, 'not_an_address' | 'same_address'> | Result<never, 'throttled', Wait>> {
  const { person, request } = actor
  const email = normaliseEmail(typed)
  if (!email.ok) return email
  if (email.value === person.email) return err('same_address')
  const slot = await takeLinkSlot(deps, 'address', { typed: person.id, address: request.address, knownDeviceId: null })
  if (!slot.ok) return slot
  await transact(deps, async (deps) => {
    const holder = (await lookUpByEmail(deps.db, email.value)).found?.person ?? null
    const held = await isAddressHeld(deps, email.value, person.id)
    await endLinks(deps, person.id, ['address'])
    const data = { to: maskEmail(email.value) }
    await recordEvent(deps, { kind: 'address_change_requested', ...by(actor), ...about(person), data })
    if (holder !== null) {
      if (!(await takeNotice(deps, 'address_in_use', holder.id))) return
      await enqueueMail(deps, {
        ...readerOf(holder, actor.locale),
        template: 'address_in_use',
        values: {},
      })
      return
    }
    if (held) return
    const link = await makeLink(deps, { kind: 'address', userId: person.id, email: email.value })
    const values = { link, hours: ADDRESS_LINK_HOURS }
    await enqueueMail(deps, {
      ...readerOf({ ...person, email: email.value }, actor.locale),
      template: 'address_confirm',
      values,
    })
  })
  return ok({ sentTo: email.value })
}

export type EmailLinkResult<T> = Result<T, 'link_dead' | 'address_taken'> | Result<never, 'throttled', Wait>

/** What the page of the link to a new address shows. */
export async function viewEmailLink(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<EmailLinkResult<{ tenantId: string; email: string; now: string }>> {
  const found = await openLink(deps, visitor, token)
  if (!found.ok) return found
  const { person, email } = found.value
  return ok({ tenantId: person.tenantId, email, now: maskEmail(person.email) })
}

async function openLink(deps: Deps, visitor: Visitor, token: string) {
  const link = await findLink(deps, visitor, 'address', token)
  if (!link.ok) return link
  const person = (await personById(deps.db, link.value.userId))?.person
  const { email } = link.value
  if (person === undefined || email === null || !mayUsePages(person, deps.clock.now())) return err('link_dead')
  return ok({ link: link.value, person, email })
}

/**
 * The new address counts from now on (R11). Open attempts, trust and links to the old mailbox end; the old address is
 * told and can undo it for seven days, the new one is told too.
 */
export async function confirmNewEmail(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<EmailLinkResult<{ email: string }>> {
  const found = await openLink(deps, visitor, token)
  if (!found.ok) return found
  const { link, email } = found.value
  return taking(
    transactResult(deps, async (deps): Promise<EmailLinkResult<{ email: string }>> => {
      const person = await holdPerson(deps, link.userId)
      if (person === null || !mayUsePages(person, deps.clock.now()) || !(await spendLink(deps, link)))
        return err('link_dead')
      if (!(await replaceEmail(deps, person, { to: email, by: null }, visitor.locale))) return err('address_taken')
      const data = { from: maskEmail(person.email), to: maskEmail(email) }
      const { request } = visitor
      await recordEvent(deps, { kind: 'address_changed', ...by({ person, request }), ...about(person), data })
      const there = readerOf({ ...person, email }, visitor.locale)
      await enqueueMail(deps, { ...there, template: 'address_changed_here', values: {} })
      return ok({ email })
    }),
  )
}

/**
 * As the row says once nobody else can change it: an admin may have given another address since the link was looked at.
 */
async function holdPerson(deps: TransactionDeps, userId: string): Promise<Person | null> {
  await lockPerson(deps.db, userId)
  return (await personById(deps.db, userId))?.person ?? null
}

/**
 * The email is another one from now on, and the one that was proved is told with the way back (R11). False when
 * somebody may still take the new one back: looked at after the write, which waited for whoever was leaving it.
 */
export async function replaceEmail(
  deps: TransactionDeps,
  person: Person,
  change: { to: string; by: string | null },
  locale: string,
): Promise<boolean> {
  const undoAt = await provedEmail(deps, person)
  await move(deps, person, change.to, change.by === null ? null : deps.clock.now())
  if (await isAddressHeld(deps, change.to, person.id)) return false
  await tellOld(deps, person, { ...change, undoAt }, locale)
  return true
}

/** The address that was proved is told with the way back, one that was only given without (R11). */
async function tellOld(
  deps: TransactionDeps,
  person: Person,
  { undoAt, to, by }: { undoAt: string; to: string; by: string | null },
  locale: string,
): Promise<void> {
  const newAddress = maskEmail(to)
  if (undoAt !== person.email) {
    await enqueueMail(deps, {
      ...readerOf(person, locale),
      template: 'address_left',
      values: { newAddress },
    })
  }
  if (undoAt === to) return
  const link = await makeLink(deps, { kind: 'undo', userId: person.id, email: undoAt })
  const values = { link, days: UNDO_LINK_DAYS, newAddress }
  const old = readerOf({ ...person, email: undoAt }, locale)
  if (by === null) await enqueueMail(deps, { ...old, template: 'address_changed', values })
  else await enqueueMail(deps, { ...old, template: 'address_given', values: { ...values, by } })
}

async function move(deps: TransactionDeps, person: Person, email: string, givenAt: Date | null = null): Promise<void> {
  await setEmail(deps.db, person.id, email, givenAt)
  await endLinks(deps, person.id, ['magic', 'reset', 'address'])
  await endOpenAttempts(deps, person.id)
  await endTrust(deps.db, person.id)
}

/** Somebody else has it: the database says so last. */
export async function taking<R>(work: Promise<R>): Promise<R | Result<never, 'address_taken'>> {
  try {
    return await work
  } catch (error) {
    if (isUniqueViolation(error)) return err('address_taken')
    throw error
  }
}
