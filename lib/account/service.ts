import { recordEvent } from '../audit/service'
import type { AuditEntry } from '../audit/types'
import { type DbOrTx, transact } from '../db'
import type { Deps } from '../deps'
import { endTrust } from '../device/service'
import { FACTOR_NAME_LENGTH, isConfirmed, MOST_FACTORS, mayRemove } from '../factor/rules'
import {
  beginTotp,
  confirmTotp,
  factorsOf,
  matchConfirmed,
  matchUnconfirmed,
  removeFactors,
  renameFactor,
  type TotpConnection,
  totpConnection,
  useStep,
} from '../factor/service'
import type { FactorRow } from '../factor/types'
import { err, ok, type Result } from '../kernel/result'
import { minutes } from '../kernel/time'
import { enqueueMail } from '../mail/outbox-service'
import { findPasscode, newestSentAt, sendPasscode, takeMailPlace, usePasscode } from '../passcode/service'
import { minimumLength } from '../password/rules'
import { codesLeft, endCodes, isCodeNumber, makeCodes, replaceCodes } from '../recovery/service'
import { isSteppedUp, limitsFor } from '../session/rules'
import { endOtherSessions, enrollingFactorOf, noteEnrolling, rotateToken } from '../session/service'
import type { Assured, CodeRenewer, Method, SteppedUp } from '../session/types'
import { STEP_UP_PER_SESSION } from '../throttle/rules'
import {
  chargeFactorTry,
  factorCounters,
  giveBack,
  noteFactorFailure,
  refundFactorTry,
  takePlace,
  takeRefusal,
  type Wait,
} from '../throttle/service'
import { transactResult } from '../transaction'
import { demandOf, maskEmail } from '../user/rules'
import {
  keepCodes,
  noteEnrolled,
  noteFirstFactor,
  oneFactorChangeAtATime,
  personById,
  setTwoFactorOn,
} from '../user/service'
import type { Person } from '../user/types'

function eventOf(actor: Assured, kind: AuditEntry['kind'], more: Partial<AuditEntry> = {}): AuditEntry {
  const { person } = actor
  return {
    tenantId: person.tenantId,
    kind,
    actor: { kind: 'user', id: person.id, name: person.name },
    subject: { id: person.id, name: person.name },
    request: actor.request,
    ...more,
  }
}

function reader(actor: Assured) {
  const { person } = actor
  return {
    to: person.email,
    userId: person.id,
    tenantId: person.tenantId,
    locale: person.locale ?? actor.locale,
  }
}

function withMethod(methods: readonly Method[], method: Method): Method[] {
  return methods.includes(method) ? [...methods] : [...methods, method]
}

// ——— step-up ———

export type StepUpView = { way: 'totp' } | { way: 'password' } | { way: 'mail'; sentTo: string }

/** A factor; for a person without one the password, then a mailed passcode (product 1), or `again` from the start. */
export async function viewStepUp(deps: Deps, actor: Assured, again = false): Promise<StepUpView> {
  const factors = await factorsOf(deps.db, actor.person.id)
  if (factors.some(isConfirmed)) return { way: 'totp' }
  if (again) return { way: 'password' }
  const sentAt = await newestSentAt(deps, { userId: actor.person.id, sessionId: actor.session.id })
  return sentAt === null ? { way: 'password' } : { way: 'mail', sentTo: maskEmail(actor.person.email) }
}

export type StepUpResult =
  | Result<{ token: string }, 'wrong' | 'expired' | 'busy' | 'conflict'>
  | Result<never, 'throttled', Wait>

export async function stepUpWithTotp(deps: Deps, actor: Assured, typed: string): Promise<StepUpResult> {
  const { person } = actor
  const charged = await chargeStepUp(deps, actor)
  if (charged !== null) return charged
  const match = matchConfirmed(deps, person, await factorsOf(deps.db, person.id), typed)
  if (match !== null) {
    const done = await raise(deps, actor, 'otp', (tx) => useStep(tx, deps, person.id, match))
    if (done.ok || done.code !== 'wrong') return done
  }
  return refuseStepUp(deps, actor, 'totp')
}

/** The first half for a person without a factor: the right password sends the passcode. */
export async function startMailStepUp(
  deps: Deps,
  actor: Assured,
  password: string,
): Promise<Result<'sent', 'wrong' | 'busy'> | Result<never, 'throttled', Wait>> {
  const { person } = actor
  const key = `step-up-password:${person.id}`
  const place = await takePlace(deps, key, STEP_UP_PER_SESSION)
  if (!place.ok) return place
  const stored = await personById(deps.db, person.id)
  const verified = await deps.hasher.verify(stored?.password ?? null, password)
  if (!verified.ok) {
    await giveBack(deps.db, [key])
    return err('busy')
  }
  if (!verified.value.right) {
    await recordEvent(deps.db, deps, eventOf(actor, 'step_up_failed', { data: { way: 'password' } }))
    return err('wrong')
  }
  await giveBack(deps.db, [key])
  const mail = await takeMailPlace(deps, person.id)
  if (!mail.ok) return mail
  const scope = { userId: person.id, sessionId: actor.session.id }
  await transact(deps.db, (tx) =>
    sendPasscode(tx, deps, scope, { ...person, locale: person.locale ?? actor.locale }, 'step_up', actor.request),
  )
  return ok('sent')
}

export async function finishMailStepUp(deps: Deps, actor: Assured, typed: string): Promise<StepUpResult> {
  const { person } = actor
  if ((await factorsOf(deps.db, person.id)).some(isConfirmed)) return err('expired')
  const charged = await chargeStepUp(deps, actor)
  if (charged !== null) return charged
  const scope = { userId: person.id, sessionId: actor.session.id }
  const judged = await findPasscode(deps, scope, typed)
  if (judged.verdict === 'expired') {
    await refundFactorTry(deps.db, counters(actor))
    await giveBack(deps.db, [stepUpKey(actor)])
    return err('expired')
  }
  if (judged.verdict === 'right') {
    const done = await raise(deps, actor, 'mail', (tx) => usePasscode(tx, deps, scope, judged.id))
    if (done.ok || done.code !== 'wrong') return done
  }
  return refuseStepUp(deps, actor, 'mail')
}

function counters({ person, session }: Assured) {
  return factorCounters(person.id, session.deviceId)
}

/** S5: the same counters as at sign-in, and a few tries per session (security.md 3.3). */
async function chargeStepUp(deps: Deps, actor: Assured): Promise<Result<never, 'throttled', Wait> | null> {
  const place = await takePlace(deps, stepUpKey(actor), STEP_UP_PER_SESSION)
  const charged = place.ok ? await chargeFactorTry(deps, counters(actor)) : place
  if (charged.ok) return null
  if (place.ok) await giveBack(deps.db, [stepUpKey(actor)])
  if (await takeRefusal(deps, `step-up:${actor.person.id}`, actor.request.address)) {
    await recordEvent(deps.db, deps, eventOf(actor, 'sign_in_throttled', { data: { step: 'step_up' } }))
  }
  return charged
}

function stepUpKey({ session }: Assured): string {
  return `step-up:${session.id}`
}

async function refuseStepUp(deps: Deps, actor: Assured, factorType: string): Promise<StepUpResult> {
  const wait = await noteFactorFailure(deps, counters(actor))
  await recordEvent(deps.db, deps, eventOf(actor, 'step_up_failed', { factorType }))
  return wait === null ? err('wrong') : err('throttled', wait)
}

async function raise(
  deps: Deps,
  actor: Assured,
  method: Method,
  use: (tx: DbOrTx) => Promise<boolean>,
): Promise<Result<{ token: string }, 'wrong' | 'conflict'>> {
  return transactResult(deps.db, async (tx): Promise<Result<{ token: string }, 'wrong' | 'conflict'>> => {
    if (!(await use(tx))) return err('wrong')
    const now = deps.clock.now()
    const methods = withMethod(actor.session.methods, method)
    const change = { methods, steppedUpAt: now, limits: limitsFor(actor.person, methods, now) }
    const token = await rotateToken(tx, deps, actor.session, change)
    if (token === null) return err('conflict')
    await refundFactorTry(tx, counters(actor))
    await giveBack(tx, [stepUpKey(actor)])
    await recordEvent(tx, deps, eventOf(actor, 'step_up_succeeded', { factorType: method === 'otp' ? 'totp' : 'mail' }))
    return ok({ token })
  })
}

// ——— one's own factors ———

export interface SecurityView {
  factors: { id: string; name: string; createdAt: Date; lastUsedAt: Date | null }[]
  codesLeft: number
  codesKept: boolean
  turnedOn: boolean
  required: boolean
  inForce: boolean
  steppedUp: boolean
  minimumPassword: number
}

export async function viewSecurity(deps: Deps, actor: Assured): Promise<SecurityView> {
  const { person } = actor
  const [factors, left] = await Promise.all([factorsOf(deps.db, person.id), codesLeft(deps.db, person.id)])
  const demand = demandOf(person)
  return {
    factors: factors
      .filter(isConfirmed)
      .map(({ id, name, createdAt, lastUsedAt }) => ({ id, name, createdAt, lastUsedAt })),
    codesLeft: left,
    codesKept: person.recoveryCodesAt !== null,
    turnedOn: person.twoFactorOn,
    required: demand.required,
    inForce: demand.inForce,
    steppedUp: isSteppedUp(actor.session, deps.clock.now()),
    minimumPassword: minimumLength({ role: actor.home.role, secondFactorEnforced: demand.required }),
  }
}

/** R2: how many unused codes are left, for the notice in every frame; null without a factor. */
export async function codesLeftOf(deps: Deps, actor: Assured): Promise<number | null> {
  const factors = await factorsOf(deps.db, actor.person.id)
  return factors.some(isConfirmed) ? codesLeft(deps.db, actor.person.id) : null
}

const UNFINISHED_LIFE = minutes(30)

/** The unfinished factor that this session began; one begun elsewhere is neither shown nor confirmed here (S6). */
async function openFactor(
  deps: Deps,
  { session }: Assured,
  factors: readonly FactorRow[],
): Promise<FactorRow | undefined> {
  const id = await enrollingFactorOf(deps.db, session)
  const own = factors.find((each) => each.id === id)
  const open = own?.confirmedAt === null && own.expiresAt !== null && own.expiresAt > deps.clock.now()
  return open ? own : undefined
}

/** The unfinished authenticator app of the person, for the page that shows its key. */
export async function viewUnfinished(deps: Deps, actor: SteppedUp): Promise<TotpConnection | null> {
  const factor = await openFactor(deps, actor, await factorsOf(deps.db, actor.person.id))
  return factor === undefined ? null : totpConnection(deps, actor.person, actor.home.tenant.name, factor.id)
}

/** E6, E3. */
export async function beginFactor(
  deps: Deps,
  actor: SteppedUp,
  name: string,
): Promise<Result<null, 'too_many_factors' | 'kind_not_allowed'>> {
  const { person } = actor
  if (!demandOf(person).kinds.includes('totp')) return err('kind_not_allowed')
  if ((await factorsOf(deps.db, person.id)).filter(isConfirmed).length >= MOST_FACTORS) return err('too_many_factors')
  const kept = name.normalize('NFC').trim().slice(0, FACTOR_NAME_LENGTH)
  await transact(deps.db, async (tx) => {
    await noteEnrolling(tx, actor.session, await beginTotp(tx, deps, person, kept, UNFINISHED_LIFE))
  })
  return ok(null)
}

export type ConfirmResult = Result<
  { token: string; codes: string[] | null; number: number },
  'wrong' | 'nothing_open' | 'busy' | 'conflict'
>

/**
 * E3, E4, E6: the factor counts from now on; the first one turns 2FA on for oneself, unless it was made because it is
 * required (P5), and brings a set of recovery codes. Other sessions and device trust end; the session gets a new token.
 */
export async function confirmFactor(deps: Deps, actor: SteppedUp, typed: string): Promise<ConfirmResult> {
  const { person, session } = actor
  const factors = await factorsOf(deps.db, person.id)
  const open = await openFactor(deps, actor, factors)
  if (open === undefined) return err('nothing_open')
  const first = !factors.some(isConfirmed)
  const match = await matchUnconfirmed(deps, person, open.id, typed)
  if (match === null) {
    await recordEvent(deps.db, deps, eventOf(actor, 'mfa_setup_failed', { factorType: 'totp' }))
    return err('wrong')
  }
  const made = first ? await makeCodes(deps, person.id) : ok(null)
  if (!made.ok) return made
  const now = deps.clock.now()
  return transactResult(deps.db, async (tx): Promise<ConfirmResult> => {
    await oneFactorChangeAtATime(tx, person.id)
    // The codes were made for a first factor, outside the transaction: it must still be one.
    if ((await factorsOf(tx, person.id)).some(isConfirmed) === first) return err('conflict')
    const locale = person.locale ?? actor.locale
    if (!(await confirmTotp(tx, deps, person, match, locale, actor.request))) return err('wrong')
    await noteFirstFactor(tx, person, now)
    if (made.value !== null) await replaceCodes(tx, deps, person, made.value, actor)
    if (first && !demandOf(person).required) await turn(tx, deps, actor, true)
    await endOtherSessions(tx, deps, person, actor.request, session.id)
    await endTrust(tx, person.id)
    const methods = withMethod(session.methods, 'otp')
    const limits = limitsFor({ ...person, twoFactorOn: true }, methods, now)
    const token = await rotateToken(tx, deps, session, { methods, steppedUpAt: now, limits })
    if (token === null) return err('conflict')
    return ok({ token, codes: made.value?.codes ?? null, number: made.value?.number ?? 0 })
  })
}

async function turn(tx: DbOrTx, deps: Deps, actor: Assured, on: boolean): Promise<void> {
  if (!(await setTwoFactorOn(tx, actor.person.id, on))) return
  await recordEvent(tx, deps, eventOf(actor, on ? 'two_factor_turned_on' : 'two_factor_turned_off'))
  const template = on ? ('two_factor_on' as const) : ('two_factor_off' as const)
  await enqueueMail(tx, deps, { ...reader(actor), template, values: {} })
}

/** E6, P5: with a factor at hand, one click. */
export async function turnOn(deps: Deps, actor: SteppedUp): Promise<Result<null, 'no_factor'>> {
  if (!(await factorsOf(deps.db, actor.person.id)).some(isConfirmed)) return err('no_factor')
  await transact(deps.db, (tx) => turn(tx, deps, actor, true))
  return ok(null)
}

/** E6: refused while required. The factors stay, and one click turns them on again. */
export async function turnOff(deps: Deps, actor: SteppedUp): Promise<Result<null, 'required'>> {
  if (demandOf(actor.person).required) return err('required')
  await transact(deps.db, async (tx) => {
    await turn(tx, deps, actor, false)
    await endTrust(tx, actor.person.id)
  })
  return ok(null)
}

/** E7. Removing the last factor turns 2FA off and ends the saved codes. */
export async function removeFactor(
  deps: Deps,
  actor: SteppedUp,
  factorId: string,
): Promise<Result<{ token: string }, 'not_found' | 'required' | 'conflict'>> {
  const { person, session } = actor
  return transactResult(
    deps.db,
    async (tx): Promise<Result<{ token: string }, 'not_found' | 'required' | 'conflict'>> => {
      await oneFactorChangeAtATime(tx, person.id)
      const token = await rotateToken(tx, deps, session, {})
      if (token === null) return err('conflict')
      const confirmed = (await factorsOf(tx, person.id)).filter(isConfirmed)
      const decision = mayRemove(factorId, confirmed, demandOf(person).required)
      if (!decision.allowed) return err(decision.reason)
      const locale = person.locale ?? actor.locale
      if ((await removeFactors(tx, deps, person, { id: factorId }, 'removed', locale, actor.request)) === 0) {
        return err('not_found')
      }
      if (decision.last) await leaveWithoutFactor(tx, deps, actor, person)
      await endOtherSessions(tx, deps, person, actor.request, session.id)
      await endTrust(tx, person.id)
      return ok({ token })
    },
  )
}

async function leaveWithoutFactor(tx: DbOrTx, deps: Deps, actor: SteppedUp, person: Person): Promise<void> {
  await endCodes(tx, deps, person.id)
  await noteEnrolled(tx, person, null)
  await turn(tx, deps, actor, false)
}

export async function nameFactor(
  deps: Deps,
  actor: Assured,
  factorId: string,
  name: string,
): Promise<Result<null, 'not_found'>> {
  const kept = name.normalize('NFC').trim().slice(0, FACTOR_NAME_LENGTH)
  return transactResult(deps.db, async (tx): Promise<Result<null, 'not_found'>> => {
    if (!(await renameFactor(tx, actor.person.id, factorId, kept))) return err('not_found')
    await recordEvent(tx, deps, eventOf(actor, 'factor_renamed'))
    return ok(null)
  })
}

// ——— recovery codes ———

export type RenewResult = Result<{ codes: string[]; number: number; token: string }, 'busy' | 'no_factor' | 'conflict'>

/** E6, R2: a new set; the old one dies. */
export async function renewOwnCodes(deps: Deps, actor: CodeRenewer): Promise<RenewResult> {
  const { person } = actor
  if (!(await factorsOf(deps.db, person.id)).some(isConfirmed)) return err('no_factor')
  const made = await makeCodes(deps, person.id)
  if (!made.ok) return made
  return transactResult(deps.db, async (tx): Promise<RenewResult> => {
    // The session may have ended while the codes were hashed.
    const token = await rotateToken(tx, deps, actor.session, {})
    if (token === null) return err('conflict')
    await replaceCodes(tx, deps, person, made.value, actor)
    return ok({ codes: made.value.codes, number: made.value.number, token })
  })
}

/** E4, for a set made inside a session. */
export async function typeOwnCodeBack(
  deps: Deps,
  actor: Assured,
  typed: string,
): Promise<Result<null, 'wrong' | 'busy'>> {
  const { person } = actor
  if (person.codeToTypeBack === null) return person.recoveryCodesAt === null ? err('wrong') : ok(null)
  const right = await isCodeNumber(deps, person.id, typed, person.codeToTypeBack)
  if (!right.ok) return right
  if (!right.value) return err('wrong')
  const kept = await keepCodes(deps.db, person.id, person.codeToTypeBack, deps.clock.now())
  return kept ? ok(null) : err('wrong')
}
