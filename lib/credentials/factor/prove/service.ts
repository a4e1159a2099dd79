import type { AnyDeps, Deps } from '../../../core/deps'
import type { Person } from '../../../identity/user/types'
import type { Channel } from '../../passcode/types'
import { emailProof } from '../email/service'
import { smsProof } from '../sms/service'
import { totpProof } from '../totp/service'
import type { ConnectableKind, FactorRow } from '../types'
import type { Asked, FactorProof, Judgement, ProvedFactor } from './types'

const PROOFS: Readonly<Record<ConnectableKind, FactorProof>> = {
  totp: totpProof,
  email: emailProof,
  sms: smsProof,
}

function proofOf({ kind }: Pick<FactorRow, 'kind'>): FactorProof | null {
  return kind === 'passkey' ? null : PROOFS[kind]
}

/** Where the passcode of this factor goes; null where none is sent, or none can be now. */
export function channelOf(
  deps: Pick<Deps, 'keys' | 'smsAvailable'>,
  person: Pick<Person, 'id' | 'tenantId'>,
  factor: FactorRow,
): Channel | null {
  return proofOf(factor)?.channel?.(deps, person, factor) ?? null
}

/** Judges what was typed for the factor that is asked now, as its kind does. */
export async function judgeFactor(
  deps: AnyDeps<'clock' | 'keys'>,
  asked: Asked,
  typed: string,
): Promise<Judgement<ProvedFactor>> {
  return (await proofOf(asked.factor)?.judge(deps, asked, typed)) ?? { verdict: 'wrong' }
}
