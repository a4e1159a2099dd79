import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { replaceEmail, taking } from '../../../authentication/email-change/service'
import type { Deps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { days, later } from '../../../core/kernel/time'
import type { FreshAdmin } from '../../../identity/actor/types'
import { GIVEN_ADDRESS_DAYS, maskEmail, normaliseEmail } from '../../../identity/user/rules'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { actOnPerson, type Refused } from '../service'

/**
 * An admin gives a person another email, at once (R11). The old one is told and can undo it for seven days; for as long
 * the new one proves nothing for R9 and E9.
 */
export async function giveEmail(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  input: { email: string; reason: string },
): Promise<Result<null, 'not_an_address' | 'same_address' | 'address_taken' | 'address_held' | Refused>> {
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
        const { name } = actor.person
        if (!(await replaceEmail(deps, person, { to, by: name }, actor.locale))) return err('address_held')
        const data = { from: maskEmail(from), to: maskEmail(to), reason: input.reason }
        await recordEvent(deps, { kind: 'address_changed', ...by(actor), ...about(person), data })
        const values = { by: name, until: later(deps.clock.now(), days(GIVEN_ADDRESS_DAYS)) }
        const there = readerOf({ ...person, email: to }, actor.locale)
        await enqueueMail(deps, { ...there, template: 'address_given_here', values })
        return ok(null)
      },
    ),
  )
}
