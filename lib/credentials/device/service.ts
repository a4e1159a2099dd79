import { hashToken, newToken } from '../../core/crypto/token'
import type { DbOrTx, Tx } from '../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import {
  type DeviceOwner,
  type DeviceRow,
  type DeviceValue,
  freshValue,
  isKnown,
  isRemembered,
  isSameBrowser,
  MAX_DEVICES,
  readDeviceCookie,
  renewedValue,
  type Standing,
  type StoredDevice,
  standingOf,
  type TrustTerms,
  trustedUntil,
  type ValueState,
  writeDeviceCookie,
} from './rules'
import {
  deleteDevices,
  deleteUnverified,
  findDevice,
  findDevices,
  insertDevice,
  type ListedDevice,
  listDevices,
  updateCopied,
  updateForgotten,
  updateForgottenSince,
  updateReturned,
  updateTrustEnded,
  updateUse,
} from './store'

export interface Browser {
  id: string
  /** A verification succeeded in it (D7). */
  known: boolean
  /** 2FA is skipped in it now (D1). */
  trusted: boolean
}

/** What a browser sent: the cookie with a value for each person who signed in there. */
type Sent = { deviceToken: string | null; request: Pick<RequestInfo, 'userAgent'> }

/**
 * The browser of a cookie, as the person's; missing, malformed, replaced or forgotten is none. The look-up costs the
 * same for nobody.
 */
export async function findBrowser(
  deps: AnyDeps<'clock'>,
  from: Sent,
  owner: DeviceOwner | null,
  terms: TrustTerms | null,
): Promise<Browser | null> {
  const presented = await findPresented(deps.db, readDeviceCookie(from.deviceToken), owner?.id ?? '')
  if (owner === null) return null
  const good = presented.find((each) => isGood(each) && isRemembered(each.row, owner))
  return good === undefined ? null : browserOf(deps, good.row, from, owner, terms)
}

interface Presented {
  row: StoredDevice
  value: DeviceValue
  standing: Standing
}

const BEST_FIRST: readonly Standing[] = ['current', 'replaced', 'old', 'unknown']

/** The person's rows that these values name, the best value of each. */
async function findPresented(db: DbOrTx, values: readonly DeviceValue[], userId: string): Promise<Presented[]> {
  if (values.length === 0) return []
  const seriesHashes = values.map(({ series }) => hashToken('device', series))
  const rows = await findDevices(db, { seriesHashes, userId })
  return rows
    .flatMap((row) =>
      values
        .filter((_, index) => seriesHashes[index] === row.seriesHash)
        .map((value) => ({ row, value, standing: standingOf(row, value) })),
    )
    .sort((a, b) => BEST_FIRST.indexOf(a.standing) - BEST_FIRST.indexOf(b.standing))
    .filter(({ row }, index, all) => all.findIndex((each) => each.row.id === row.id) === index)
}

type Good = Presented & { standing: 'current' | 'replaced' }

function isGood(presented: Presented): presented is Good {
  return presented.standing === 'current' || presented.standing === 'replaced'
}

function browserOf(
  deps: Pick<Deps, 'clock'>,
  device: DeviceRow,
  from: Sent,
  owner: DeviceOwner,
  terms: TrustTerms | null,
): Browser {
  const until = terms === null ? null : trustedUntil(device, owner, terms, deps.clock.now())
  const trusted = until !== null && isSameBrowser(device.userAgent, from.request.userAgent)
  return { id: device.id, known: isKnown(device, owner), trusted }
}

/**
 * The first step was right: a value that came back retires the one before it, and an old one ends its device (D7, S21).
 * Gives what was ended. `met` is the browser as it was read before the password was judged: what was good then was
 * overtaken by another tab, and is nobody's copy.
 */
export async function meetBrowser(
  deps: TransactionDeps<'clock'>,
  from: Sent,
  owner: DeviceOwner,
  met: Browser | null,
): Promise<DeviceRow[]> {
  const copied: DeviceRow[] = []
  for (const { row, value, standing } of await findPresented(deps.db, readDeviceCookie(from.deviceToken), owner.id)) {
    if (!isRemembered(row, owner)) continue
    if (standing === 'current') await updateReturned(deps.db, row)
    if (standing !== 'old' || row.id === met?.id) continue
    if (await updateCopied(deps.db, row.id, value.generation, deps.clock.now())) copied.push(row)
  }
  return copied
}

export interface Remembered {
  id: string
  /** The cookie with this person's value renewed and nobody else's; null where another tab renewed it meanwhile. */
  token: string | null
  /** The person never signed in with it before, or what the browser holds is good no more (D10). */
  fresh: boolean
  /** What `findBrowser` would have said of it until then. */
  before: Browser | null
}

/** How often a row is read anew that another request changed meanwhile. */
const LOOKS_AGAIN = 3

/**
 * Remembers this browser for this person, and renews what it holds (D7): where the sign-in makes it known or trusted by
 * a value that nobody can have held before, else by the successor of the one it sent. `met` as for `meetBrowser`.
 */
export async function rememberDevice(
  deps: TransactionDeps<'clock' | 'random'>,
  owner: DeviceOwner,
  from: { deviceToken: string | null; request: RequestInfo; met?: Browser | null },
  proved: { verified: boolean; trusted: boolean },
  terms: TrustTerms | null = null,
  looksAgain = LOOKS_AGAIN,
): Promise<Remembered> {
  const now = deps.clock.now()
  const values = readDeviceCookie(from.deviceToken)
  const presented = await findPresented(deps.db, values, owner.id)
  const alive = presented.filter(({ row }) => isRemembered(row, owner))
  const good = alive.find(isGood)
  const overtaken = good ? undefined : alive.find(({ row }) => row.id === from.met?.id)
  const grants = proved.verified || proved.trusted
  // A value that a verification made and whose answer was lost: verified again, it is the same browser.
  const kept = good ?? overtaken ?? (grants ? alive.find(({ standing }) => standing === 'unknown') : undefined)
  const others = values.filter(({ series }) => !presented.some(({ value }) => value.series === series))
  const before = good ?? overtaken
  const seen = { userAgent: from.request.userAgent, address: from.request.address, ...proved, now }
  const told = {
    fresh: before === undefined,
    before:
      before === undefined ? null : asMet(browserOf(deps, before.row, from, owner, terms), good ? null : from.met),
  }
  if (kept !== undefined) {
    const { row } = kept
    const made = grants ? freshFor(deps, row, kept) : good ? renewedValue(row, good, newToken(deps.random)) : null
    const use = { ...stateOf(made?.state ?? row), seriesHash: row.seriesHash, ...seen }
    if (await updateUse(deps.db, row, use)) {
      const token = made === null ? null : writeDeviceCookie([...others, made.value])
      return { id: row.id, token, ...told }
    }
    // Another request renewed or ended it since it was read: what it made of it counts.
    if (looksAgain > 0) return rememberDevice(deps, owner, from, proved, terms, looksAgain - 1)
  }
  await deleteDevices(
    deps.db,
    owner.id,
    presented.filter((each) => !alive.includes(each)).map(({ row }) => row.id),
  )
  const made = freshFor(deps, null, null)
  const id = newId(now, deps.random)
  const seriesHash = hashToken('device', made.value.series)
  await insertDevice(deps.db, { id, userId: owner.id }, { ...made.state, seriesHash, ...seen })
  await keepFew(deps.db, owner)
  return { id, token: writeDeviceCookie([...others, made.value]), fresh: true, before: null }
}

/**
 * The cookie once more, for the repeat of a sign-in whose answer was lost (D7): the value it gave, where that can be
 * told from what the browser sent, else a new one. Null where there is nothing to give.
 */
export async function giveAgain(
  deps: TransactionDeps<'clock' | 'random'>,
  owner: DeviceOwner,
  from: { deviceToken: string | null; request: RequestInfo },
  id: string,
): Promise<string | null> {
  const row = await findDevice(deps.db, { id, userId: owner.id })
  if (!isRemembered(row, owner)) return null
  const values = readDeviceCookie(from.deviceToken)
  const presented = await findPresented(deps.db, values, owner.id)
  const mine = presented.find((each) => each.row.id === id) ?? null
  const renews = mine !== null && isGood(mine)
  const made = renews ? renewedValue(row, mine, newToken(deps.random)) : freshFor(deps, row, mine)
  const use = { ...made.state, seriesHash: hashToken('device', made.value.series), verified: false, trusted: false }
  const { userAgent, address } = from.request
  if (!(await updateUse(deps.db, row, { ...use, userAgent, address, now: deps.clock.now() }))) return null
  const others = values.filter(({ series }) => !presented.some(({ value }) => value.series === series))
  return writeDeviceCookie([...others, made.value])
}

/** What was overtaken is worth no more than it was when it was read. */
function asMet(now: Browser, met: Browser | null | undefined): Browser {
  return met ? { ...now, known: now.known && met.known, trusted: now.trusted && met.trusted } : now
}

function freshFor(deps: Pick<Deps, 'random'>, row: StoredDevice | null, presented: Presented | null) {
  return freshValue(row, presented, { series: newToken(deps.random), secret: newToken(deps.random) })
}

function stateOf({ valueHash, previousHash, successorSalt, generation, returned }: ValueState): ValueState {
  return { valueHash, previousHash, successorSalt, generation, returned }
}

/** Ten records a person (N23). */
async function keepFew(tx: Tx, owner: DeviceOwner): Promise<void> {
  const rows = await listDevices(tx, owner.id)
  if (rows.length <= MAX_DEVICES) return
  const [newest, ...others] = rows
  const worth = (row: ListedDevice) => (isKnown(row, owner) ? 2 : isRemembered(row, owner) ? 1 : 0)
  const kept = [newest, ...others.sort((a, b) => worth(b) - worth(a))].slice(0, MAX_DEVICES)
  const gone = rows.filter((row) => !kept.includes(row)).map((row) => row.id)
  await deleteDevices(tx, owner.id, gone)
}

export interface RegisteredDevice extends ListedDevice {
  known: boolean
  trustedUntil: Date | null
}

/** The browsers of a person, the one used last first (D9). */
export async function devicesOf(
  deps: Pick<Deps, 'db' | 'clock'>,
  owner: DeviceOwner,
  terms: TrustTerms,
): Promise<RegisteredDevice[]> {
  const now = deps.clock.now()
  return (await listDevices(deps.db, owner.id))
    .filter((row) => isRemembered(row, owner))
    .map((row) => ({ ...row, known: isKnown(row, owner), trustedUntil: trustedUntil(row, owner, terms, now) }))
}

/** D9; false when it is not this person's, or forgotten already. */
export function forgetDevice(deps: TransactionDeps<'clock'>, userId: string, id: string): Promise<boolean> {
  return updateForgotten(deps.db, { id, userId }, deps.clock.now())
}

/** Their devices stay known; on none is the factor skipped any more (D4). */
export function endTrust(tx: Tx, userId: string): Promise<void> {
  return updateTrustEnded(tx, userId)
}

/** After a password change: whoever signed in with the old one has no budget of tries left from it. */
export function forgetUnverified(tx: Tx, userId: string): Promise<void> {
  return deleteUnverified(tx, userId)
}

/** Browsers that became this person's since then, forgotten ones apart. */
export async function devicesSince(db: DbOrTx, owner: DeviceOwner, since: Date): Promise<ListedDevice[]> {
  return (await listDevices(db, owner.id)).filter((row) => isRemembered(row, owner) && isSince(row, since))
}

function isSince({ createdAt, verifiedAt }: ListedDevice, since: Date): boolean {
  return createdAt > since || (verifiedAt !== null && verifiedAt > since)
}

/** Unknown and untrusted, where they became known or signed in first since then (R11). Gives how many. */
export function forgetDevicesSince(deps: TransactionDeps<'clock'>, userId: string, since: Date): Promise<number> {
  return updateForgottenSince(deps.db, { userId, since }, deps.clock.now())
}
