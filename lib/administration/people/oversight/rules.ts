import { hours } from '../../../core/kernel/time'
import type { WindowLimit } from '../../../credentials/throttle/rules'

/** Resets of 2FA by one admin; each further one needs an owner's proof as well (R5, N42). */
export const RESETS_PER_ADMIN: WindowLimit = { failures: 10, window: hours(1) }
/** The owners get one mail about all resets in this time (N42). */
export const OWNERS_TOLD_INTERVAL = hours(1)
