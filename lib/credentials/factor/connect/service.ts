import { seal } from '../../../core/crypto/seal'
import type { TransactionDeps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { later } from '../../../core/kernel/time'
import type { Person } from '../../../identity/user/types'
import { PHONE_ENDING_DIGITS, type PhoneNumber, phoneBinding } from '../sms/rules'
import { insertFactor, updateRevoked } from '../store'

type Needs = TransactionDeps<'clock' | 'random' | 'keys'>

/**
 * An unconfirmed factor whose passcodes come to the registered address, or to a number (E1, E3). Gives the factor's id.
 */
export async function beginMessaged(
  deps: Needs,
  person: Pick<Person, 'id' | 'tenantId'>,
  to: { kind: 'email' } | { kind: 'sms'; phone: PhoneNumber },
  name: string,
  life: number,
): Promise<string> {
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  const phone = to.kind === 'sms' ? to.phone.number : null
  await updateRevoked(deps.db, { userId: person.id, unconfirmedOnly: true }, now)
  await insertFactor(deps.db, {
    id,
    userId: person.id,
    kind: to.kind,
    name,
    ...(phone === null
      ? {}
      : {
          sealedPhone: seal(deps.keys, deps.random, phone, phoneBinding(person.tenantId, person.id, id)),
          phoneEnding: phone.slice(-PHONE_ENDING_DIGITS),
        }),
    createdAt: now,
    expiresAt: later(now, life),
  })
  return id
}
