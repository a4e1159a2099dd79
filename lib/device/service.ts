import { hashToken, isToken, newToken } from '../crypto/token'
import type { DbOrTx } from '../db'
import type { Deps } from '../deps'
import { newId } from '../kernel/ids'
import type { RequestInfo } from '../kernel/request'
import { isKnown, isRemembered } from './rules'
import { deleteUnverified, findDevice, updateTrustEnded, upsertDevice } from './store'

export interface KnownDevice {
  id: string
}

/** The cookie names a browser, the row says whose it is; missing, malformed or forgotten is none. */
export async function findBrowser(
  db: DbOrTx,
  deviceToken: string | null,
  userId: string,
): Promise<(KnownDevice & { known: boolean }) | null> {
  if (deviceToken === null || !isToken(deviceToken)) return null
  const device = await findDevice(db, { tokenHash: hashToken('device', deviceToken), userId })
  return isRemembered(device, userId) ? { id: device.id, known: isKnown(device, userId) } : null
}

/** D7: only a browser in which a verification succeeded. */
export async function findKnownDevice(
  db: DbOrTx,
  deviceToken: string | null,
  userId: string,
): Promise<KnownDevice | null> {
  const browser = await findBrowser(db, deviceToken, userId)
  return browser?.known ? { id: browser.id } : null
}

/** Remembers this browser for this person. Gives the token for the cookie: the browser's own, or a new one. */
export async function rememberDevice(
  tx: DbOrTx,
  deps: Pick<Deps, 'clock' | 'random'>,
  userId: string,
  deviceToken: string | null,
  request: RequestInfo,
  verified: boolean,
): Promise<{ id: string; token: string }> {
  const now = deps.clock.now()
  const token = deviceToken !== null && isToken(deviceToken) ? deviceToken : newToken(deps.random)
  const id = await upsertDevice(
    tx,
    { tokenHash: hashToken('device', token), userId },
    { id: newId(now, deps.random), userAgent: request.userAgent, address: request.address, verified, now },
  )
  return { id, token }
}

/** D4. */
export function endTrust(tx: DbOrTx, userId: string): Promise<void> {
  return updateTrustEnded(tx, userId)
}

/** After a password change: whoever signed in with the old one has no budget of tries left from it. */
export function forgetUnverified(tx: DbOrTx, userId: string): Promise<void> {
  return deleteUnverified(tx, userId)
}
