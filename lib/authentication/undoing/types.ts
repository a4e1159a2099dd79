import type { FactorKind } from '../../identity/policy/types'

/** A browser as a person reads of it. */
interface Browser {
  userAgent: string | null
  address: string | null
  at: Date
}

/** What the button of a notice's link will end, to be read before it is pressed (R11). */
export interface Ending {
  /** The address that comes back, in place of the one there is; null where it stays. */
  address: { back: string; leaves: string } | null
  factors: readonly { kind: FactorKind; name: string; at: Date }[]
  /** Saved recovery codes that were made since. */
  codes: { count: number; at: Date } | null
  /** Recovery codes that an admin made. */
  issued: readonly Date[]
  devices: readonly Browser[]
  sessions: readonly Browser[]
  /** When the request was made that is withdrawn (R6). */
  request: Date | null
}
