import { hashToken, isToken, newToken } from '../../core/crypto/token'
import type { DbOrTx, Tx } from '../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import {
  type DeviceOwner,
  type DeviceRow,
  isKnown,
  isRemembered,
  isSameBrowser,
  MAX_DEVICES,
  type TrustTerms,
  trustedUntil,
} from './rules'
import {
  deleteDevices,
  deleteUnverified,
  findDevice,
  type ListedDevice,
  listDevices,
  updateForgotten,
  updateForgottenSince,
  updateTrustEnded,
  upsertDevice,
} from './store'

export interface Browser {
  id: string
  /** A verification succeeded in it (D7). */
  known: boolean
  /** 2FA is skipped in it now (D1). */
  trusted: boolean
}

/**
 * The browser of a cookie, as the person's; missing, malformed or forgotten is none. The look-up costs the same for
 * nobody.
 */
export async function findBrowser(
  deps: AnyDeps<'clock'>,
  from: { deviceToken: string | null; request: Pick<RequestInfo, 'userAgent'> },
  owner: DeviceOwner | null,
  terms: TrustTerms | null,
): Promise<Browser | null> {
  if (from.deviceToken === null || !isToken(from.deviceToken)) return null
  const device = await findDevice(deps.db, {
    tokenHash: hashToken('device', from.deviceToken),
    userId: owner?.id ?? '',
  })
  return owner === null ? null : browserOf(deps, device, from, owner, terms)
}

function browserOf(
  deps: Pick<Deps, 'clock'>,
  device: DeviceRow | null,
  from: { request: Pick<RequestInfo, 'userAgent'> },
  owner: DeviceOwner,
  terms: TrustTerms | null,
): Browser | null {
  if (!isRemembered(device, owner)) return null
  const until = terms === null ? null : trustedUntil(device, owner, terms, deps.clock.now())
  const trusted = until !== null && isSameBrowser(device.userAgent, from.request.userAgent)
  return { id: device.id, known: isKnown(device, owner), trusted }
}

/**
 * Remembers this browser for this person. Gives the token for the cookie: the browser's own, or a new one; and whether
 * the person never signed in with it before, or it was forgotten since (D10). `before` is what `findBrowser` would have
 * said of it until then.
 */
export async function rememberDevice(
  deps: TransactionDeps<'clock' | 'random'>,
  owner: DeviceOwner,
  from: { deviceToken: string | null; request: RequestInfo },
  proved: { verified: boolean; trusted: boolean },
  terms: TrustTerms | null = null,
): Promise<{ id: string; token: string; fresh: boolean; before: Browser | null }> {
  const now = deps.clock.now()
  const own = from.deviceToken !== null && isToken(from.deviceToken) ? from.deviceToken : null
  const token = own ?? newToken(deps.random)
  const scope = { tokenHash: hashToken('device', token), userId: owner.id }
  const before = own === null ? null : await findDevice(deps.db, scope)
  const fresh = !isRemembered(before, owner)
  const { userAgent, address } = from.request
  const id = await upsertDevice(deps.db, scope, {
    id: newId(now, deps.random),
    userAgent,
    address,
    ...proved,
    anew: before !== null && fresh,
    now,
  })
  if (before === null) await keepFew(deps.db, owner)
  return { id, token, fresh, before: browserOf(deps, before, from, owner, terms) }
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
