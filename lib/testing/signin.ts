import { mailResetLink } from '../authentication/account/password/service'
import { startFactor } from '../authentication/enrolment/service'
import type { SignedIn, StepResult } from '../authentication/signin/attempt/service'
import { mailSignInLink } from '../authentication/signin/link/service'
import type { Step } from '../authentication/signin/types'
import { unseal } from '../core/crypto/seal'
import { transact } from '../core/db'
import type { Deps, TransactionDeps } from '../core/deps'
import { TOTP_DEFAULTS, timeStep, totpAt } from '../core/otp/totp'
import { findBrowser, rememberDevice } from '../credentials/device/service'
import { confirmFactor } from '../credentials/factor/service'
import { answerRequests } from '../credentials/link/service'
import type { LinkRequest } from '../credentials/link/types'
import { makeCodes, replaceCodes } from '../credentials/recovery/service'
import type { Claimant } from '../identity/actor/types'
import { keepCodes, noteCodesOpen, noteFirstFactor, personById } from '../identity/user/service'
import { aBegunFactor, aPerson, aTotpFactor, aVisitor, REQUEST, type TestWorld } from './world'

/** Where the sign-in stands after this; throws when it was refused or is complete. */
export function stepOf(result: StepResult): Step {
  if (!result.ok || result.value.kind !== 'step') throw new Error(`no step: ${JSON.stringify(result)}`)
  return result.value.step
}

/** The sign-in that this completed; throws when it did not. */
export function signedIn(result: StepResult): SignedIn {
  if (!result.ok || result.value.kind !== 'signed-in') throw new Error(`not signed in: ${JSON.stringify(result)}`)
  return result.value.signedIn
}

/** What the newest of these messages says; the clock must have moved since the one before. */
async function newestValues(world: TestWorld, where: object): Promise<Record<string, unknown>> {
  const row = await world.db.outboxMessage.findFirstOrThrow({ where, orderBy: { createdAt: 'desc' } })
  return JSON.parse(unseal(world.keys, row.sealed ?? '', ['outbox', row.id]) ?? 'null')
}

/** The digits of the newest passcode mail to this address; the clock must have moved since the one before. */
export async function mailedPasscode(world: TestWorld, email: string, template = 'device_passcode'): Promise<string> {
  const { code } = await newestValues(world, { recipient: email, template })
  if (typeof code !== 'string') throw new Error('no passcode')
  return code
}

/** Of the newest text message to this person: its number and its digits. */
export async function textedPasscode(world: TestWorld, userId: string): Promise<{ to: string; code: string }> {
  const { to, code } = await newestValues(world, { userId, channel: 'sms' })
  if (typeof to !== 'string' || typeof code !== 'string') throw new Error('no passcode')
  return { to, code }
}

/** The token in the newest mail with a link to this address. */
export async function mailedToken(world: TestWorld, email: string, template: string): Promise<string> {
  const { link } = await newestValues(world, { recipient: email, template })
  const token = typeof link === 'string' ? new URL(link).searchParams.get('token') : null
  if (token === null) throw new Error('no link')
  return token
}

export const PHONE = '+491701234567'

/** A confirmed factor whose passcodes come by message. */
export async function aMessagedFactor(
  world: Deps,
  userId: string,
  kind: 'email' | 'sms',
  typed: string = PHONE,
): Promise<string> {
  const found = await personById(world.db, userId)
  if (found === null) throw new Error('no person')
  const id = await aBegunFactor(world, found.person, { kind, phone: typed }, kind)
  await transact(world, (world) =>
    confirmFactor(world, found.person, { factorId: id, kind, step: null }, 'en', REQUEST),
  )
  await transact(world, (world) => noteFirstFactor(world.db, found.person, world.clock.now()))
  await transact(world, (world) => noteCodesOpen(world.db, userId, 1))
  await transact(world, (world) => keepCodes(world.db, userId, 1, world.clock.now()))
  return id
}

/** The worker answers what was asked for by mail. */
export function answerLinkRequests(world: TestWorld): Promise<number> {
  const answer = (asked: LinkRequest, take: (deps: TransactionDeps) => Promise<boolean>) =>
    asked.kind === 'magic' ? mailSignInLink(world, asked, take) : mailResetLink(world, asked, take)
  return answerRequests(world, answer, () => false)
}

export function countMails(world: TestWorld, email: string, template = 'device_passcode'): Promise<number> {
  return world.db.outboxMessage.count({ where: { recipient: email, template } })
}

/** Six digits that are another passcode. */
export function anotherPasscode(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0')
}

/** Six digits that this authenticator app does not show within a minute. */
export function wrongTotp(world: TestWorld, key: Uint8Array): string {
  const step = timeStep(world.clock.now())
  const right = [-2, -1, 0, 1, 2].map((offset) => totpAt({ key, ...TOTP_DEFAULTS }, step + offset))
  const wrong = ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.includes(code))
  if (wrong === undefined) throw new Error('no wrong code')
  return wrong
}

/** A browser that this person has verified, and trusts if they wish; gives its cookie. */
export async function aKnownDevice(world: TestWorld, userId: string, trusted = false): Promise<string> {
  const { token } = await transact(world, (world) =>
    rememberDevice(
      world,
      { id: userId, devicesVoidedAt: null, factorsVoided: false },
      { deviceToken: null, request: REQUEST },
      { verified: true, trusted },
    ),
  )
  if (token === null) throw new Error('no cookie')
  return token
}

/** Ten saved recovery codes, typed back. */
export async function savedCodes(world: TestWorld, userId: string): Promise<string[]> {
  const found = await personById(world.db, userId)
  const made = await makeCodes(world, userId)
  if (found === null || !made.ok) throw new Error('no codes')
  await transact(world, (world) => replaceCodes(world, found.person, made.value, aVisitor()))
  await transact(world, (world) => noteCodesOpen(world.db, userId, 1))
  await transact(world, (world) => keepCodes(world.db, userId, 1, world.clock.now()))
  return made.value.codes
}

/**
 * A world in which, just after a recovery code was judged, another request makes a new set that asks for this number.
 */
export function replacingCodes(world: TestWorld, userId: string, number: number): TestWorld {
  const verifyCode: TestWorld['hasher']['verifyCode'] = async (...args) => {
    const verified = await world.hasher.verifyCode(...args)
    await savedCodes(world, userId)
    await transact(world, (world) => noteCodesOpen(world.db, userId, number))
    return verified
  }
  return { ...world, hasher: { ...world.hasher, verifyCode } }
}

/** A person with an authenticator app who turned 2FA on for themself. */
export async function anEnrolled(world: TestWorld, slug: string) {
  const person = await aPerson(world, slug)
  const app = await aTotpFactor(world, person.id)
  await world.db.user.update({ where: { id: person.id }, data: { twoFactorOn: true } })
  return { ...person, ...app, id: person.id, factorId: app.id }
}

export function sessionsOf(world: TestWorld, userId: string) {
  return world.db.session.findMany({ where: { userId, endedAt: null } })
}

/** The newest attempt of a person. */
export function attemptOf(world: TestWorld, userId: string) {
  return world.db.signInAttempt.findFirstOrThrow({ where: { userId }, orderBy: { createdAt: 'desc' } })
}

/** The known device of this cookie, as a sign-in would find it. */
export async function knownDevice(world: TestWorld, deviceToken: string | null, userId: string) {
  const found = await personById(world.db, userId)
  const browser = await findBrowser(world, { deviceToken, request: REQUEST }, found?.person ?? null, null)
  return browser?.known ? { id: browser.id } : null
}

/** The wizard's choice of an authenticator app. */
export async function startTotp(world: TestWorld, claimant: Claimant, name: string): Promise<StepResult> {
  const started = await startFactor(world, claimant, { kind: 'totp' }, name)
  if (!started.ok && (started.code === 'not_a_phone' || started.code === 'phone_refused')) throw new Error(started.code)
  return started as StepResult
}
