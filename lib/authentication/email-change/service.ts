import { actOnPerson } from '../../administration/people/service'
import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { isUniqueViolation, transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import type { RequestInfo } from '../../core/kernel/request'
import { err, ok, type Result } from '../../core/kernel/result'
import { days, later } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { endTrust } from '../../credentials/device/service'
import { ADDRESS_LINK_HOURS, UNDO_LINK_DAYS } from '../../credentials/link/rules'
import {
  addressToUndo,
  endLinks,
  findLink,
  isAddressHeld,
  makeLink,
  spendLink,
  takeLinkPlace,
} from '../../credentials/link/service'
import { takeNotice, type Wait } from '../../credentials/throttle/service'
import type { FreshAdmin, SteppedUp, Visitor } from '../../identity/actor/types'
import { addressNewUntil, GIVEN_ADDRESS_DAYS, maskEmail, mayUsePages, normaliseEmail } from '../../identity/user/rules'
import { demandPassword, personByEmail, personById, setEmail } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { endOtherSessions } from '../session/service'
import { endOpenAttempts } from '../signin/attempt/service'

function eventOf(
  person: Person,
  actor: AuditEntry['actor'],
  kind: AuditEntry['kind'],
  request: RequestInfo,
  data: Record<string, string> = {},
): AuditEntry {
  return { tenantId: person.tenantId, kind, actor, subject: { id: person.id, name: person.name }, request, data }
}

function reader(person: Person, to: string, locale: string) {
  return { to, userId: person.id, tenantId: person.tenantId, locale: person.locale ?? locale }
}

/**
 * R11: a link to the new address, which alone can confirm it; an older one dies. An address that somebody has, or may
 * take back, gives the same answer: its holder is told instead (ASVS 6.3.8).
 */
export async function requestAddress(
  deps: Deps,
  actor: SteppedUp,
  typed: string,
): Promise<Result<{ sentTo: string }, 'not_an_address' | 'same_address'> | Result<never, 'throttled', Wait>> {
  const { person, request } = actor
  const email = normaliseEmail(typed)
  if (!email.ok) return email
  if (email.value === person.email) return err('same_address')
  const place = await takeLinkPlace(deps, 'address', person.id, request.address)
  if (!place.ok) return place
  const holder = (await personByEmail(deps.db, email.value))?.person ?? null
  const held = await isAddressHeld(deps, email.value, person.id)
  await transact(deps, async (deps) => {
    await endLinks(deps, person.id, ['address'])
    const by = { kind: 'user' as const, id: person.id, name: person.name }
    await recordEvent(deps, eventOf(person, by, 'address_change_requested', request, { to: maskEmail(email.value) }))
    if (holder !== null) {
      if (!(await takeNotice(deps, 'address_in_use', holder.id))) return
      await enqueueMail(deps, {
        ...reader(holder, holder.email, actor.locale),
        template: 'address_in_use',
        values: {},
      })
      return
    }
    if (held) return
    const link = await makeLink(deps, { kind: 'address', userId: person.id, email: email.value })
    const values = { link, hours: ADDRESS_LINK_HOURS }
    await enqueueMail(deps, { ...reader(person, email.value, actor.locale), template: 'address_confirm', values })
  })
  return ok({ sentTo: email.value })
}

export type AddressLinkResult<T> = Result<T, 'link_dead' | 'address_taken'> | Result<never, 'throttled', Wait>

/** What the pages of both links show. */
export async function viewAddressLink(
  deps: Deps,
  visitor: Visitor,
  kind: 'address' | 'undo',
  token: string,
): Promise<AddressLinkResult<{ email: string; now: string }>> {
  const found = await openLink(deps, visitor, kind, token)
  return found.ok ? ok({ email: found.value.email, now: maskEmail(found.value.person.email) }) : found
}

async function openLink(deps: Deps, visitor: Visitor, kind: 'address' | 'undo', token: string) {
  const link = await findLink(deps, visitor, kind, token)
  if (!link.ok) return link
  const person = (await personById(deps.db, link.value.userId))?.person
  const { email } = link.value
  if (person === undefined || email === null) return err('link_dead')
  // A suspension must not outlast the way back from what an admin did before it; it lets nobody in.
  if (kind === 'address' && !mayUsePages(person)) return err('link_dead')
  return ok({ link: link.value, person, email })
}

/**
 * R11: the new address counts from now on. Open attempts, trust and links to the old mailbox end; the old address is told
 * and can undo it for seven days, the new one is told too.
 */
export async function confirmAddress(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<AddressLinkResult<{ email: string }>> {
  const found = await openLink(deps, visitor, 'address', token)
  if (!found.ok) return found
  const { link, person, email } = found.value
  const old = person.email
  return taking(
    transactResult(deps, async (deps): Promise<AddressLinkResult<{ email: string }>> => {
      if (!(await spendLink(deps, link))) return err('link_dead')
      if (await isAddressHeld(deps, email, person.id)) return err('address_taken')
      const undoAt = await provedAddress(deps, person)
      await move(deps, person, email)
      const data = { from: maskEmail(old), to: maskEmail(email) }
      const by = { kind: 'user' as const, id: person.id, name: person.name }
      await recordEvent(deps, eventOf(person, by, 'address_changed', visitor.request, data))
      await tellOld(deps, person, { undoAt, to: email, by: null }, visitor.locale)
      const there = reader(person, email, visitor.locale)
      await enqueueMail(deps, { ...there, template: 'address_changed_here', values: {} })
      return ok({ email })
    }),
  )
}

/**
 * R11: the old address is back. It only ever stops things: every session, trust and open attempt ends, later changes and
 * their undoing die, and a new password is demanded.
 */
export async function undoAddress(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<AddressLinkResult<{ email: string }>> {
  const found = await openLink(deps, visitor, 'undo', token)
  if (!found.ok) return found
  const { link, person, email } = found.value
  return taking(
    transactResult(deps, async (deps): Promise<AddressLinkResult<{ email: string }>> => {
      if (!(await spendLink(deps, link))) return err('link_dead')
      await move(deps, person, email)
      await endLinks(deps, person.id, ['undo'], link.createdAt)
      await endOtherSessions(deps, person, visitor.request)
      await demandPassword(deps.db, person.id, deps.clock.now())
      const data = { from: maskEmail(person.email), to: maskEmail(email) }
      await recordEvent(deps, eventOf(person, { kind: 'visitor' }, 'address_restored', visitor.request, data))
      const to = reader(person, email, visitor.locale)
      await enqueueMail(deps, { ...to, template: 'address_restored', values: {} })
      return ok({ email })
    }),
  )
}

/**
 * R11: an admin gives a person another address, at once. The old one is told and can undo it for seven days; for as long
 * the new one proves nothing for R9 and E9.
 */
export async function giveAddress(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  input: { email: string; reason: string },
): Promise<
  Result<null, 'not_an_address' | 'same_address' | 'address_taken' | 'address_held' | 'not_found' | 'not_permitted'>
> {
  const email = normaliseEmail(input.email)
  if (!email.ok) return email
  const to = email.value
  return taking(
    actOnPerson(
      deps,
      actor,
      userId,
      'change_address',
      async (deps, { person }): Promise<Result<null, 'same_address' | 'address_held'>> => {
        const from = person.email
        if (to === from) return err('same_address')
        if (await isAddressHeld(deps, to, person.id)) return err('address_held')
        const undoAt = await provedAddress(deps, person)
        const now = deps.clock.now()
        await move(deps, person, to, now)
        const by = { kind: 'user' as const, id: actor.person.id, name: actor.person.name }
        const data = { from: maskEmail(from), to: maskEmail(to), reason: input.reason }
        await recordEvent(deps, eventOf(person, by, 'address_changed', actor.request, data))
        await tellOld(deps, person, { undoAt, to, by: by.name }, actor.locale)
        const values = { by: by.name, until: later(now, days(GIVEN_ADDRESS_DAYS)) }
        const there = reader(person, to, actor.locale)
        await enqueueMail(deps, { ...there, template: 'address_given_here', values })
        return ok(null)
      },
    ),
  )
}

/**
 * Where a change can be undone: an address that is still too new was never proved, so it brings nothing back; whatever it
 * took the place of does.
 */
async function provedAddress(deps: TransactionDeps, person: Person): Promise<string> {
  const isNew = addressNewUntil(person, deps.clock.now()) !== null
  return (isNew ? await addressToUndo(deps, person.id) : null) ?? person.email
}

/** R11: the address that was proved is told with the way back, one that was only given without. */
async function tellOld(
  deps: TransactionDeps,
  person: Person,
  { undoAt, to, by }: { undoAt: string; to: string; by: string | null },
  locale: string,
): Promise<void> {
  const newAddress = maskEmail(to)
  if (undoAt !== person.email) {
    await enqueueMail(deps, {
      ...reader(person, person.email, locale),
      template: 'address_left',
      values: { newAddress },
    })
  }
  if (undoAt === to) return
  const link = await makeLink(deps, { kind: 'undo', userId: person.id, email: undoAt })
  const values = { link, days: UNDO_LINK_DAYS, newAddress }
  const old = reader(person, undoAt, locale)
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
async function taking<R>(work: Promise<R>): Promise<R | Result<never, 'address_taken'>> {
  try {
    return await work
  } catch (error) {
    if (isUniqueViolation(error)) return err('address_taken')
    throw error
  }
}
