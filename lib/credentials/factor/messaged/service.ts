import type { AnyDeps } from '../../../core/deps'
import { findPasscode, usePasscode } from '../../passcode/service'
import type { Asked, Judgement, ProvedFactor } from '../prove/types'
import { updateUsed } from '../store'

const EXPIRED = { verdict: 'unjudged', code: 'expired' } as const

/** Kinds whose passcode is a message: the newest one that was sent for this factor, while it still is one. */
export async function judgeMessaged(
  deps: AnyDeps<'clock' | 'keys'>,
  { person, factor, scope }: Asked,
  typed: string,
): Promise<Judgement<ProvedFactor>> {
  const found = await findPasscode(deps, scope, typed)
  if (found.verdict !== 'right') return found.verdict === 'wrong' ? { verdict: 'wrong' } : EXPIRED
  return {
    verdict: 'right',
    found: { factorId: factor.id },
    spend: async (deps) =>
      (await usePasscode(deps, scope, found.id)) &&
      updateUsed(deps.db, { id: factor.id, userId: person.id }, deps.clock.now()),
  }
}
