/** Somebody who cannot sign in asks the admins of their home tenant (R6). */
export interface ResetRequest {
  id: string
  tenantId: string
  userId: string
  reason: string | null
  address: string | null
  userAgent: string | null
  createdAt: Date
  expiresAt: Date
  decidedAt: Date | null
  approved: boolean | null
  denialReason: string | null
  cancelledAt: Date | null
}

export type RequestState = 'open' | 'approved' | 'denied' | 'cancelled' | 'expired'
