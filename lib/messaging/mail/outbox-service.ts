// Above 300 lines: the life of a message, from the row to its end, is read in one sitting.

import { canUnseal, seal, unseal } from '../../core/crypto/seal'
import { type DbOrTx, orPassOver } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { days, earlier, hours, later, minutes, seconds } from '../../core/kernel/time'
import type { TenantAdmin } from '../../identity/actor/types'
import type { SmsOrder, SmsSender } from '../sms/types'
import { logoIn, mailLocale, openSms, openValues, renderMail, renderSms, sealableSms, sealableValues } from './messages'
import {
  countDead,
  findLastMail,
  findLeased,
  findLogoOf,
  findNewestOf,
  findRecipientName,
  findSender,
  insertMessages,
  type LeasedMessage,
  listDead,
  listDueIds,
  listRetried,
  type TroubledRow,
  updateFailed,
  updateMessageLease,
  updateMessageSent,
  updateRetry,
  updateWaitingExpired,
} from './outbox-store'
import { type Mailer, type MailOrder, Undeliverable } from './types'

/** How long a worker may hold a message. A worker that died is succeeded after this. */
const LEASE = minutes(2)
/** A transport that says nothing for this long counts as failed. */
const SEND_TIMEOUT = seconds(60)
const MAX_TRIES = 8
const FIRST_RETRY = seconds(30)
/** Messages on their way at once, per worker. */
const LANES = 4

/** Puts a message into the outbox, in the transaction of what it tells of; the worker sends it after the commit. */
export async function enqueueMail(deps: TransactionDeps<'clock' | 'random' | 'keys'>, order: MailOrder): Promise<void> {
  await insertMessages(deps.db, [mailRow(deps, order)])
}

/** The same for many at once. */
export async function enqueueMails(
  deps: TransactionDeps<'clock' | 'random' | 'keys'>,
  orders: readonly MailOrder[],
): Promise<void> {
  const rows = orders.map((order) => mailRow(deps, order))
  if (rows.length > 0) await insertMessages(deps.db, rows)
}

function mailRow(deps: TransactionDeps<'clock' | 'random' | 'keys'>, order: MailOrder) {
  // One recipient, and nothing that a mail header could take for a second (S23).
  if (!isOneAddress(order.to)) throw new Error('the recipient of a mail is not one plain address')
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  return {
    id,
    channel: 'email' as const,
    recipient: order.to,
    userId: order.userId,
    tenantId: order.tenantId,
    template: order.template,
    locale: mailLocale(order.locale),
    sealed: seal(deps.keys, deps.random, sealableValues(order), binding(id)),
    expiresAt: order.expiresAt ?? null,
    runAt: now,
    createdAt: now,
    roundId: order.roundId ?? null,
  }
}

/** A text message, likewise; its number is sealed with its values, and only its last digits stand in the row. */
export async function enqueueSms(deps: TransactionDeps<'clock' | 'random' | 'keys'>, order: SmsOrder): Promise<void> {
  // Never more than one recipient (S23).
  if (!/^\+\d{6,15}$/.test(order.to)) throw new Error('the recipient of a text message is not one number')
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  const row = {
    id,
    channel: 'sms' as const,
    recipient: `+•••${order.to.slice(-2)}`,
    userId: order.userId,
    tenantId: order.tenantId,
    template: order.template,
    locale: mailLocale(order.locale),
    sealed: seal(deps.keys, deps.random, sealableSms(order), binding(id)),
    expiresAt: order.expiresAt,
    runAt: now,
    createdAt: now,
  }
  await insertMessages(deps.db, [row])
}

function isOneAddress(text: string): boolean {
  return /^[^\s\p{Cc}@,;:<>()[\]"\\]+@[^\s\p{Cc}@,;:<>()[\]"\\]+$/u.test(text)
}

function binding(id: string): string[] {
  return ['outbox', id]
}

/** `sms` is missing where no gateway is configured. */
export interface MessagePorts {
  mailer: Mailer
  sms?: SmsSender | null
}

type DeliverDeps = Pick<Deps, 'db' | 'clock' | 'random' | 'keys' | 'publicUrl'>

export interface Undelivered {
  id: string
  template: string
  /** `expired`, or a short word for what went wrong. */
  reason: string
  /** Not tried again. */
  final: boolean
}

export interface Delivery {
  sent: number
  undelivered: readonly Undelivered[]
}

/**
 * Sends up to `limit` due messages; any number of workers may do so. A failed one is tried again after 30 seconds,
 * doubled each time, eight times in all; one that expired, or that its transport will never take, is dropped. A message
 * that is sent or dead keeps no values.
 *
 * Its limit: a worker that dies between the sending and the note of it makes the message come twice. Its id stays the
 * same, for transports that can tell. No message is begun once `stopped` says so.
 */
export async function deliverDue(
  deps: DeliverDeps,
  ports: MessagePorts,
  limit: number,
  stopped: () => boolean = () => false,
): Promise<Delivery> {
  const ids = await listDueIds(deps.db, deps.clock.now(), limit)
  let sent = 0
  const undelivered: Undelivered[] = []
  const lane = async () => {
    for (let id = ids.shift(); id !== undefined && !stopped(); id = ids.shift()) {
      const outcome = await deliver(deps, ports, id)
      if (outcome === 'sent') sent += 1
      else if (outcome !== 'taken') undelivered.push(outcome)
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
  for (const end of lanes) if (end.status === 'rejected') throw end.reason
  return { sent, undelivered }
}

/** `taken` when another worker has it. */
async function deliver(deps: DeliverDeps, ports: MessagePorts, id: string): Promise<'sent' | 'taken' | Undelivered> {
  const { db } = deps
  const now = deps.clock.now()
  const token = newId(now, deps.random)
  if (!(await updateMessageLease(db, id, { token, until: later(now, LEASE) }, now))) return 'taken'
  const row = await orPassOver(() => findLeased(db, id, token))
  if (row === null) return 'taken'
  const fail = async (reason: string): Promise<Undelivered> => {
    await updateFailed(db, id, token, deps.clock.now(), reason)
    return { id, template: row.template, reason, final: true }
  }
  // A worker that dies with a message in hand must not do so for ever.
  if (row.tries > MAX_TRIES) return fail('too_many_tries')
  // For whoever has the key: another instance, or this one after its next start (S28).
  if (row.sealed !== null && !canUnseal(deps.keys, row.sealed) && row.tries < MAX_TRIES) {
    await updateRetry(db, id, token, later(deps.clock.now(), FIRST_RETRY), 'unknown_key')
    return { id, template: row.template, reason: 'unknown_key', final: false }
  }
  if (row.sealed !== null && !canUnseal(deps.keys, row.sealed)) return fail('unknown_key')
  const opened = row.sealed === null ? null : unseal(deps.keys, row.sealed, binding(id))
  const send = opened === null ? null : await sendingOf(deps, ports, row, opened)
  if (send === null) return fail('unreadable')
  if (send === 'no_gateway') return fail(send)
  if (row.expiresAt !== null && row.expiresAt <= deps.clock.now()) return fail('expired')
  try {
    await within(SEND_TIMEOUT, send())
  } catch (error) {
    const reason = reasonOf(error)
    if (error instanceof Undeliverable || row.tries >= MAX_TRIES) return fail(reason)
    const next = later(deps.clock.now(), FIRST_RETRY * 2 ** (row.tries - 1))
    // Due at its end at the latest, so that its values go as soon as they are of no use.
    const runAt = row.expiresAt !== null && row.expiresAt < next ? row.expiresAt : next
    await updateRetry(db, id, token, runAt, reason)
    return { id, template: row.template, reason, final: false }
  }
  await updateMessageSent(db, id, deps.clock.now())
  return 'sent'
}

/** What sends this row's message; null when its values say nothing any more. */
async function sendingOf(
  deps: DeliverDeps,
  { mailer, sms }: MessagePorts,
  row: LeasedMessage,
  opened: string,
): Promise<(() => Promise<void>) | 'no_gateway' | null> {
  const { id, createdAt } = row
  const locale = mailLocale(row.locale)
  if (row.channel === 'sms') {
    if (!sms) return 'no_gateway'
    const message = openSms(row.template, opened)
    if (message === null) return null
    const text = renderSms(message.content, { locale, publicUrl: deps.publicUrl })
    return () => sms.send({ id, to: message.to, text, locale, createdAt })
  }
  const content = openValues(row.template, opened)
  if (content === null) return null
  const name = row.userId === null ? null : await findRecipientName(deps.db, row.userId)
  const tenant = row.tenantId === null ? null : await findSender(deps.db, row.tenantId)
  const picture = tenant?.logoToken ? await findLogoOf(deps.db, tenant.logoToken) : null
  const logo = tenant === null || picture === null ? null : logoIn(tenant)
  const mail = renderMail(content, { name, tenant, logo, locale, publicUrl: deps.publicUrl })
  const inline = picture === null || logo === null ? {} : { logo: picture }
  return () => mailer.send({ id, to: row.recipient, ...mail, ...inline, locale, createdAt })
}

class TimedOut extends Error {
  override name = 'TimedOut'
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut()), milliseconds)
  })
  try {
    await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}

/** A code or a class and never a message: those of transports can quote the mail (S10). */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error ? error.code : undefined
  const word = typeof code === 'string' ? code : error.name
  return /^[A-Za-z0-9_]{1,40}$/.test(word) ? word : 'unknown'
}

/** What waits is not sent any more: it went out long ago, or says what is no longer so. Gives how many. */
export function dropWaiting(deps: TransactionDeps<'clock'>): Promise<number> {
  return updateWaitingExpired(deps.db, deps.clock.now())
}

/** Whether the newest of these messages to a person, ordered since then, will never arrive. */
export async function isGivenUp(
  deps: { db: DbOrTx },
  userId: string,
  templates: readonly string[],
  since: Date,
): Promise<boolean> {
  return ((await findNewestOf(deps.db, userId, templates, since))?.failedAt ?? null) !== null
}

/** When the last mail of a tenant was taken over, and when the last one failed for good, while their rows are kept. */
export async function lastMails(db: DbOrTx, tenantId: string) {
  const last = (end: 'sentAt' | 'failedAt') => findLastMail(db, tenantId, end)
  return { sentAt: await last('sentAt'), failedAt: await last('failedAt') }
}

// ——— for the console ———

/** How long a message that failed for good is told of on every page of the console, and how long its page lists it. */
const ALARM = hours(24)
const LISTED = days(30)
const MAX_LISTED = 50

/**
 * Why a message did not arrive: too late, no gateway for it, values that no key opens, refused for good, or no answer.
 */
export type Trouble = 'expired' | 'no_gateway' | 'unreadable' | 'rejected' | 'not_taken_over'

export interface TroubledMessage extends TroubledRow {
  trouble: Trouble
}

export interface MessageTroubles {
  /** Failed for good, the last first; and those that will be tried again, the next first. Fifty of each at most. */
  dead: readonly TroubledMessage[]
  retried: readonly TroubledMessage[]
}

/** Messages to the tenant's people that did not arrive: to whom, of which kind and why, never what they said. */
export async function viewMessageTroubles(
  deps: Pick<Deps, 'db' | 'clock'>,
  actor: TenantAdmin,
): Promise<MessageTroubles> {
  const tenantId = actor.tenant.tenant.id
  const since = earlier(deps.clock.now(), LISTED)
  const [dead, retried] = await Promise.all([
    listDead(deps.db, tenantId, since, MAX_LISTED),
    listRetried(deps.db, tenantId, MAX_LISTED),
  ])
  const told = (row: TroubledRow) => ({ ...row, trouble: troubleOf(row) })
  return { dead: dead.map(told), retried: retried.map(told) }
}

function troubleOf({ lastError, failedAt, tries }: TroubledRow): Trouble {
  if (lastError === 'expired' || lastError === 'no_gateway' || lastError === 'unreadable') return lastError
  return failedAt !== null && tries < MAX_TRIES ? 'rejected' : 'not_taken_over'
}

/** Messages of the last 24 hours that failed for good. */
export function countDeadMessages(deps: Pick<Deps, 'db' | 'clock'>, actor: TenantAdmin): Promise<number> {
  return countDead(deps.db, actor.tenant.tenant.id, earlier(deps.clock.now(), ALARM))
}
