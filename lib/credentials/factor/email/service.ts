import { ok } from '../../../core/kernel/result'
import { maskEmail } from '../../../identity/user/rules'
import type { Connection } from '../connect/types'

/** Passcodes come to the registered address. */
export const emailConnection: Connection = {
  read: () => ok(() => ({})),
  view: (_deps, person) => ({ kind: 'email', target: maskEmail(person.email) }),
  match: null,
}
