import { unseal } from '../../../core/crypto/seal'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { hours, later } from '../../../core/kernel/time'
import type { Person } from '../../../identity/user/types'
import { enqueueSms } from '../../../messaging/mail/outbox-service'
import type { SmsNotice } from '../../../messaging/sms/types'
import { isConfirmed } from '../rules'
import { type PhoneNumber, phoneBinding, readPhone } from '../sms/rules'
import { listFactors } from '../store'
import type { FactorRow } from '../types'

type Needs = TransactionDeps<'clock' | 'random' | 'keys'>

/** The number of an SMS factor; null when it cannot be read, or is no longer one that messages may go to. */
export function phoneOf(
  keys: Deps['keys'],
  person: Pick<Person, 'id' | 'tenantId'>,
  factor: Pick<FactorRow, 'id' | 'sealedPhone'>,
): PhoneNumber | null {
  if (factor.sealedPhone === null) return null
  const number = unseal(keys, factor.sealedPhone, phoneBinding(person.tenantId, person.id, factor.id))
  const read = number === null ? null : readPhone(number)
  return read?.ok ? read.value : null
}

/** A notice does not come late. */
const NOTICE_LIFE = hours(24)

/** Tells a person on their phones as well, where they have any as a factor and messages can go there (R3, R5, R6). */
export async function tellByText(
  deps: Needs & Pick<Deps, 'keys' | 'smsAvailable'>,
  person: Pick<Person, 'id' | 'tenantId' | 'locale'>,
  template: SmsNotice,
  locale: string,
): Promise<void> {
  if (!deps.smsAvailable) return
  const factors = (await listFactors(deps.db, person.id)).filter(isConfirmed)
  const numbers = new Set(factors.flatMap((factor) => phoneOf(deps.keys, person, factor)?.number ?? []))
  for (const to of numbers) {
    await enqueueSms(deps, {
      template,
      values: {},
      to,
      userId: person.id,
      tenantId: person.tenantId,
      locale: person.locale ?? locale,
      expiresAt: later(deps.clock.now(), NOTICE_LIFE),
    })
  }
}
