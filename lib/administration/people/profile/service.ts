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

/** What is left out stays as it is. */
export type ProfileChange = Partial<{ name: string; locale: string }>

/** The name and the language of somebody at home here, who is told (R3, U6); lists and mails follow at once. */
export function changeProfile(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  wanted: ProfileChange,
): Promise<Result<null, Refused | 'already_so'>> {
  return actOnPerson(deps, actor, userId, 'change_profile', (deps, target) =>
    changeProfileIn(deps, actor, target, wanted),
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
