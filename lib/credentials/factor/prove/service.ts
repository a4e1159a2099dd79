import type { AnyDeps, Deps } from '../../../core/deps'
import type { Person } from '../../../identity/user/types'
import type { Channel } from '../../passcode/types'
import { kindOf } from '../kinds/service'
import type { FactorRow } from '../types'
import type { Asked, Judgement, ProvedFactor } from './types'

/** Where the passcode of this factor goes; null where none is sent, or none can be now. */
export function channelOf(
  deps: Pick<Deps, 'keys' | 'smsAvailable'>,
  person: Pick<Person, 'id' | 'tenantId'>,
  factor: FactorRow,
): Channel | null {
  return kindOf(factor)?.proof.channel?.(deps, person, factor) ?? null
}

/** Judges what was typed for the factor that is asked now, as its kind does. */
export async function judgeFactor(
  deps: AnyDeps<'clock' | 'keys'>,
  asked: Asked,
  typed: string,
): Promise<Judgement<ProvedFactor>> {
  return (await kindOf(asked.factor)?.proof.judge(deps, asked, typed)) ?? { verdict: 'wrong' }
}
