import { hashToken, isToken, newToken } from '../crypto/token'
import type { DbOrTx } from '../db'
import type { Deps } from '../deps'
import { newId } from '../kernel/ids'
import type { RequestInfo } from '../kernel/request'
import { isKnown } from './rules'
import { findDevice, updateTrustEnded, upsertDevice } from './store'

export interface KnownDevice {
  id: string
}

/** D7: the cookie names a browser, the row says whom it knows; missing or malformed is unknown. */
export async function findKnownDevice(
  db: DbOrTx,
  deviceToken: string | null,
  userId: string,
): Promise<KnownDevice | null> {
  if (deviceToken === null || !isToken(deviceToken)) return null
  const device = await findDevice(db, { tokenHash: hashToken('device', deviceToken), userId })
  return device !== null && isKnown(device, userId) ? { id: device.id } : null
}

/** Makes this browser known to this person. Gives the token for the cookie: the browser's own, or a new one. */
export async function rememberDevice(
  tx: DbOrTx,
  deps: Pick<Deps, 'clock' | 'random'>,
  userId: string,
  deviceToken: string | null,
  request: RequestInfo,
): Promise<{ id: string; token: string }> {
  const now = deps.clock.now()
  const token = deviceToken !== null && isToken(deviceToken) ? deviceToken : newToken(deps.random)
  const id = await upsertDevice(
    tx,
    { tokenHash: hashToken('device', token), userId },
    { id: newId(now, deps.random), userAgent: request.userAgent, address: request.address, now },
  )
  return { id, token }
}

/** D4. */
export function endTrust(tx: DbOrTx, userId: string): Promise<void> {
  return updateTrustEnded(tx, userId)
}
