import { hmac } from '../../core/crypto/digest'
import { toBase64Url } from '../../core/crypto/encoding'
import type { DbOrTx } from '../../core/db'
import type { AnyDeps, Deps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { days, later, minutes } from '../../core/kernel/time'
import {
  boundedEnd,
  clientPrefix,
  FACTOR_LIFETIME,
  FACTOR_LIFETIME_UNKNOWN,
  FACTOR_ROUND,
  factorBlockedUntil,
  factorWait,
  type WindowLimit,
} from './rules'
import {
  decrementCounted,
  decrementFactorLifetime,
  decrementWindows,
  findThrottle,
  incrementWindows,
  insertFactorThrottle,
  listThrottles,
  updateBlockBounded,
  updateFactorBlock,
  updateFactorCharge,
  updateFactorLifetime,
  updateFactorNextRound,
  updateFactorRefund,
  updateFactorReset,
  updateWindowBounded,
  updateWindowEnd,
  updateWindowsOver,
  upsertFactorCharges,
  type WindowRow,
} from './store'
import type { FactorCounters } from './types'

const ROUND = { round: FACTOR_ROUND, lifetime: FACTOR_LIFETIME }
/** Counts without a window: long enough that no cleaning ever forgets one (S5). */
const ROW_TTL = days(4000)
const NOTICE_INTERVAL = minutes(30)
const REFUSAL_INTERVAL = minutes(1)

type Needs = AnyDeps<'clock' | 'keys'>

export interface Wait {
  /** When to try again; null when only recovery or an admin helps. */
  until: Date | null
}

/** The name of a counter over something personal: keyed, so that the table tells nothing of who was tried. */
export function throttleKey(deps: Pick<Deps, 'keys'>, kind: string, what: string): string {
  return `${kind}:${toBase64Url(hmac(deps.keys.derive('throttle'), what))}`
}

export interface Slot {
  key: string
  limit: WindowLimit
}

/** Takes slots before the work is done, all or none; `giveBack` returns them after a success. */
export async function takeSlots(deps: Needs, slots: readonly Slot[]): Promise<Result<null, 'throttled', Wait>> {
  const now = deps.clock.now()
  const rows = await countIn(
    deps,
    slots.map(({ key, limit }) => ({ key, window: limit.window })),
    now,
  )
  const taken = slots.map(({ key, limit }) => {
    const row = rows.find((each) => each.key === key)
    if (row === undefined) throw new Error('a counter is missing')
    return { ...row, limit }
  })
  const full = taken.find((each) => each.failures > each.limit.failures)
  if (full !== undefined) {
    await decrementCounted(deps.db, rows)
    return err('throttled', { until: full.windowEndsAt })
  }
  for (const { key, failures, limit } of taken) {
    if (failures === limit.failures) await updateWindowEnd(deps.db, key, later(now, limit.window))
  }
  return ok(null)
}

/** Counts in each window; an end that a clock which was ahead wrote is brought down, and the count stays (S4). */
async function countIn(
  deps: AnyDeps<'clock'>,
  windows: readonly { key: string; window: number }[],
  now: Date,
): Promise<WindowRow[]> {
  const ends = windows.map(({ key, window }) => ({ key, end: later(now, window) }))
  const rows = await incrementWindows(deps.db, ends, now)
  const bounded: WindowRow[] = []
  for (const row of rows) {
    const window = windows.find(({ key }) => key === row.key)?.window ?? 0
    const windowEndsAt = boundedEnd(row.windowEndsAt, window, now)
    if (windowEndsAt < row.windowEndsAt) await updateWindowBounded(deps.db, row, windowEndsAt)
    bounded.push({ ...row, windowEndsAt })
  }
  return bounded
}

export function takeSlot(deps: Needs, key: string, limit: WindowLimit): Promise<Result<null, 'throttled', Wait>> {
  return takeSlots(deps, [{ key, limit }])
}

export async function giveBack(db: DbOrTx, keys: readonly string[]): Promise<void> {
  await decrementWindows(db, keys)
}

/**
 * The counter of wrong passwords for what was typed; the browser's own where it has one, which nobody gets to by typing
 * its name (N13, S30).
 */
export function passwordCounter(deps: Pick<Deps, 'keys'>, typed: string, lane: string | null): string {
  return lane === null ? throttleKey(deps, 'password', typed) : throttleKey(deps, 'password-lane', `${typed}:${lane}`)
}

/** Nobody waits for these any more. */
export function endWaits(deps: AnyDeps<'clock'>, keys: readonly string[]): Promise<void> {
  return updateWindowsOver(deps.db, keys, deps.clock.now())
}

/** When the next place of these can be taken, without taking one; null when that is now. */
export async function nextSlot(deps: AnyDeps<'clock'>, slots: readonly Slot[]): Promise<Date | null> {
  const now = deps.clock.now()
  const rows = await listThrottles(
    deps.db,
    slots.map(({ key }) => key),
  )
  const ends = rows.flatMap(({ key, failures, windowEndsAt }) => {
    const slot = slots.find((each) => each.key === key)
    const isFull = slot !== undefined && failures >= slot.limit.failures && windowEndsAt > now
    return isFull ? [boundedEnd(windowEndsAt, slot.limit.window, now)] : []
  })
  return ends.reduce<Date | null>((last, end) => (last && last > end ? last : end), null)
}

export function factorCounters(userId: string, knownDeviceId: string | null): FactorCounters {
  const lane = knownDeviceId === null ? userId : `${userId}:${knownDeviceId}`
  return {
    person: `factor:${userId}`,
    unknown: `factor-unknown:${userId}`,
    device: knownDeviceId === null ? null : `factor:${lane}`,
    ofOthers: false,
    messages: [`mail15:${lane}`, `mail24:${lane}`],
  }
}

/** Of somebody who asks for this person's passcode: rounds and messages of their own (N42, S30). */
export function askersCounters(userId: string, askerId: string): FactorCounters {
  return { ...factorCounters(userId, `by:${askerId}`), ofOthers: true }
}

/**
 * Charges one try before it is judged (S5): of 64 parallel tries at most five are. A known device has rounds of its
 * own, so that failures elsewhere do not shut out the rightful person; the ceiling of 100 counts both, and leaves a
 * known device twenty, whoever else was asked for this person's passcode (S30).
 */
export async function chargeFactorTry(deps: Needs, counters: FactorCounters): Promise<Result<null, 'throttled', Wait>> {
  if (await chargeAtOnce(deps, counters)) return ok(null)
  // The person's row first in either case, so that two at once wait and do not block each other.
  if (counters.device === null) {
    const round = await chargeRound(deps, counters.person)
    if (!round.ok || (await chargeLifetime(deps, counters.unknown, FACTOR_LIFETIME_UNKNOWN))) return round
    await updateFactorRefund(deps.db, counters.person)
    return err('throttled', { until: null })
  }
  if (!(await chargeLifetime(deps, counters.person, FACTOR_LIFETIME))) return err('throttled', { until: null })
  if (counters.ofOthers && !(await chargeLifetime(deps, counters.unknown, FACTOR_LIFETIME_UNKNOWN))) {
    await decrementFactorLifetime(deps.db, counters.person)
    return err('throttled', { until: null })
  }
  const round = await chargeRound(deps, counters.device)
  if (round.ok) return round
  await decrementFactorLifetime(deps.db, counters.person)
  if (counters.ofOthers) await decrementFactorLifetime(deps.db, counters.unknown)
  return round
}

/** All of its counters in one statement, where none of them is at a limit; else none of them. */
async function chargeAtOnce(deps: Needs, { person, unknown, device, ofOthers }: FactorCounters): Promise<boolean> {
  const round = { failures: 1, lifetime: FACTOR_LIFETIME } as const
  const ofUnknown = { key: unknown, failures: 0, lifetime: FACTOR_LIFETIME_UNKNOWN } as const
  const charges =
    device === null
      ? [{ key: person, ...round }, ofUnknown]
      : [
          { key: person, failures: 0, lifetime: FACTOR_LIFETIME } as const,
          ...(ofOthers ? [ofUnknown] : []),
          { key: device, ...round },
        ]
  const windowEndsAt = later(deps.clock.now(), ROW_TTL)
  const counted = await upsertFactorCharges(deps.db, charges, { round: FACTOR_ROUND, windowEndsAt })
  if (counted.length === charges.length) return true
  for (const { key, failures } of charges) {
    if (!counted.includes(key)) continue
    if (failures === 1) await updateFactorRefund(deps.db, key)
    else await decrementFactorLifetime(deps.db, key)
  }
  return false
}

async function chargeLifetime(deps: Needs, key: string, limit: number): Promise<boolean> {
  if (await updateFactorLifetime(deps.db, key, limit)) return true
  await insertFactorThrottle(deps.db, key, later(deps.clock.now(), ROW_TTL))
  return updateFactorLifetime(deps.db, key, limit)
}

async function chargeRound(deps: Needs, key: string): Promise<Result<null, 'throttled', Wait>> {
  const now = deps.clock.now()
  if (await updateFactorCharge(deps.db, key, ROUND)) return ok(null)
  const row = await findThrottle(deps.db, key)
  if (row === null) {
    await insertFactorThrottle(deps.db, key, later(now, ROW_TTL))
    return chargeRound(deps, key)
  }
  if (row.lifetime >= FACTOR_LIFETIME) return err('throttled', { until: null })
  if (row.blockedUntil === null) {
    if (row.failures < FACTOR_ROUND) return chargeRound(deps, key)
    const until = factorBlockedUntil(row.lifetime, now)
    await updateFactorBlock(deps.db, key, FACTOR_ROUND, until)
    return err('throttled', { until })
  }
  const until = boundedEnd(row.blockedUntil, factorWait(row.lifetime), now)
  if (until < row.blockedUntil) await updateBlockBounded(deps.db, key, row.blockedUntil, until)
  if (until > now) return err('throttled', { until })
  if (await updateFactorNextRound(deps.db, key, ROUND, now)) return ok(null)
  return chargeRound(deps, key)
}

/** A right answer: the charge was no failure. */
export async function refundFactorTry(db: DbOrTx, counters: FactorCounters): Promise<void> {
  await updateFactorRefund(db, counters.device ?? counters.person)
  if (counters.device !== null) await decrementFactorLifetime(db, counters.person)
  if (counters.device === null || counters.ofOthers) await decrementFactorLifetime(db, counters.unknown)
}

/** The right answer ends the failures in a row of this lane, and of no other (N42). */
export async function resetRounds(db: DbOrTx, { device }: FactorCounters): Promise<void> {
  if (device !== null) await updateFactorReset(db, [device])
}

/** Starts the wait at once when this failure was the last of its round; null while tries are left. */
export async function noteFactorFailure(deps: Needs, counters: FactorCounters): Promise<Wait | null> {
  const key = counters.device ?? counters.person
  const rows = await listThrottles(deps.db, [key, counters.person, counters.unknown])
  const lifetime = (of: string) => rows.find((each) => each.key === of)?.lifetime ?? 0
  const countsAsUnknown = counters.device === null || counters.ofOthers
  const unknownSpent = countsAsUnknown && lifetime(counters.unknown) >= FACTOR_LIFETIME_UNKNOWN
  if (unknownSpent || lifetime(counters.person) >= FACTOR_LIFETIME) return { until: null }
  const row = rows.find((each) => each.key === key) ?? null
  if (row === null || row.failures < FACTOR_ROUND) return null
  const now = deps.clock.now()
  const until =
    row.blockedUntil === null
      ? factorBlockedUntil(row.lifetime, now)
      : boundedEnd(row.blockedUntil, factorWait(row.lifetime), now)
  await updateFactorBlock(deps.db, key, FACTOR_ROUND, until)
  return { until }
}

/** Only a complete sign-in of the person resets the counts (S5), and that of what was sent (N7). */
export async function resetFactorCounters(
  db: DbOrTx,
  userId: string,
  { person, unknown, device, messages }: FactorCounters,
): Promise<void> {
  const keys = [person, unknown, device, ...messages, ...factorCounters(userId, null).messages]
  await updateFactorReset(
    db,
    keys.filter((key) => key !== null),
  )
}

/** One mail of a kind per person and half hour (N19); true when this one may go. */
export function takeNotice(deps: AnyDeps<'clock'>, kind: string, userId: string): Promise<boolean> {
  return firstIn(deps, `notice:${kind}:${userId}`, NOTICE_INTERVAL)
}

/** Whether this is the first of its kind from this client for a minute: a flood leaves one line, not a full log. */
export function takeRefusal(deps: Needs, reason: string, address: string | null): Promise<boolean> {
  return firstIn(deps, throttleKey(deps, `refusal:${reason}`, clientPrefix(address)), REFUSAL_INTERVAL)
}

/** A counter of nothing: throws where nothing can be written. */
export async function proveWritable(deps: AnyDeps<'clock'>): Promise<void> {
  await firstIn(deps, 'health', REFUSAL_INTERVAL)
}

async function firstIn(deps: AnyDeps<'clock'>, key: string, every: number): Promise<boolean> {
  const now = deps.clock.now()
  const [row] = await countIn(deps, [{ key, window: every }], now)
  return row?.failures === 1
}
