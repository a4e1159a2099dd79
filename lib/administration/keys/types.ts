import type { UnreadableKey } from '../../core/ring/types'

export const STORED_THINGS = ['passwords', 'factors', 'codes', 'imports', 'heads'] as const
export type StoredThing = (typeof STORED_THINGS)[number]

/** How many rows of each kind are under one key. */
export type Under = Readonly<Record<StoredThing, number>>

/** A key in use that this process cannot read, and what is under it (S28). */
export interface LostKey extends UnreadableKey {
  under: Under
}

/** What going on without a key cost. */
export interface GivenUp {
  passwords: number
  /** People whose second factors went. */
  factors: number
  codes: number
  /** People without any factor now: after an admin's reset it is the same (E9). */
  reset: number
}
