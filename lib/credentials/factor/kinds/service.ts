import type { Connection } from '../connect/types'
import { emailConnection, emailProof } from '../email/service'
import type { FactorProof } from '../prove/types'
import { smsConnection, smsProof } from '../sms/service'
import { totpConnection, totpProof } from '../totp/service'
import type { ConnectableKind, FactorRow } from '../types'

/** What a kind of factor says of itself. */
export interface KindOfFactor {
  connection: Connection
  proof: FactorProof
}

/** The one list of kinds: each has a folder beside this one. */
export const KINDS: Readonly<Record<ConnectableKind, KindOfFactor>> = {
  totp: { connection: totpConnection, proof: totpProof },
  email: { connection: emailConnection, proof: emailProof },
  sms: { connection: smsConnection, proof: smsProof },
}

const byName: ReadonlyMap<string, KindOfFactor> = new Map(Object.entries(KINDS))

/** Null for a kind that a row may name and this version does not know. */
export function kindOf({ kind }: Pick<FactorRow, 'kind'>): KindOfFactor | null {
  return byName.get(kind) ?? null
}
