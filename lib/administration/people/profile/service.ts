import { about } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import type { Confirmed, FreshAdmin, Operator } from '../../../identity/actor/types'
import { setNameAndLanguage } from '../../../identity/user/service'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { doneBy } from '../rules'
import { actOnPerson, type Refused, type Target } from '../service'
import { ownChange, type Profile, type ProfileChange } from './rules'

/**
 * The name and the language of somebody at home here, who is told (R3, U6); lists and mails follow at once. `shown` is
 * what the form had in its fields: what is so still is no wish of whoever sent it.
 */
export function changeProfile(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  wanted: ProfileChange,
  shown?: Profile,
): Promise<Result<null, Refused | 'already_so' | 'profile_meanwhile'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'change_profile',
    async (deps, target): Promise<Result<null, 'already_so' | 'profile_meanwhile'>> => {
      const { change, overtaken } = ownChange(wanted, shown ?? target.person, target.person)
      return overtaken ? err('profile_meanwhile') : changeProfileIn(deps, actor, target, change)
    },
  )
}

/** Of somebody who is held and judged, in the transaction of the caller; a refusal has changed nothing. */
export async function changeProfileIn(
  deps: TransactionDeps,
  actor: FreshAdmin | Confirmed | Operator,
  { person, membership: { tenant } }: Target,
  wanted: ProfileChange,
): Promise<Result<null, 'already_so'>> {
  const to = { name: wanted.name ?? person.name, locale: wanted.locale ?? person.locale }
  if (!(await setNameAndLanguage(deps.db, person, to))) return err('already_so')
  const named = to.name === person.name ? [] : ['name' as const]
  const spoken = to.locale === person.locale ? [] : ['language' as const]
  const told = (each: { name: string; locale: string | null }) => {
    const said = { name: each.name, language: each.locale ?? '' }
    return Object.fromEntries([...named, ...spoken].map((key) => [key, said[key]]))
  }
  // Under words that the log can blank (X12).
  const data = { from: told(person), to: told(to) }
  const { entry, name, locale } = doneBy(actor, tenant)
  await recordEvent(deps, { kind: 'profile_changed', ...entry, ...about({ ...person, ...to }, tenant.id), data })
  const values = { by: name, tenant: tenant.name, name: to.name }
  await enqueueMail(deps, { ...readerOf({ ...person, ...to }, locale), template: 'profile_changed', values })
  return ok(null)
}
