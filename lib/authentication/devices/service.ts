import { about, by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import { transact } from '../../core/db'
import type { Deps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import { devicesOf, forgetDevice, type RegisteredDevice } from '../../credentials/device/service'
import { ASKED_FOR } from '../../credentials/link/rules'
import { endLinks } from '../../credentials/link/service'
import { endIssuedBy } from '../../credentials/recovery/service'
import type { Assured, SteppedUp } from '../../identity/actor/types'
import { effectivePolicy } from '../../identity/user/rules'
import { demandPassword, voidDevices } from '../../identity/user/service'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { readerOf } from '../../messaging/mail/rules'
import { endSessionsOf, sessionsOf } from '../session/service'
import type { ListedSession } from '../session/types'
import { endOpenAttempts } from '../signin/attempt/service'

export interface RegisterView {
  devices: (RegisteredDevice & { current: boolean })[]
  sessions: (ListedSession & { current: boolean })[]
  /** Whether a device can be trusted at all (D1). */
  trustDays: number
}

/** The person's own browsers and sessions, the ones used last first (D9). */
export async function viewRegister(deps: Deps, actor: Assured): Promise<RegisterView> {
  const { person, session } = actor
  const policy = effectivePolicy(person)
  const [devices, sessions] = await Promise.all([devicesOf(deps, person, policy), sessionsOf(deps, person)])
  return {
    devices: devices.map((device) => ({ ...device, current: device.id === session.deviceId })),
    sessions: sessions.map((each) => ({ ...each, current: each.id === session.id })),
    trustDays: policy.trustDays,
  }
}

/** Over at its next request (D9, SE1). False when it is not this person's, or is over already. */
export async function endOwnSession(deps: Deps, actor: SteppedUp, id: string): Promise<Result<null, 'not_found'>> {
  return transactResult(deps, async (deps): Promise<Result<null, 'not_found'>> => {
    if ((await endSessionsOf(deps, actor.person.id, { id })) === 0) return err('not_found')
    await recordEvent(deps, { kind: 'session_ended', ...by(actor), ...about(actor.person), data: { ended: 1 } })
    return ok(null)
  })
}

/** Unknown and untrusted from now on (D9); its sessions end with it, but for the one that asks. */
export async function forgetOwnDevice(deps: Deps, actor: SteppedUp, id: string): Promise<Result<null, 'not_found'>> {
  return transactResult(deps, async (deps): Promise<Result<null, 'not_found'>> => {
    if (!(await forgetDevice(deps, actor.person.id, id))) return err('not_found')
    const scope = { deviceId: id, exceptId: actor.session.id }
    const ended = await endSessionsOf(deps, actor.person.id, scope)
    await recordEvent(deps, { kind: 'device_forgotten', ...by(actor), ...about(actor.person), data: { ended } })
    return ok(null)
  })
}

/**
 * D9, "this was not me": the session and its browser are out, open sign-ins end, and the old password is good for
 * nothing but making a new one. The person is told by mail.
 */
export async function reportNotMe(
  deps: Deps,
  actor: SteppedUp,
  what: { session: string } | { device: string },
): Promise<Result<null, 'not_found'>> {
  const { person } = actor
  const { sessions, devices } = await viewRegister(deps, actor)
  const session = 'session' in what ? sessions.find((each) => each.id === what.session) : undefined
  const deviceId = 'device' in what ? what.device : (session?.deviceId ?? null)
  const device = devices.find((each) => each.id === deviceId)
  const from = session ?? device
  // The one that asks is its own: whoever wants it gone signs out.
  if (from === undefined || from.current) return err('not_found')
  return transactResult(deps, async (deps): Promise<Result<null, 'not_found'>> => {
    const keep = { exceptId: actor.session.id }
    let ended = session === undefined ? 0 : await endSessionsOf(deps, person.id, { id: session.id })
    if (device !== undefined && !device.current) {
      await forgetDevice(deps, person.id, device.id)
      ended += await endSessionsOf(deps, person.id, { deviceId: device.id, ...keep })
    }
    await endOpenAttempts(deps, person.id)
    await endLinks(deps, person.id, ASKED_FOR)
    await demandPassword(deps.db, person.id, deps.clock.now())
    // Whoever was in may have issued codes in this name (R3).
    await endIssuedBy(deps, { issuedById: person.id })
    await recordEvent(deps, { kind: 'not_me_reported', ...by(actor), ...about(actor.person), data: { ended } })
    await enqueueMail(deps, {
      ...readerOf(person, actor.locale),
      template: 'not_me_reported',
      values: { address: from.address, userAgent: from.userAgent },
    })
    return ok(null)
  })
}

/** One's own (D4); sessions go on. */
export async function forgetOwnDevices(deps: Deps, actor: SteppedUp): Promise<void> {
  await transact(deps, async (deps) => {
    await voidDevices(deps.db, actor.person.id, deps.clock.now())
    await recordEvent(deps, { kind: 'devices_forgotten', ...by(actor), ...about(actor.person), data: { of: 'person' } })
  })
}
