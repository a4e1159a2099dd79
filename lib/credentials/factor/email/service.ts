import { ok } from '../../../core/kernel/result'
import { maskEmail } from '../../../identity/user/rules'
import type { Connection } from '../connect/types'
import { judgeMessaged } from '../messaged/service'
import type { FactorProof } from '../prove/types'

/** Passcodes come to the registered address. */
export const emailConnection: Connection = {
  read: () => ok(() => ({})),
  view: (_deps, person) => ({ kind: 'email', target: maskEmail(person.email) }),
  match: null,
}

export const emailProof: FactorProof = {
  channel: () => ({ kind: 'email' }),
  judge: judgeMessaged,
}
