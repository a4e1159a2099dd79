import Bowser from 'bowser'
import { hashToken, isToken, successorOf } from '../../core/crypto/token'
import { days, later } from '../../core/kernel/time'

/** The cookie outlives any trust, which is read from the row (N30). */
export const DEVICE_COOKIE_DAYS = 400
/** Records per person; an unverified one goes first, then the one seen longest ago. */
export const MAX_DEVICES = 10

/** Values in one cookie, one a person; whoever signed in longest ago is left out first (D7). */
export const MAX_VALUES = 5

/** What the cookie holds for one person: which row it is of, and what changes at each use. */
export interface DeviceValue {
  series: string
  secret: string
  /** The how-manieth of its row. Whoever writes another number gains nothing: only the secret opens anything. */
  generation: number
}

const MAX_COOKIE = 1000

/** The values of a cookie, the one used last at the end. The cookie of the version before was one token (D7). */
export function readDeviceCookie(cookie: string | null): DeviceValue[] {
  if (cookie === null || cookie.length > MAX_COOKIE) return []
  if (isToken(cookie)) return [{ series: cookie, secret: cookie, generation: 0 }]
  return cookie
    .split('~')
    .flatMap((text) => {
      const [series = '', secret = '', number = '', ...rest] = text.split('.')
      const whole = isToken(series) && isToken(secret) && /^\d{1,9}$/.test(number) && rest.length === 0
      return whole ? [{ series, secret, generation: Number(number) }] : []
    })
    .slice(-MAX_VALUES)
}

export function writeDeviceCookie(values: readonly DeviceValue[]): string {
  return values
    .slice(-MAX_VALUES)
    .map(({ series, secret, generation }) => `${series}.${secret}.${generation}`)
    .join('~')
}

/** What is stored of the values of one row; digests only. */
export interface ValueState {
  valueHash: string
  /** The one that was replaced, good until its successor has come back; none where a verification made the value. */
  previousHash: string | null
  successorSalt: string | null
  generation: number
  /** The newest that has come back. */
  returned: number
}

/**
 * What a value that a browser sends is worth (D7, S21).
 * - `current`: the one that was given last.
 * - `replaced`: the one before, whose successor has not come back: its answer may be lost.
 * - `old`: a later one has come back since; after the right password that is somebody else's copy.
 * - `unknown`: no value, or one that a verification made worthless before its own value came back.
 */
export type Standing = 'current' | 'replaced' | 'old' | 'unknown'

export function standingOf(state: ValueState, { secret, generation }: DeviceValue): Standing {
  const hash = hashToken('device', secret)
  if (hash === state.valueHash) return 'current'
  if (hash === state.previousHash && state.returned < state.generation) return 'replaced'
  return generation < state.returned ? 'old' : 'unknown'
}

/** The first value of a row, or the one that a verification makes: nothing held before is good, without grace. */
export function freshValue(
  before: ValueState | null,
  presented: { value: DeviceValue; standing: Standing } | null,
  random: { series: string; secret: string },
): { state: ValueState; value: DeviceValue } {
  const generation = (before?.generation ?? 0) + 1
  const returned = before === null ? 0 : presented?.standing === 'current' ? before.generation : before.returned
  const value = { series: presented?.value.series ?? random.series, secret: random.secret, generation }
  const valueHash = hashToken('device', value.secret)
  return { state: { valueHash, previousHash: null, successorSalt: null, generation, returned }, value }
}

/**
 * The value that a good one is renewed to. One whose successor never came back gets that successor once more, so that
 * of two answers at once, and of one that is lost, it is the same whichever the browser keeps.
 */
export function renewedValue(
  before: ValueState,
  { value, standing }: { value: DeviceValue; standing: 'current' | 'replaced' },
  salt: string,
): { state: ValueState; value: DeviceValue } {
  if (standing === 'replaced') {
    const secret = successorOf(value.secret, before.successorSalt ?? '')
    return { state: before, value: { ...value, secret, generation: before.generation } }
  }
  const next = { ...value, secret: successorOf(value.secret, salt), generation: before.generation + 1 }
  const state = {
    valueHash: hashToken('device', next.secret),
    previousHash: before.valueHash,
    successorSalt: salt,
    generation: next.generation,
    returned: before.generation,
  }
  return { state, value: next }
}

export interface DeviceRow {
  id: string
  userId: string
  verifiedAt: Date | null
  trustGrantedAt: Date | null
  forgottenAt: Date | null
  lastSeenAt: Date
  userAgent: string | null
}

/** With what stands for its value in the cookie. */
export interface StoredDevice extends DeviceRow, ValueState {
  seriesHash: string
}

/** Whose device it may be, and when the devices of that person were last forgotten as a whole (D4). */
export interface DeviceOwner {
  id: string
  devicesVoidedAt: Date | null
  /** 2FA was turned off for everybody, and no row of trust says so yet (P6). */
  factorsVoided: boolean
}

function isVoid(at: Date, { devicesVoidedAt }: DeviceOwner): boolean {
  return devicesVoidedAt !== null && at <= devicesVoidedAt
}

/** A browser this person has signed in with (D2, S21); it has a budget of tries of its own (N12, N13). */
export function isRemembered<Row extends DeviceRow>(device: Row | null, owner: DeviceOwner): device is Row {
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
 * 1. Trusting is allowed, and the device is known. 2. It was granted later than the floor and the void marks (D3, D4,
 * P6).
 * 3. It is not older than the period.
 */
export function trustedUntil(device: DeviceRow | null, owner: DeviceOwner, terms: TrustTerms, now: Date): Date | null {
  if (!isKnown(device, owner) || device.trustGrantedAt === null || terms.trustDays <= 0) return null
  if (terms.trustFloor !== null && device.trustGrantedAt <= terms.trustFloor) return null
  if (isVoid(device.trustGrantedAt, owner) || owner.factorsVoided) return null
  const end = later(device.trustGrantedAt, days(terms.trustDays))
  return now < end && device.trustGrantedAt <= now ? end : null
}

/** A cookie that turns up in another browser or system carries no trust with it (D2). */
export function isSameBrowser(stored: string | null, sent: string | null): boolean {
  if (!stored || !sent) return !stored && !sent
  const [a, b] = [stored, sent].map((text) => Bowser.getParser(text))
  return a?.getBrowserName() === b?.getBrowserName() && a?.getOSName() === b?.getOSName()
}
