import Bowser from 'bowser'
import { days, later } from '../../core/kernel/time'

/** The cookie outlives any trust, which is read from the row (N30). */
export const DEVICE_COOKIE_DAYS = 400
/** Records per person; an unverified one goes first, then the one seen longest ago. */
export const MAX_DEVICES = 10

export interface DeviceRow {
  id: string
  userId: string
  verifiedAt: Date | null
  trustGrantedAt: Date | null
  forgottenAt: Date | null
  lastSeenAt: Date
  userAgent: string | null
}

/** Whose device it may be, and when the devices of that person were last forgotten as a whole (D4). */
export interface DeviceOwner {
  id: string
  devicesVoidedAt: Date | null
}

function isVoid(at: Date, { devicesVoidedAt }: DeviceOwner): boolean {
  return devicesVoidedAt !== null && at <= devicesVoidedAt
}

/** A browser this person has signed in with (D2, S21); it has a budget of tries of its own (N12, N13). */
export function isRemembered(device: DeviceRow | null, owner: DeviceOwner): device is DeviceRow {
  return (
    device !== null && device.userId === owner.id && device.forgottenAt === null && !isVoid(device.lastSeenAt, owner)
  )
}

/** A remembered browser in which a verification succeeded (D7). */
export function isKnown(device: DeviceRow | null, owner: DeviceOwner): device is DeviceRow & { verifiedAt: Date } {
  return isRemembered(device, owner) && device.verifiedAt !== null && !isVoid(device.verifiedAt, owner)
}

/** What the policy says of trust, over all memberships. */
export interface TrustTerms {
  trustDays: number
  trustFloor: Date | null
}

/**
 * When the trust of this device ends, or null when it is not trusted: computed, not stored.
 * 1. Trusting is allowed, and the device is known. 2. It was granted later than the floor and the void marks (D3, D4).
 * 3. It is not older than the period.
 */
export function trustedUntil(device: DeviceRow | null, owner: DeviceOwner, terms: TrustTerms, now: Date): Date | null {
  if (!isKnown(device, owner) || device.trustGrantedAt === null || terms.trustDays <= 0) return null
  if (terms.trustFloor !== null && device.trustGrantedAt <= terms.trustFloor) return null
  if (isVoid(device.trustGrantedAt, owner)) return null
  const end = later(device.trustGrantedAt, days(terms.trustDays))
  return now < end && device.trustGrantedAt <= now ? end : null
}

/** A cookie that turns up in another browser or system carries no trust with it (D2). */
export function isSameBrowser(stored: string | null, sent: string | null): boolean {
  if (!stored || !sent) return !stored && !sent
  const [a, b] = [stored, sent].map((text) => Bowser.getParser(text))
  return a?.getBrowserName() === b?.getBrowserName() && a?.getOSName() === b?.getOSName()
}
