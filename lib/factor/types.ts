import type { FactorKind } from '../policy/types'

export interface FactorRow {
  id: string
  userId: string
  kind: FactorKind
  name: string
  sealedKey: string | null
  algorithm: string
  digits: number
  period: number
  lastUsedStep: number | null
  createdAt: Date
  expiresAt: Date | null
  confirmedAt: Date | null
  revokedAt: Date | null
  lastUsedAt: Date | null
}
