import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { transactResult } from '../../../core/transaction'
import { endTrust } from '../../../credentials/device/service'
import { isConfirmed } from '../../../credentials/factor/rules'
import { factorsOf } from '../../../credentials/factor/service'
import type { Assured, SteppedUp } from '../../../identity/actor/types'
import { effectivePolicy } from '../../../identity/user/rules'
import { endReset, lockedPerson, lockPerson, setTwoFactorOn } from '../../../identity/user/service'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'

export async function turn(deps: TransactionDeps, actor: Assured, on: boolean): Promise<void> {
  if (!(await setTwoFactorOn(deps.db, actor.person.id, on))) return
  const kind = on ? ('two_factor_turned_on' as const) : ('two_factor_turned_off' as const)
  await recordEvent(deps, { kind, ...by(actor), ...about(actor.person) })
  const template = on ? ('two_factor_on' as const) : ('two_factor_off' as const)
  await enqueueMail(deps, { ...readerOf(actor.person, actor.locale), template, values: {} })
}

/** With a factor at hand, one click (E6, P5). */
export function turnOn(deps: Deps, actor: SteppedUp): Promise<Result<null, 'no_factor'>> {
  return transactResult(deps, async (deps): Promise<Result<null, 'no_factor'>> => {
    await lockPerson(deps.db, actor.person.id)
    if (!(await factorsOf(deps.db, actor.person.id)).some(isConfirmed)) return err('no_factor')
    await turn(deps, actor, true)
    return ok(null)
  })
}

/** Refused while required (E6). The factors stay, and one click turns them on again. */
export function turnOff(deps: Deps, actor: SteppedUp): Promise<Result<null, 'required'>> {
  return transactResult(deps, async (deps): Promise<Result<null, 'required'>> => {
    const person = await lockedPerson(deps.db, actor.person)
    if (person === null || effectivePolicy(person).required) return err('required')
    // This alone ends what an admin reset began, but for enrolling (E9).
    if (person.factorsResetAt !== null) {
      await endReset(deps.db, person.id)
      if (!person.twoFactorOn) {
        await recordEvent(deps, { kind: 'two_factor_turned_off', ...by(actor), ...about(person) })
      }
    }
    await turn(deps, actor, false)
    await endTrust(deps.db, person.id)
    return ok(null)
  })
}
