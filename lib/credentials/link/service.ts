import { canUnseal, seal, unseal } from '../../core/crypto/seal'
import { hashToken, isToken, newToken } from '../../core/crypto/token'
import { orPassOver } from '../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { err, ok, type Result } from '../../core/kernel/result'
import { earlier, later, minutes, seconds } from '../../core/kernel/time'
import { UnreadableRow } from '../../core/kernel/unreadable'
import type { Visitor } from '../../identity/actor/types'
import { addressNewUntil, mayUsePages, normaliseEmail } from '../../identity/user/rules'
import { lockPerson, lookUpByEmail, type PersonWithPassword, personById } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { findBrowser } from '../device/service'
import {
  clientPrefix,
  DEAD_LINKS_PER_CLIENT,
  LINKS_AFTER_THAT,
  LINKS_PER_CLIENT,
  LINKS_PER_DAY,
  LINKS_PER_HALF_HOUR,
  LINKS_PER_QUARTER,
  LINKS_PER_TEN_MINUTES,
  type WindowLimit,
} from '../throttle/rules'
import { giveBack, type Slot, takeSlot, takeSlots, throttleKey, type Wait } from '../throttle/service'
import { isContained, isDatedAhead, LINK_LANE_MINUTES, LINK_TTL, linkUrl, MAX_ALIVE } from './rules'
import {
  consumeLink,
  consumeRequest,
  deleteOldRequests,
  findNewestUndo,
  findOpenLink,
  findUsedLink,
  hasOpenUndo,
  insertLink,
  insertLinkRequest,
  listOpenLinks,
  listRequests,
  listUndone,
  updateAllLinksEnded,
  updateLinksEnded,
  updateRequestLater,
} from './store'
import { LINK_KINDS, type LinkKind, type LinkRequest, type OpenLink } from './types'

/** Makes a link and gives its address, for one mail to one mailbox (S23); stored as a digest. */
export async function makeLink(
  deps: TransactionDeps<'clock' | 'random' | 'publicUrl'>,
  link: { kind: LinkKind; userId: string; email?: string; returnTo?: string | null },
): Promise<string> {
  const now = deps.clock.now()
  const token = newToken(deps.random)
  await insertLink(deps.db, {
    id: newId(now, deps.random),
    kind: link.kind,
    tokenHash: hashToken(link.kind, token),
    userId: link.userId,
    email: link.email ?? null,
    returnTo: link.returnTo ?? null,
    createdAt: now,
    expiresAt: later(now, LINK_TTL[link.kind]),
  })
  return linkUrl(deps.publicUrl, link.kind, token)
}

/** The link of a notice, with the address that was proved when what it tells of was done (R11). */
export async function makeNoticeLink(
  deps: TransactionDeps<'clock' | 'random' | 'publicUrl'>,
  kind: 'stop' | 'cancel',
  person: Person,
): Promise<string> {
  return makeLink(deps, { kind, userId: person.id, email: await provedEmail(deps, person) })
}

/**
 * Where a change can be undone: an address that is still too new was never proved, so it brings nothing back; whatever
 * it took the place of does (R11).
 */
export async function provedEmail(deps: AnyDeps<'clock'>, person: Person): Promise<string> {
  const now = deps.clock.now()
  const isNew = addressNewUntil(person, now) !== null
  return (isNew ? await findNewestUndo(deps.db, person.id, now) : null) ?? person.email
}

/**
 * Looks and consumes nothing (R12). S22: a token of another kind is no link. Dead ones are counted per client network;
 * a live one is never kept waiting for them, since nobody guesses 256 bits.
 */
export async function findLink(
  deps: Deps,
  visitor: Visitor,
  kind: LinkKind,
  token: string,
): Promise<Result<OpenLink, 'link_dead'> | Result<never, 'throttled', Wait>> {
  const hash = isToken(token) ? hashToken(kind, token) : ''
  const link = await findOpenLink(deps.db, { tokenHash: hash, kind }, deps.clock.now())
  if (link !== null && !(await isOver(deps, link))) return ok(link)
  const key = throttleKey(deps, 'link', clientPrefix(visitor.request.address))
  const slot = await takeSlot(deps, key, DEAD_LINKS_PER_CLIENT)
  return slot.ok ? err('link_dead') : slot
}

/** False when it was used or ended meanwhile. */
export async function spendLink(deps: TransactionDeps<'clock'>, link: OpenLink): Promise<boolean> {
  return !(await isOver(deps, link)) && consumeLink(deps.db, { id: link.id, kind: link.kind }, deps.clock.now())
}

/** By a mark of the tenant, which reaches every link by one write (SE4). */
async function isOver(deps: AnyDeps<'clock'>, link: OpenLink): Promise<boolean> {
  if (isDatedAhead(link, deps.clock.now())) return true
  return isContained(link, (await personById(deps.db, link.userId))?.person ?? null)
}

/** Links of these kinds are over, those made since then where a time is given. */
export function endLinks(
  deps: TransactionDeps<'clock'>,
  userId: string,
  kinds: readonly LinkKind[],
  since?: Date,
): Promise<void> {
  return updateLinksEnded(deps.db, { userId, kinds, ...(since ? { since } : {}) }, deps.clock.now())
}

/** Links that lead on to something new, of everybody; the ways back of a notice stay (R12). */
export function endAllLinks(deps: TransactionDeps<'clock'>): Promise<void> {
  return updateAllLinksEnded(deps.db, ['reset', 'magic', 'address'], deps.clock.now())
}

/** For as long as somebody may take an address back, nobody else gets it (R11). */
export function isAddressHeld(deps: AnyDeps<'clock'>, email: string, exceptUserId: string | null): Promise<boolean> {
  return hasOpenUndo(deps.db, { email, exceptUserId }, deps.clock.now())
}

/** The addresses that were left since then, for whoever is told that it was undone (R11). */
export function addressesLeftSince(deps: TransactionDeps<never>, userId: string, since: Date): Promise<string[]> {
  return listUndone(deps.db, userId, since)
}

/** Whether one link more may be alive beside those in hand; asked while the person's row is held (R9). */
export async function mayMakeLink(deps: TransactionDeps<'clock'>, userId: string, kind: LinkKind): Promise<boolean> {
  const now = deps.clock.now()
  const open = await listOpenLinks(deps.db, { userId, kind }, now)
  const person = (await personById(deps.db, userId))?.person ?? null
  return open.filter((link) => !isDatedAhead(link, now) && !isContained(link, person)).length < MAX_ALIVE
}

/**
 * The link that was used in this browser within the hour, as the name of a lane of its person's (N13, S30). The look-up
 * costs the same for nobody (S13).
 */
export async function laneOfLink(
  deps: AnyDeps<'clock'>,
  { usedLink }: Visitor,
  userId: string | null,
): Promise<string | null> {
  const [named, token = ''] = (usedLink ?? '').split('.')
  const kind = LINK_KINDS.find((each) => each === named)
  if (kind === undefined || !isToken(token)) return null
  const since = earlier(deps.clock.now(), minutes(LINK_LANE_MINUTES))
  const used = await findUsedLink(deps.db, { tokenHash: hashToken(kind, token), kind }, since)
  return used !== null && used.userId === userId ? `link:${used.id}` : null
}

const SHORT_LIMITS = { ten: LINKS_PER_TEN_MINUTES, quarter: LINKS_PER_QUARTER, half: LINKS_PER_HALF_HOUR }

/** The counters of one kind are not those of another. */
function linkSlots(deps: Deps, kind: LinkKind, what: string, limits: Record<string, WindowLimit>): Slot[] {
  return Object.entries(limits).map(([name, limit]) => ({
    key: throttleKey(deps, `link-${kind}-${name}`, what),
    limit,
  }))
}

/**
 * Per what was typed and per client network, or per known device alone; past the day's number still one an hour (N16,
 * S30).
 */
export async function takeLinkSlot(
  deps: Deps,
  kind: LinkKind,
  asked: { typed: string; address: string | null; knownDeviceId: string | null },
): Promise<Result<null, 'throttled', Wait>> {
  const { typed, address, knownDeviceId } = asked
  const own = knownDeviceId === null ? typed : `${typed}:${knownDeviceId}`
  const network = linkSlots(deps, kind, clientPrefix(address), { client: LINKS_PER_CLIENT })
  const short = [...linkSlots(deps, kind, own, SHORT_LIMITS), ...(knownDeviceId === null ? network : [])]
  const slot = await takeSlots(deps, short)
  if (!slot.ok || (await takeSlots(deps, linkSlots(deps, kind, own, { day: LINKS_PER_DAY }))).ok) return slot
  const after = await takeSlots(deps, linkSlots(deps, kind, own, { after: LINKS_AFTER_THAT }))
  if (!after.ok)
    await giveBack(
      deps.db,
      short.map(({ key }) => key),
    )
  return after
}

/**
 * Notes what was asked for and nothing else, so that a known and an unknown address cost the same (R9, U1, S13). The
 * worker answers it by mail.
 */
export async function requestLink(
  deps: Deps,
  visitor: Visitor,
  asked: { kind: LinkRequest['kind']; email: string; returnTo: string | null },
): Promise<Result<null, 'not_an_address'> | Result<never, 'throttled', Wait>> {
  const email = normaliseEmail(asked.email)
  if (!email.ok) return email
  const { address, userAgent } = visitor.request
  const owner = (await lookUpByEmail(deps.db, email.value)).found?.person ?? null
  const browser = await findBrowser(deps, visitor, owner, null)
  const knownDeviceId = browser?.known ? browser.id : null
  const slot = await takeLinkSlot(deps, asked.kind, { typed: email.value, address, knownDeviceId })
  if (!slot.ok) return slot
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  const request: LinkRequest = { ...asked, email: email.value, locale: visitor.locale, address, userAgent }
  // Sealed: which addresses were asked for is nobody's to read.
  const payload = seal(deps.keys, deps.random, JSON.stringify(request), binding(id))
  await insertLinkRequest(deps.db, { id, payload, runAt: now, createdAt: now })
  return ok(null)
}

/**
 * The person to whom a link may be mailed, held until the transaction ends: whoever took this email away, or suspended
 * them, in between has ended the links there were, and would not end this one (R11, S8).
 */
export async function lockRecipient(
  deps: TransactionDeps,
  userId: string | null,
  email: string,
): Promise<PersonWithPassword | null> {
  if (userId === null) return null
  await lockPerson(deps.db, userId)
  const found = await personById(deps.db, userId)
  return found?.person.email === email && mayUsePages(found.person, deps.clock.now()) ? found : null
}

function binding(id: string): string[] {
  return ['link-request', id]
}

const REQUESTS_AT_ONCE = 50
const REQUEST_RETRY = seconds(5)
/** An answer that would come later than this is of no use to anybody. */
const REQUEST_TTL = minutes(10)

/** For the worker: answers what was asked for. A failed answer is tried again, for ten minutes; gives how many went. */
export async function answerRequests(
  deps: Deps,
  answer: (request: LinkRequest, take: (deps: TransactionDeps) => Promise<boolean>) => Promise<void>,
  stopped: () => boolean,
): Promise<number> {
  const now = deps.clock.now()
  await deleteOldRequests(deps.db, earlier(now, REQUEST_TTL))
  let answered = 0
  for (const { id, payload } of await listRequests(deps.db, now, REQUESTS_AT_ONCE)) {
    if (stopped()) break
    // First, so that a request that always fails holds nobody up.
    await updateRequestLater(deps.db, id, later(now, REQUEST_RETRY))
    // For whoever has the key: another instance, or this one after its next start (S28).
    if (!canUnseal(deps.keys, payload)) continue
    const done = await orPassOver(async () => {
      const opened = unseal(deps.keys, payload, binding(id))
      if (opened === null) {
        throw new UnreadableRow([{ table: 'job', id, column: 'payload', problem: 'broken_seal' }])
      }
      await answer(JSON.parse(opened), (deps) => consumeRequest(deps.db, id))
      return true
    })
    if (done !== null) answered += 1
  }
  return answered
}
