import type { FactorKind } from '../../identity/policy/types'

/** What a person chose to connect (E1). */
export type Wanted = { kind: 'totp' } | { kind: 'email' } | { kind: 'sms'; phone: string }

export interface FactorRow {
  id: string
  userId: string
  kind: FactorKind
  name: string
  sealedKey: string | null
  sealedPhone: string | null
  /** The last digits of the number, to be shown. */
  phoneEnding: string | null
  algorithm: string
  digits: number
  period: number
  lastUsedStep: number | null
  preferredAt: Date | null
  createdAt: Date
  expiresAt: Date | null
  confirmedAt: Date | null
  revokedAt: Date | null
  lastUsedAt: Date | null
}
