import { toBase64Url } from '../../core/crypto/encoding'
import type { AnyDeps, Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import type { Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { enqueueMail, enqueueSms, isGivenUp } from '../../messaging/mail/outbox-service'
import type { MailContent } from '../../messaging/mail/types'
import {
  MAILS_PER_DAY,
  MAILS_PER_QUARTER,
  PASSCODES_IN_ALL,
  PASSCODES_PER_TENANT,
  SMS_IN_ALL,
  SMS_PER_NUMBER,
  SMS_PER_TENANT,
  SMS_PER_UNUSUAL_PREFIX,
} from '../throttle/rules'
import { nextSlot, type Slot, takeSlots, throttleKey, type Wait } from '../throttle/service'
import type { FactorCounters } from '../throttle/types'
import { judgePasscode, newPasscode, PASSCODE_MINUTES, PASSCODE_TTL, passcodeDigest, phonePrefix } from './rules'
import { consumePasscode, findNewest, insertPasscode, updateSuperseded } from './store'
import type { Channel, PasscodePurpose, PasscodeScope } from './types'

/** Whose messages are counted: those of the known device, or those of all other browsers of the person (N7, S30). */
type Lane = Pick<FactorCounters, 'messages' | 'device'>

/**
 * A slot among the passcodes of a person, whatever their channel, of the tenant and of the installation; a text message
 * also among those to its number. Taken before the transaction that sends (N7).
 */
export function takeMessageSlot(
  deps: Deps,
  reader: { tenantId: string },
  channel: Channel,
  lane: Lane,
): Promise<Result<null, 'throttled', Wait>> {
  return takeSlots(deps, messageSlots(deps, reader, channel, lane))
}

/** When the next passcode can be sent; null when that is now. */
export function nextMessageAt(
  deps: Deps,
  reader: { tenantId: string },
  channel: Channel,
  lane: Lane,
): Promise<Date | null> {
  return nextSlot(deps, messageSlots(deps, reader, channel, lane))
}

function messageSlots(
  deps: Pick<Deps, 'keys'>,
  reader: { tenantId: string },
  channel: Channel,
  { messages: [quarter, day], device }: Lane,
): Slot[] {
  const slots: Slot[] = [
    { key: quarter, limit: MAILS_PER_QUARTER },
    { key: day, limit: MAILS_PER_DAY },
    { key: `passcodes:${reader.tenantId}`, limit: PASSCODES_PER_TENANT },
    { key: 'passcodes', limit: PASSCODES_IN_ALL },
  ]
  if (channel.kind === 'sms') {
    const { number, ordinary } = channel.phone
    slots.push(
      { key: throttleKey(deps, 'sms', device === null ? number : `${number} ${device}`), limit: SMS_PER_NUMBER },
      { key: `sms:${reader.tenantId}`, limit: SMS_PER_TENANT },
      { key: 'sms', limit: SMS_IN_ALL },
    )
    if (!ordinary) slots.push({ key: `sms-prefix:${phonePrefix(number)}`, limit: SMS_PER_UNUSUAL_PREFIX })
  }
  return slots
}

export interface PasscodeReader {
  id: string
  email: string
  tenantId: string
  locale: string
}

/** The newest only (D6): older ones of the same scope die; the message is written in the same transaction. */
export async function sendPasscode(
  deps: TransactionDeps,
  scope: PasscodeScope,
  reader: PasscodeReader,
  message: { purpose: PasscodePurpose; channel: Channel; request: RequestInfo },
): Promise<void> {
  const now = deps.clock.now()
  const code = newPasscode(deps.random)
  const salt = toBase64Url(deps.random(16))
  const keyId = deps.keys.currentId
  const expiresAt = later(now, PASSCODE_TTL)
  await updateSuperseded(deps.db, scope, now)
  await insertPasscode(deps.db, scope, {
    id: newId(now, deps.random),
    channel: message.channel.kind,
    salt,
    hash: passcodeDigest(deps.keys, keyId, salt, code),
    keyId,
    createdAt: now,
    expiresAt,
  })
  const order = { userId: reader.id, tenantId: reader.tenantId, locale: reader.locale, expiresAt }
  const values = { code, minutes: PASSCODE_MINUTES }
  if (message.channel.kind === 'sms') {
    await enqueueSms(deps, { ...order, template: 'sms_passcode', values, to: message.channel.phone.number })
    return
  }
  await enqueueMail(deps, { ...order, ...mailOf(message.purpose, values, message.request), to: reader.email })
}

function mailOf(
  purpose: PasscodePurpose,
  values: { code: string; minutes: number },
  { address, userAgent }: RequestInfo,
): MailContent<'device_passcode' | 'factor_passcode' | 'step_up_passcode' | 'enrol_passcode' | 'owner_passcode'> {
  switch (purpose) {
    case 'device':
      return { template: 'device_passcode', values: { ...values, address, userAgent } }
    case 'factor':
      return { template: 'factor_passcode', values: { ...values, address, userAgent } }
    case 'step_up':
      return { template: 'step_up_passcode', values }
    case 'owner':
      return { template: 'owner_passcode', values }
    case 'enrol':
      return { template: 'enrol_passcode', values }
  }
}

export type JudgedPasscode = { verdict: 'right'; id: string } | { verdict: 'wrong' | 'expired' }

/** Only the newest passcode of this attempt or session counts; none at all is an expired one. */
export async function findPasscode(
  deps: AnyDeps<'clock' | 'keys'>,
  scope: PasscodeScope,
  typed: string,
): Promise<JudgedPasscode> {
  const row = await findNewest(deps.db, scope)
  const verdict = judgePasscode(row, deps.keys, typed, deps.clock.now())
  if (verdict === 'right' && row !== null) return { verdict, id: row.id }
  return { verdict: verdict === 'wrong' ? 'wrong' : 'expired' }
}

/** When the newest passcode was sent; null when none is open. */
export async function newestSentAt(deps: Deps, scope: PasscodeScope): Promise<Date | null> {
  const row = await findNewest(deps.db, scope)
  return row === null || row.expiresAt <= deps.clock.now() ? null : row.createdAt
}

const TEMPLATES = ['device_passcode', 'factor_passcode', 'step_up_passcode', 'enrol_passcode', 'sms_passcode'] as const

/** Whether the passcode that was sent then was refused for good; asked for whoever may know where it went. */
export function isPasscodeRefused(deps: Pick<Deps, 'db'>, userId: string, sentAt: Date): Promise<boolean> {
  return isGivenUp(deps, userId, TEMPLATES, sentAt)
}

export function usePasscode(deps: TransactionDeps<'clock'>, scope: PasscodeScope, id: string): Promise<boolean> {
  return consumePasscode(deps.db, { ...scope, id }, deps.clock.now())
}
