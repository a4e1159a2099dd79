import ipaddr from 'ipaddr.js'
import { UNREADABLE } from '../../core/kernel/request'
import { CLOCK_TOLERANCE, hours, later, minutes } from '../../core/kernel/time'

/** Failures in a window, then a wait as long as the window (N13). */
export interface WindowLimit {
  failures: number
  window: number
}
export const PASSWORD_PER_ADDRESS: WindowLimit = { failures: 10, window: minutes(15) }
export const PASSWORD_PER_CLIENT: WindowLimit = { failures: 50, window: minutes(15) }
export const STEP_UP_PER_SESSION: WindowLimit = { failures: 3, window: minutes(10) }
export const SETUP_PER_CLIENT: WindowLimit = { failures: 20, window: minutes(15) }
/** Passcodes per person, whatever their channel, and as many for each known device (N7). */
export const MAILS_PER_QUARTER: WindowLimit = { failures: 9, window: minutes(15) }
export const MAILS_PER_DAY: WindowLimit = { failures: 30, window: hours(24) }
/** Passcodes of all people of a tenant, and of the installation: far above a morning's rush, far below a flood. */
export const PASSCODES_PER_TENANT: WindowLimit = { failures: 5_000, window: minutes(15) }
export const PASSCODES_IN_ALL: WindowLimit = { failures: 20_000, window: minutes(15) }
/** Whoever cancels and asks again fills no inbox; per known device, and per network for all others (R6, S30). */
export const RESET_REQUESTS_PER_DAY: WindowLimit = { failures: 3, window: hours(24) }
/** The same invitation, sent again (R10); an address belongs to somebody who never asked for our mail. */
export const INVITATIONS_PER_ADDRESS: WindowLimit = { failures: 5, window: hours(24) }
/** Text messages cost money: per number, and to all numbers of a tenant and of the installation (N7). */
export const SMS_PER_NUMBER: WindowLimit = { failures: 5, window: hours(1) }
export const SMS_PER_TENANT: WindowLimit = { failures: 500, window: hours(1) }
export const SMS_IN_ALL: WindowLimit = { failures: 2_000, window: hours(1) }
/** To numbers of a kind or prefix that is not a country's ordinary mobile one, per prefix. */
export const SMS_PER_UNUSUAL_PREFIX: WindowLimit = { failures: 5, window: hours(24) }
/** Mailed links (R9, U1, R11), per person or typed address (N16). */
export const LINKS_PER_TEN_MINUTES: WindowLimit = { failures: 5, window: minutes(10) }
export const LINKS_PER_QUARTER: WindowLimit = { failures: 10, window: minutes(15) }
export const LINKS_PER_HALF_HOUR: WindowLimit = { failures: 15, window: minutes(30) }
/** Per person or typed address; past it still a few, so that nobody's requests end them for a day (S30). */
export const LINKS_PER_DAY: WindowLimit = { failures: 20, window: hours(24) }
export const LINKS_AFTER_THAT: WindowLimit = { failures: 1, window: hours(1) }
/** Above what the people of one office ask for in a morning, who come from one network. */
export const LINKS_PER_CLIENT: WindowLimit = { failures: 50, window: minutes(15) }
export const DEAD_LINKS_PER_CLIENT: WindowLimit = { failures: 20, window: minutes(15) }

/** Second factor, per person over all kinds, attempts and addresses (S5). */
export const FACTOR_ROUND = 5
export const FACTOR_FIRST_WAIT = minutes(15)
export const FACTOR_MAX_WAIT = hours(24)
/** NIST SP 800-63B-4 3.2.2: at most 100 consecutive failures. */
export const FACTOR_LIFETIME = 100
/** Of them at browsers that are not known, so that whoever has the password leaves tries to a known device (S30). */
export const FACTOR_LIFETIME_UNKNOWN = 80
/** Wrong recovery codes, over all people: nobody guesses 80 bits, so this bounds the work and no right one (N10). */
export const RECOVERY_PER_CLIENT: WindowLimit = { failures: 30, window: hours(1) }

/**
 * How long a person waits after `lifetime` consecutive failures: 15 minutes, doubled each round of five, at most 24 h.
 */
export function factorWait(lifetime: number): number {
  const round = Math.max(1, Math.floor(lifetime / FACTOR_ROUND))
  return Math.min(FACTOR_MAX_WAIT, FACTOR_FIRST_WAIT * 2 ** Math.min(round - 1, 20))
}

export function factorBlockedUntil(lifetime: number, now: Date): Date {
  return later(now, factorWait(lifetime))
}

/** The end of a wait that can be so long at most: what a clock that was ahead wrote is a whole wait from now (S5). */
export function boundedEnd(end: Date, longest: number, now: Date): Date {
  return end > later(now, longest + CLOCK_TOLERANCE) ? later(now, longest) : end
}

/** The part of an address that one client cannot change at will: /24 for IPv4, /56 for IPv6 (N14). */
export function clientPrefix(address: string | null): string {
  if (address === null) return 'unknown'
  if (address.startsWith(UNREADABLE)) return address
  const of24 = (ipv4: string) => `${ipv4.split('.').slice(0, 3).join('.')}.0/24`
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return of24(address)
  if (!ipaddr.IPv6.isValid(address)) return 'unknown'
  const ipv6 = ipaddr.IPv6.parse(address)
  // An IPv4 address in its IPv6 form (RFC 4291 2.5.5.2) is that IPv4 address.
  if (ipv6.isIPv4MappedAddress()) return of24(ipv6.toIPv4Address().toString())
  const groups = ipv6.parts.map((group) => group.toString(16).padStart(4, '0'))
  // The first 14 hexadecimal digits.
  return `${groups.join(':').slice(0, 17)}/56`
}
