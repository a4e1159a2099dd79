import { FACTOR_KINDS, type FactorKind } from '../../identity/policy/types'

/** Kinds that a row may name. */
export const STORED_KINDS: readonly FactorKind[] = FACTOR_KINDS

/** Kinds that can be connected in this version. */
export const CONNECTABLE_KINDS = ['totp', 'email', 'sms'] as const satisfies readonly FactorKind[]
export type ConnectableKind = (typeof CONNECTABLE_KINDS)[number]

/** What a person chose to connect (E1), and what they typed for it. */
export interface Wanted {
  kind: ConnectableKind
  phone?: string
}

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
  /** The time steps of an app that were used before that, as `usedUntil` reads them. */
  usedBefore: string
  preferredAt: Date | null
  createdAt: Date
  expiresAt: Date | null
  confirmedAt: Date | null
  revokedAt: Date | null
  lastUsedAt: Date | null
}
