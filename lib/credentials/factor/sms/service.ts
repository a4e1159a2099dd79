import { seal, unseal } from '../../../core/crypto/seal'
import { passOver } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { ok } from '../../../core/kernel/result'
import { hours, later } from '../../../core/kernel/time'
import { orPassedOver, UnreadableRow } from '../../../core/kernel/unreadable'
import type { Person } from '../../../identity/user/types'
import { enqueueSms } from '../../../messaging/mail/outbox-service'
import type { SmsNotice } from '../../../messaging/sms/types'
import type { Connection } from '../connect/types'
import { judgeMessaged } from '../messaged/service'
import type { FactorProof } from '../prove/types'
import { isConfirmed } from '../rules'
import { listFactors } from '../store'
import type { FactorRow } from '../types'
import { PHONE_ENDING_DIGITS, type PhoneNumber, phoneBinding, readPhone } from './rules'

type Needs = TransactionDeps<'clock' | 'random' | 'keys'>

/**
 * The number of an SMS factor; null when it is no longer one that messages may go to.
 * @throws UnreadableRow when its seal does not open (N41).
 */
export function phoneOf(
  keys: Deps['keys'],
  person: Pick<Person, 'id' | 'tenantId'>,
  factor: Pick<FactorRow, 'id' | 'sealedPhone'>,
): PhoneNumber | null {
  if (factor.sealedPhone === null) return null
  const number = unseal(keys, factor.sealedPhone, phoneBinding(person.tenantId, person.id, factor.id))
  if (number === null) {
    throw new UnreadableRow([{ table: 'factor', id: factor.id, column: 'sealedPhone', problem: 'broken_seal' }])
  }
  const read = readPhone(number)
  return read.ok ? read.value : null
}

/** A notice does not come late. */
const NOTICE_TTL = hours(24)

/** Tells a person on their phones as well, where they have any as a factor and messages can go there (R3, R5, R6). */
export async function tellByText(
  deps: Needs & Pick<Deps, 'keys' | 'smsAvailable'>,
  person: Pick<Person, 'id' | 'tenantId' | 'locale'>,
  template: SmsNotice,
  locale: string,
): Promise<void> {
  if (!deps.smsAvailable) return
  const numbers = new Set<string>()
  for (const factor of await passOver((without) => listFactors(deps.db, person.id, without))) {
    // What somebody else does is not kept up by a number that cannot be read.
    const phone = isConfirmed(factor) ? orPassedOver(() => phoneOf(deps.keys, person, factor)) : null
    if (phone !== null) numbers.add(phone.number)
  }
  for (const to of numbers) {
    await enqueueSms(deps, {
      template,
      values: {},
      to,
      userId: person.id,
      tenantId: person.tenantId,
      locale: person.locale ?? locale,
      expiresAt: later(deps.clock.now(), NOTICE_TTL),
    })
  }
}

/** Passcodes come to a number, which is sealed to the factor's row. */
export const smsConnection: Connection = {
  read(wanted) {
    const read = readPhone(wanted.phone ?? '')
    if (!read.ok) return read
    const { number } = read.value
    return ok((deps, { tenantId, id }, factorId) => ({
      sealedPhone: seal(deps.keys, deps.random, number, phoneBinding(tenantId, id, factorId)),
      phoneEnding: number.slice(-PHONE_ENDING_DIGITS),
    }))
  },
  view: (_deps, _person, _label, factor) => ({ kind: 'sms', target: factor.phoneEnding ?? '' }),
  match: null,
}

export const smsProof: FactorProof = {
  channel: (deps, person, factor) => {
    const phone = deps.smsAvailable ? phoneOf(deps.keys, person, factor) : null
    return phone === null ? null : { kind: 'sms', phone }
  },
  judge: judgeMessaged,
}
