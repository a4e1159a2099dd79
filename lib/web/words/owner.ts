import type { TenantAdmin } from '../../identity/actor/types'
import type { Reader } from './reader'

/** What the fields for an owner's proof say (R5). */
export function ownerProof({ ownerNeeded, actor }: { ownerNeeded: boolean; actor: TenantAdmin }, t: Reader['t']) {
  return {
    needed: ownerNeeded,
    email: actor.tenant.role === 'owner' ? actor.person.email : undefined,
    labels: {
      intro: t('act.ownerIntro'),
      email: t('act.ownerEmail'),
      code: t('act.ownerCode'),
      codeHint: t('act.ownerCodeHint'),
    },
  }
}
