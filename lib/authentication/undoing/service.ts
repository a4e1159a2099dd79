import { about } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import { isUniqueViolation } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import { devicesSince, endTrust, forgetDevicesSince } from '../../credentials/device/service'
import { isConfirmed } from '../../credentials/factor/rules'
import { factorsOf, resetFactors } from '../../credentials/factor/service'
import { ASKED_FOR } from '../../credentials/link/rules'
import { addressesLeftSince, endLinks, findLink, spendLink } from '../../credentials/link/service'
import type { NoticeKind, OpenLink } from '../../credentials/link/types'
import { codesSince, endCodesSince, endIssued, endIssuedBy, issuedOpen } from '../../credentials/recovery/service'
import type { Wait } from '../../credentials/throttle/service'
import type { Visitor } from '../../identity/actor/types'
import { followFactors } from '../../identity/user/membership/service'
import { maskEmail } from '../../identity/user/rules'
import { demandPassword, demandProof, lockPerson, managersOf, personById, setEmail } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { readerOf } from '../../messaging/mail/rules'
import { requestSince, withdrawRequests } from '../reset/service'
import { endSessionsOf, sessionsOf } from '../session/service'
import { endOpenAttempts } from '../signin/attempt/service'
import { addressBack, askedFrom, needsProof } from './rules'
import type { Ending } from './types'

export type NoticeResult<T> = Result<T, 'link_dead' | 'address_taken'> | Result<never, 'throttled', Wait>

/** What the page of the link shows: whose account, and what will end (R11). */
export async function viewNotice(
  deps: Deps,
  visitor: Visitor,
  kind: NoticeKind,
  token: string,
): Promise<NoticeResult<{ tenantId: string; maskedEmail: string; ending: Ending }>> {
  const found = await findHolder(deps, visitor, kind, token)
  if (!found.ok) return found
  const { link, person } = found.value
  const ending = await endingOf(deps, link, person)
  return ok({ tenantId: person.tenantId, maskedEmail: maskEmail(person.email), ending })
}

async function findHolder(deps: Deps, visitor: Visitor, kind: NoticeKind, token: string) {
  const found = await findLink(deps, visitor, kind, token)
  if (!found.ok) return found
  // A suspension must not outlast the way back from what was done before it; it lets nobody in.
  const person = (await personById(deps.db, found.value.userId))?.person
  return person === undefined ? err('link_dead') : ok({ link: found.value, person })
}

async function endingOf(deps: Deps, link: OpenLink, person: Person): Promise<Ending> {
  const { createdAt: since } = link
  const back = addressBack(link, person)
  const [factors, codes, issued, devices, sessions, request] = await Promise.all([
    factorsOf(deps.db, person.id),
    codesSince(deps.db, person.id, since),
    issuedOpen(deps, person.id),
    devicesSince(deps.db, person, since),
    sessionsOf(deps, person),
    requestSince(deps, person.id, askedFrom(link)),
  ])
  return {
    // An undo was mailed to the very address that comes back.
    address:
      back === null ? null : { back: link.kind === 'undo' ? back : maskEmail(back), leaves: maskEmail(person.email) },
    factors: factors
      .filter((factor) => isConfirmed(factor) && factor.confirmedAt !== null && factor.confirmedAt > since)
      .map(({ kind, name, confirmedAt }) => ({ kind, name, at: confirmedAt ?? since })),
    codes,
    issued,
    devices: devices.map(({ userAgent, address, createdAt }) => ({ userAgent, address, at: createdAt })),
    sessions: sessions.map(({ userAgent, address, createdAt }) => ({ userAgent, address, at: createdAt })),
    request,
  }
}

/**
 * The way back of a notice (R3, R5, R6, R11): an undo of an address, the "this was not me" of a reset or a code, the
 * cancelling of a request. It only ever takes away, and looks at everything since what it tells of: the address that
 * was proved then is back; factors, saved codes and browsers of since, every session, sign-in under way, issued code
 * and trust are gone; a new password is demanded (D9) and the password alone does nothing (E9). Whoever holds it gets
 * in nowhere; every mailbox that had to do with it is told.
 */
export async function takeBack(
  deps: Deps,
  visitor: Visitor,
  kind: NoticeKind,
  token: string,
): Promise<NoticeResult<null>> {
  const found = await findHolder(deps, visitor, kind, token)
  if (!found.ok) return found
  const { link } = found.value
  try {
    return await transactResult(deps, async (deps): Promise<NoticeResult<null>> => {
      await lockPerson(deps.db, link.userId)
      if (!(await spendLink(deps, link))) return err('link_dead')
      const person = (await personById(deps.db, link.userId))?.person
      if (person === undefined) return err('link_dead')
      const requests = await withdrawRequests(deps, person.id, askedFrom(link))
      // A request that was decided or is over leaves nothing to cancel (R6).
      if (kind === 'cancel' && requests === 0) return err('link_dead')
      await takeBackIn(deps, visitor, link, person)
      return ok(null)
    })
  } catch (error) {
    // Somebody else has the address: the database says so last.
    if (isUniqueViolation(error)) return err('address_taken')
    throw error
  }
}

async function takeBackIn(deps: TransactionDeps, visitor: Visitor, link: OpenLink, person: Person): Promise<void> {
  const now = deps.clock.now()
  const since = link.createdAt
  const by = { actor: { kind: 'visitor' as const }, request: visitor.request }
  const back = addressBack(link, person)
  const left = await addressesLeftSince(deps, person.id, since)
  if (back !== null) {
    await setEmail(deps.db, person.id, back, null)
    const data = { from: maskEmail(person.email), to: maskEmail(back) }
    await recordEvent(deps, { kind: 'address_restored', ...by, ...about(person), data })
  }
  const ended = await endSessionsOf(deps, person.id, {})
  await endOpenAttempts(deps, person.id)
  const issued = await endIssued(deps, person.id)
  // Whoever was in the account may have issued codes to others (R3).
  await endIssuedBy(deps, { issuedById: person.id })
  const kinds = await resetFactors(deps, person, by, since)
  const saved = await endCodesSince(deps, person.id, since)
  const devices = await forgetDevicesSince(deps, person.id, since)
  await endTrust(deps.db, person.id)
  const hasFactor = (await factorsOf(deps.db, person.id)).some(isConfirmed)
  if (needsProof(person, hasFactor)) await demandProof(deps.db, person.id, now)
  await followFactors(deps.db, person.id, now)
  await endLinks(deps, person.id, ASKED_FOR)
  // What tells of something earlier can still take that back.
  await endLinks(deps, person.id, ['undo', 'stop', 'cancel'], link.createdAt)
  await demandPassword(deps.db, person.id, now)
  const event = EVENTS[link.kind as NoticeKind]
  if (event !== 'address_restored' || back === null) {
    const data = { ended, codes: issued, saved, devices, kinds: kinds.join(' ') }
    await recordEvent(deps, { kind: event, ...by, ...about(person), data })
  }
  await tellMailboxes(deps, visitor, { ...person, email: back ?? person.email }, [person.email, ...left], back !== null)
  await tellManagers(deps, person, link.kind === 'cancel' ? 'reset_cancelled' : 'stopped')
}

const EVENTS = { undo: 'address_restored', stop: 'change_stopped', cancel: 'reset_cancelled' } as const

/** The one there is from now on, and each that the account had since (R11). */
async function tellMailboxes(
  deps: TransactionDeps,
  visitor: Visitor,
  person: Person,
  had: readonly string[],
  restored: boolean,
): Promise<void> {
  const template = restored ? 'address_restored' : 'stopped_here'
  await enqueueMail(deps, { ...readerOf(person, visitor.locale), template, values: {} })
  for (const email of new Set(had)) {
    if (email === person.email) continue
    await enqueueMail(deps, {
      ...readerOf({ ...person, email }, visitor.locale),
      template: 'address_undone',
      values: {},
    })
  }
}

/** Owners and admins at home: one of them may have been talked into it. */
async function tellManagers(
  deps: TransactionDeps,
  person: Person,
  template: 'reset_cancelled' | 'stopped',
): Promise<void> {
  for (const { reader, userId } of await managersOf(deps, person.tenantId)) {
    if (userId !== person.id) await enqueueMail(deps, { ...reader, template, values: { person: person.name } })
  }
}
