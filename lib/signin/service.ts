import { recordEvent } from '../audit/service'
import { type AuditEntry, INSTALLATION } from '../audit/types'
import { hashToken, newToken } from '../crypto/token'
import { type DbOrTx, transact } from '../db'
import type { Deps } from '../deps'
import { endTrust, findBrowser, findKnownDevice, rememberDevice } from '../device/service'
import { isConfirmed, usableFactors } from '../factor/rules'
import {
  beginTotp,
  confirmTotp,
  factorsOf,
  matchConfirmed,
  matchUnconfirmed,
  removeFactors,
  type TotpConnection,
  totpConnection,
  useStep,
} from '../factor/service'
import { newId } from '../kernel/ids'
import type { RequestInfo } from '../kernel/request'
import { err, ok, type Result } from '../kernel/result'
import { later } from '../kernel/time'
import { enqueueMail } from '../mail/outbox-service'
import { findPasscode, mailCounters, newestSentAt, sendPasscode, takeMailPlace, usePasscode } from '../passcode/service'
import { isPasswordStill, rehashPassword } from '../password/service'
import { USABLE_KINDS } from '../policy/rules'
import type { FactorKind } from '../policy/types'
import { isCodeNumber, makeCodes, matchCode, replaceCodes, useCode } from '../recovery/service'
import { freshAt, landingPath } from '../session/rules'
import { endOtherSessions, openSession } from '../session/service'
import type { Claimant, Visitor } from '../session/types'
import { clientPrefix, PASSWORD_PER_ADDRESS, PASSWORD_PER_CLIENT } from '../throttle/rules'
import {
  chargeFactorTry,
  factorCounters,
  giveBack,
  noteFactorFailure,
  refundFactorTry,
  resetFactorCounters,
  takeNotice,
  takePlaces,
  takeRefusal,
  throttleKey,
  type Wait,
} from '../throttle/service'
import { transactResult } from '../transaction'
import { demandOf, homeOf, maskEmail, mayUsePages, normaliseEmail } from '../user/rules'
import { keepCodes, noteCodesOpen, noteFirstFactor, noteSignIn, personByEmail } from '../user/service'
import type { Person } from '../user/types'
import {
  ATTEMPT_LIFE,
  ENROLMENT_LIFE,
  MOST_FAILURES,
  makesDeviceKnown,
  methodsOf,
  nextStep,
  RESEND_AFTER,
  safeReturnPath,
} from './rules'
import {
  decrementFailures,
  findAttempt,
  insertAttempt,
  type ProofChange,
  updateEnded,
  updateFailures,
  updateOthersEnded,
  updateProof,
} from './store'
import type { AttemptRow, SignInState, Step } from './types'

export interface SignedIn {
  sessionToken: string
  expiresAt: Date
  deviceToken: string
  landing: string
}

/** `until` moves the end of the attempt cookie. */
export type Progress = { kind: 'step'; step: Step; until: Date | null } | { kind: 'signed-in'; signedIn: SignedIn }

// ——— the password step ———

export type Started = { kind: 'attempt'; attemptToken: string; step: Step } | { kind: 'signed-in'; signedIn: SignedIn }
export type PasswordCode = 'wrong_credentials' | 'busy'

/**
 * S13: an unknown address, a wrong password, a suspended person and one without a password cost the same look-ups and
 * one hash, and are one code. Gives the token for the attempt cookie.
 */
export async function startWithPassword(
  deps: Deps,
  visitor: Visitor,
  input: { email: string; password: string; returnTo?: string },
): Promise<Result<Started, PasswordCode> | Result<never, 'throttled' | 'mail_throttled', Wait>> {
  const readAt = deps.clock.now()
  const email = normaliseEmail(input.email)
  const typed = email.ok ? email.value : input.email.slice(0, 320)
  const found = await personByEmail(deps.db, email.ok ? email.value : '')
  const browser = await findBrowser(deps.db, visitor.deviceToken, found?.person.id ?? '')
  // A browser the person has signed in with has a budget of its own: a stranger's failures do not touch it. Only a
  // verified one is spared the count of its network, since anybody with the password can make the other kind.
  const own = throttleKey(deps, 'password', browser === null ? typed : `${typed}:${browser.id}`)
  const network = throttleKey(deps, 'client', clientPrefix(visitor.request.address))
  const places = [{ key: own, limit: PASSWORD_PER_ADDRESS }]
  if (!browser?.known) places.push({ key: network, limit: PASSWORD_PER_CLIENT })
  const keys = places.map(({ key }) => key)
  const place = await takePlaces(deps, places)
  if (!place.ok) {
    // S13: counted by what was typed, whoever that is or is not; one letter of its digest bounds the entries.
    await noteThrottled(
      deps,
      visitorEvent(visitor, found?.person),
      visitor.request,
      own.slice(0, 'password:'.length + 1),
    )
    return place
  }
  const verified = await deps.hasher.verify(found?.password ?? null, input.password)
  if (!verified.ok) {
    await giveBack(deps.db, keys)
    return err('busy')
  }
  if (!found?.password || !verified.value.right || !mayUsePages(found.person)) {
    await recordEvent(deps.db, deps, { ...visitorEvent(visitor, found?.person), kind: 'sign_in_failed' })
    return err('wrong_credentials')
  }
  const { person, password } = found
  const proof = { person, readAt, keys, knownDevice: browser?.known ? { id: browser.id } : null }
  const opened = await openAttempt(deps, visitor, proof, safeReturnPath(input.returnTo))
  if (opened.ok && verified.value.outdated) await rehashPassword(deps, person.id, password.hash, input.password)
  return opened
}

/** One entry a minute for each client and `what`: a flood of refused tries leaves a line, not a full log. */
async function noteThrottled(
  deps: Deps,
  event: Omit<AuditEntry, 'kind'>,
  request: RequestInfo,
  what: string,
): Promise<void> {
  if (!(await takeRefusal(deps, `throttled:${what}`, request.address))) return
  await recordEvent(deps.db, deps, { ...event, kind: 'sign_in_throttled' })
}

function visitorEvent(visitor: Visitor, person: Person | undefined): Omit<AuditEntry, 'kind'> {
  return {
    tenantId: person?.tenantId ?? INSTALLATION,
    actor: { kind: 'visitor' },
    ...(person ? { subject: { id: person.id, name: person.name } } : {}),
    request: visitor.request,
    data: { step: 'password' },
  }
}

interface PasswordProof {
  person: Person
  /** When the password's row was read that was verified. */
  readAt: Date
  knownDevice: { id: string } | null
  keys: readonly string[]
}

/** The right password: the counted places are given back in the transaction of what it leads to. */
async function openAttempt(
  deps: Deps,
  visitor: Visitor,
  { person, readAt, knownDevice, keys }: PasswordProof,
  returnTo: string | null,
): Promise<Result<Started, 'wrong_credentials'> | Result<never, 'mail_throttled', Wait>> {
  const now = deps.clock.now()
  const token = newToken(deps.random)
  const row = {
    id: newId(now, deps.random),
    tokenHash: hashToken('attempt', token),
    userId: person.id,
    createdAt: now,
    expiresAt: later(now, ATTEMPT_LIFE),
    passwordProvedAt: readAt,
    returnTo,
    address: visitor.request.address,
    userAgent: visitor.request.userAgent,
  }
  const factors = demandOf(person).inForce ? await factorsOf(deps.db, person.id) : []
  const step = nextStep({ attempt: { ...NO_PROOFS, ...row }, person, factors, knownDevice }, now)
  if (step === 'complete') {
    const state = { attempt: { ...NO_PROOFS, ...row }, person, factors: [], knownDevice }
    return transactResult(deps.db, async (tx): Promise<Result<Started, 'wrong_credentials'>> => {
      if (!(await isPasswordStill(tx, person))) return err('wrong_credentials')
      await giveBack(tx, keys)
      await insertAttempt(tx, { ...row, completedAt: now })
      return ok({ kind: 'signed-in' as const, signedIn: await complete(tx, deps, visitor, state) })
    })
  }
  const place = step === 'verify-device' ? await takeMailPlace(deps, person.id) : ok(null)
  if (!place.ok) {
    await giveBack(deps.db, keys)
    return err('mail_throttled', place.detail)
  }
  await transact(deps.db, async (tx) => {
    await giveBack(tx, keys)
    await insertAttempt(tx, row)
    if (step === 'verify-device') await mailPasscode(tx, deps, visitor, row.id, person)
  })
  return ok({ kind: 'attempt', attemptToken: token, step })
}

const NO_PROOFS: Omit<AttemptRow, 'id' | 'userId' | 'createdAt' | 'expiresAt' | 'passwordProvedAt' | 'returnTo'> = {
  mailProvedAt: null,
  factorProvedAt: null,
  factorId: null,
  recoveryProvedAt: null,
  recoveryAnswer: null,
  enrollingFactorId: null,
  enrolledFactorId: null,
  failures: 0,
  completedAt: null,
  endedAt: null,
}

async function mailPasscode(
  tx: DbOrTx,
  deps: Deps,
  visitor: Pick<Visitor, 'request' | 'locale'>,
  attemptId: string,
  person: Person,
): Promise<void> {
  const reader = { ...person, locale: person.locale ?? visitor.locale }
  await sendPasscode(tx, deps, { userId: person.id, attemptId }, reader, 'device', visitor.request)
  await recordEvent(tx, deps, personEvent(person, visitor, 'device_verification_sent'))
}

function personEvent(
  person: Person,
  visitor: Pick<Visitor, 'request'>,
  kind: AuditEntry['kind'],
  more: Partial<AuditEntry> = {},
): AuditEntry {
  return {
    tenantId: person.tenantId,
    kind,
    actor: { kind: 'user', id: person.id, name: person.name },
    subject: { id: person.id, name: person.name },
    request: visitor.request,
    ...more,
  }
}

// ——— where a sign-in stands ———

/** The state of the claimant's attempt and what it asks for next; null when there is no such attempt. */
export async function readSignIn(deps: Deps, claimant: Claimant): Promise<{ state: SignInState; step: Step } | null> {
  const found = await findAttempt(deps.db, claimant.attemptHash)
  if (found === null) return null
  const [factors, knownDevice] = await Promise.all([
    factorsOf(deps.db, found.person.id),
    findKnownDevice(deps.db, claimant.deviceToken, found.person.id),
  ])
  const state: SignInState = { ...found, factors, knownDevice }
  return { state, step: nextStep(state, deps.clock.now()) }
}

export interface StepView {
  step: Step
  tenantName: string
  maskedEmail: string
  /** Whether a mailed passcode of this attempt is open. */
  passcodeSent: boolean
  triesLeft: number
  expiresAt: Date
  kinds: readonly FactorKind[]
  connection: TotpConnection | null
  codeToTypeBack: number | null
  factorNames: readonly string[]
}

/** What a step's page may show. */
export async function viewSignIn(deps: Deps, claimant: Claimant): Promise<StepView | null> {
  const read = await readSignIn(deps, claimant)
  if (read === null) return null
  const { state, step } = read
  const { attempt, person } = state
  const home = homeOf(person)
  const enrolling = step === 'enrol' ? attempt.enrollingFactorId : null
  const kinds = demandOf(person).kinds
  return {
    step,
    tenantName: home?.tenant.name ?? '',
    maskedEmail: maskEmail(person.email),
    passcodeSent:
      step === 'verify-device' && (await newestSentAt(deps, { userId: person.id, attemptId: attempt.id })) !== null,
    triesLeft: MOST_FAILURES - attempt.failures,
    expiresAt: attempt.expiresAt,
    kinds: kinds.filter((kind) => USABLE_KINDS.includes(kind)),
    connection: enrolling === null ? null : await totpConnection(deps, person, home?.tenant.name ?? '', enrolling),
    codeToTypeBack: person.codeToTypeBack,
    factorNames: usableFactors(state.factors, kinds).map((factor) => factor.name),
  }
}

export type StepCode = 'start_over' | 'wrong' | 'out_of_tries' | 'busy'
export type StepResult =
  | Result<Progress, StepCode>
  | Result<never, 'throttled' | 'mail_throttled' | 'wrong_mail_throttled', Wait>
  | Result<never, 'wrong_new_sent' | 'expired_new_sent'>

type Loaded = { state: SignInState; step: Step }

/** Loads the attempt; a step that is not `expected` is answered with where the sign-in really stands. */
async function at(
  deps: Deps,
  claimant: Claimant,
  expected: readonly Step[],
): Promise<{ here: Loaded } | { elsewhere: StepResult }> {
  const read = await readSignIn(deps, claimant)
  if (read === null || read.step === 'start-over') return { elsewhere: err('start_over') }
  if (!expected.includes(read.step)) return { elsewhere: ok({ kind: 'step', step: read.step, until: null }) }
  return { here: read }
}

/**
 * Charges the attempt and the person before anything is judged (S4, S5). The lifetime lock leaves a recovery code, which
 * nobody guesses, as the way out (NIST SP 800-63B-4 3.2.2): such a try charges the attempt alone.
 */
async function charge(deps: Deps, state: SignInState, recovery = false): Promise<Charge | { refused: StepResult }> {
  if (!(await updateFailures(deps.db, state.attempt.id, deps.clock.now(), MOST_FAILURES))) {
    return { refused: err('start_over') }
  }
  const place = await chargeFactorTry(deps, counters(state))
  if (place.ok) return { attempt: true, person: true }
  if (recovery && place.detail.until === null) return { attempt: true, person: false }
  await decrementFailures(deps.db, state.attempt.id)
  return { refused: place }
}

/** What a try was charged to. */
interface Charge {
  attempt: boolean
  person: boolean
}

/** The try was not judged, and counts for nothing. */
async function refund(deps: Deps, state: SignInState, charged: Charge): Promise<void> {
  await decrementFailures(deps.db, state.attempt.id)
  if (charged.person) await refundFactorTry(deps.db, counters(state))
}

/** M7: a try that was refused unjudged is told of, too. */
async function noting(deps: Deps, claimant: Claimant, result: StepResult): Promise<StepResult> {
  if (result.ok || (result.code !== 'throttled' && result.code !== 'mail_throttled')) return result
  const found = await findAttempt(deps.db, claimant.attemptHash)
  if (found !== null) {
    const event = personEvent(found.person, claimant, 'sign_in_throttled', { data: { step: 'second_factor' } })
    await noteThrottled(deps, event, claimant.request, found.person.id)
  }
  return result
}

function counters({ person, knownDevice }: SignInState) {
  return factorCounters(person.id, knownDevice?.id ?? null)
}

async function refuse(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  factorType: string,
): Promise<Result<never, 'wrong' | 'out_of_tries'> | Result<never, 'throttled', Wait>> {
  return transact(deps.db, (tx) => refuseIn(tx, deps, claimant, state, factorType))
}

async function refuseIn(
  tx: DbOrTx,
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  factorType: string,
): Promise<Result<never, 'wrong' | 'out_of_tries'> | Result<never, 'throttled', Wait>> {
  const { attempt, person } = state
  const wait = await noteFactorFailure({ ...deps, db: tx }, counters(state))
  const triesUsed = attempt.failures + 1 >= MOST_FAILURES
  await recordEvent(tx, deps, personEvent(person, claimant, 'sign_in_failed', { factorType, data: { triesUsed } }))
  const notice = wait === null ? 'code_wrong_after_password' : 'too_many_attempts'
  if (factorType !== 'mail' && (await takeNotice(tx, deps, notice, person.id))) {
    const reader = mailTo(person, claimant)
    if (wait === null) await enqueueMail(tx, deps, { ...reader, template: 'code_wrong_after_password', values: {} })
    else await enqueueMail(tx, deps, { ...reader, template: 'too_many_attempts', values: { until: wait.until } })
  }
  if (triesUsed) return err('out_of_tries')
  return wait === null ? err('wrong') : err('throttled', wait)
}

function mailTo(person: Person, visitor: Pick<Visitor, 'locale'>) {
  return {
    to: person.email,
    userId: person.id,
    tenantId: person.tenantId,
    locale: person.locale ?? visitor.locale,
  }
}

interface Proof {
  change: ProofChange
  /** What the try was charged to, which was no failure. */
  charge: Charge | null
  /** Spends the one-time thing that was proved; when it was spent already, nothing happens. */
  use?: (tx: DbOrTx) => Promise<boolean>
  /** What else changes with it, and what that leaves to decide by. */
  note?: (tx: DbOrTx) => Promise<Partial<SignInState>>
}

/** Adds a proof; when nothing more is asked for, uses up the attempt and opens the session in the same transaction. */
async function advance(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  proof: Proof,
): Promise<Result<Progress, 'start_over' | 'wrong'>> {
  return transactResult(deps.db, (tx) => advanceIn(tx, deps, claimant, state, proof))
}

async function advanceIn(
  tx: DbOrTx,
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  proof: Proof,
): Promise<Result<Progress, 'start_over' | 'wrong'>> {
  const now = deps.clock.now()
  if (proof.use && !(await proof.use(tx))) return err('wrong')
  const noted = proof.note ? await proof.note(tx) : {}
  const after: SignInState = { ...state, ...noted, attempt: { ...state.attempt, ...proof.change } }
  const step = nextStep(after, now)
  const completed = step === 'complete'
  const change = completed ? { ...proof.change, completedAt: now } : proof.change
  if (!(await updateProof(tx, state.attempt.id, now, MOST_FAILURES, change, proof.charge?.attempt === true))) {
    return err('start_over')
  }
  if (proof.charge?.person && !(completed && startsCountsAnew(after))) await refundFactorTry(tx, counters(state))
  if (completed) return ok({ kind: 'signed-in', signedIn: await complete(tx, deps, claimant, after) })
  return ok({ kind: 'step', step, until: proof.change.expiresAt ?? null })
}

/** The attempt has been used up in this transaction: the session, the known device, the counters, the audit entry. */
async function complete(
  tx: DbOrTx,
  deps: Deps,
  claimant: Pick<Visitor, 'request' | 'deviceToken'>,
  state: SignInState,
): Promise<SignedIn> {
  const { attempt, person, factors } = state
  const now = deps.clock.now()
  const methods = methodsOf(attempt)
  const verified = makesDeviceKnown(attempt)
  const device = await rememberDevice(tx, deps, person.id, claimant.deviceToken, claimant.request, verified)
  const session = await openSession(tx, deps, person, {
    methods,
    steppedUpAt: freshAt(methods, factors.some(isConfirmed), now),
    // A browser that only signed in has no rounds of its own for the second factor (S5).
    deviceId: verified || state.knownDevice !== null ? device.id : null,
    request: claimant.request,
  })
  await resetWhatWasProved(tx, state)
  await noteSignIn(tx, person.id, now, methods.includes('otp'))
  const factorType = methods.includes('otp') ? 'totp' : methods.includes('recovery') ? 'recovery' : undefined
  await recordEvent(
    tx,
    deps,
    personEvent(person, claimant, 'sign_in_succeeded', { ...(factorType ? { factorType } : {}), data: { methods } }),
  )
  return {
    sessionToken: session.token,
    expiresAt: session.expiresAt,
    deviceToken: device.token,
    landing: landingPath(person, attempt.returnTo),
  }
}

/** S5: the password alone is no success of the second factor, and resets nothing that guards it. */
function startsCountsAnew({ attempt, factors }: SignInState): boolean {
  const methods = methodsOf(attempt)
  if (methods.includes('otp') || methods.includes('recovery')) return true
  return methods.includes('mail') && !factors.some(isConfirmed)
}

async function resetWhatWasProved(tx: DbOrTx, state: SignInState): Promise<void> {
  const { attempt, person } = state
  if (startsCountsAnew(state)) await resetFactorCounters(tx, counters(state), mailCounters(person.id))
  else if (attempt.mailProvedAt !== null) await giveBack(tx, mailCounters(person.id))
}

// ——— the steps ———

/** D5, D6, D8. A wrong or expired passcode sends a new one by itself, within the limits. */
export async function proveDevice(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  return noting(deps, claimant, await proveDeviceQuietly(deps, claimant, typed))
}

async function proveDeviceQuietly(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  const found = await at(deps, claimant, ['verify-device'])
  if ('elsewhere' in found) return found.elsewhere
  const { state } = found.here
  const { attempt, person } = state
  const charged = await charge(deps, state)
  if ('refused' in charged) return charged.refused
  const now = deps.clock.now()
  const scope = { userId: person.id, attemptId: attempt.id }
  const judged = await findPasscode(deps, scope, typed)
  if (judged.verdict === 'right') {
    const proved = await advance(deps, claimant, state, {
      change: { mailProvedAt: now },
      charge: charged,
      use: (tx) => usePasscode(tx, deps, scope, judged.id),
      note: async (tx) => {
        await recordEvent(tx, deps, personEvent(person, claimant, 'device_verified'))
        return {}
      },
    })
    if (proved.ok || proved.code !== 'wrong') return proved
  }
  if (judged.verdict === 'expired') {
    await refund(deps, state, charged)
  } else {
    const refused = await refuse(deps, claimant, state, 'mail')
    if (refused.ok || refused.code !== 'wrong') return refused
  }
  const place = await takeMailPlace(deps, person.id)
  if (!place.ok) {
    return err(judged.verdict === 'expired' ? 'mail_throttled' : 'wrong_mail_throttled', place.detail)
  }
  await transact(deps.db, (tx) => mailPasscode(tx, deps, claimant, attempt.id, person))
  return err(judged.verdict === 'expired' ? 'expired_new_sent' : 'wrong_new_sent')
}

/** S19: a passcode on demand, a minute after the last one (security.md 3.2); also where none could be sent before. */
export async function sendDevicePasscode(deps: Deps, claimant: Claimant): Promise<StepResult | Result<'sent', never>> {
  const found = await at(deps, claimant, ['verify-device'])
  if ('elsewhere' in found) return found.elsewhere
  const { attempt, person } = found.here.state
  const sentAt = await newestSentAt(deps, { userId: person.id, attemptId: attempt.id })
  if (sentAt !== null && later(sentAt, RESEND_AFTER) > deps.clock.now()) {
    return err('mail_throttled', { until: later(sentAt, RESEND_AFTER) })
  }
  const place = await takeMailPlace(deps, person.id)
  if (!place.ok) return err('mail_throttled', place.detail)
  await transact(deps.db, (tx) => mailPasscode(tx, deps, claimant, attempt.id, person))
  return ok('sent')
}

/**
 * The second factor. Which person's is decided by the attempt (S2); a time step is spent once (S3). One transaction and,
 * on SQLite, one wait for the disk: whoever finds the attempt's last place taken is refused, right or wrong (S4).
 */
export async function proveTotp(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  return noting(deps, claimant, await proveTotpQuietly(deps, claimant, typed))
}

async function proveTotpQuietly(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  const found = await at(deps, claimant, ['verify-factor'])
  if ('elsewhere' in found) return found.elsewhere
  const { state } = found.here
  const { attempt, person } = state
  const match = matchConfirmed(deps, person, usableFactors(state.factors, demandOf(person).kinds), typed)
  const prove = async (tx: DbOrTx): Promise<StepResult> => {
    const place = await chargeFactorTry({ ...deps, db: tx }, counters(state))
    if (!place.ok) return place
    if (match !== null) {
      const proved = await advanceIn(tx, deps, claimant, state, {
        change: { factorProvedAt: deps.clock.now(), factorId: match.factorId },
        charge: { attempt: false, person: true },
        use: () => useStep(tx, deps, person.id, match),
      })
      if (proved.ok || proved.code !== 'wrong') return proved
    }
    const charged = await updateFailures(tx, attempt.id, deps.clock.now(), MOST_FAILURES)
    return charged ? refuseIn(tx, deps, claimant, state, 'totp') : err('start_over')
  }
  return transactResult(deps.db, prove, (result) => result.ok || result.code !== 'start_over')
}

/** R1: a saved recovery code in place of the passcode, once. */
export async function proveRecoveryCode(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  return noting(deps, claimant, await proveRecoveryCodeQuietly(deps, claimant, typed))
}

async function proveRecoveryCodeQuietly(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  const found = await at(deps, claimant, ['verify-factor'])
  if ('elsewhere' in found) return found.elsewhere
  const { state } = found.here
  const { person } = state
  const charged = await charge(deps, state, true)
  if ('refused' in charged) return charged.refused
  const match = await matchCode(deps, person.id, typed)
  if (!match.ok) {
    await refund(deps, state, charged)
    return match
  }
  const code = match.value
  if (code !== null) {
    const proved = await advance(deps, claimant, state, {
      change: { recoveryProvedAt: deps.clock.now(), recoveryCodeId: code.id },
      charge: charged,
      use: (tx) => useCode(tx, deps, person.id, code.id),
      note: async (tx) => {
        const event = { factorType: 'recovery', data: { number: code.number, left: code.left } }
        await recordEvent(tx, deps, personEvent(person, claimant, 'recovery_code_used', event))
        const content = { template: 'recovery_code_used' as const, values: { left: code.left } }
        await enqueueMail(tx, deps, { ...mailTo(person, claimant), ...content })
        if (code.left > 0) return {}
        await noteCodesOpen(tx, person.id, null)
        return { person: { ...person, recoveryCodesAt: null } }
      },
    })
    if (proved.ok || proved.code !== 'wrong') return proved
  }
  return refuse(deps, claimant, state, 'recovery')
}

/** R1: whether the authenticator is lost, or only not at hand. */
export async function answerIfLost(deps: Deps, claimant: Claimant, answer: 'lost' | 'at_hand'): Promise<StepResult> {
  const found = await at(deps, claimant, ['ask-if-lost'])
  if ('elsewhere' in found) return found.elsewhere
  return advance(deps, claimant, found.here.state, { change: { recoveryAnswer: answer }, charge: null })
}

/** The last click of a sign-in that needs nothing more: the requirement may have been dropped on the way. */
export async function finish(deps: Deps, claimant: Claimant): Promise<StepResult> {
  const found = await at(deps, claimant, ['complete'])
  if ('elsewhere' in found) return found.elsewhere
  return advance(deps, claimant, found.here.state, { change: {}, charge: null })
}

/** E1, E2: connects an authenticator app; the attempt lives up to 30 minutes from the password step. */
export async function startTotp(deps: Deps, claimant: Claimant, name: string): Promise<StepResult> {
  const found = await at(deps, claimant, ['enrol'])
  if ('elsewhere' in found) return found.elsewhere
  const { attempt, person } = found.here.state
  if (!demandOf(person).kinds.includes('totp')) return ok({ kind: 'step', step: 'enrol', until: null })
  const until = later(attempt.createdAt, ENROLMENT_LIFE)
  return transactResult(deps.db, async (tx): Promise<StepResult> => {
    const factorId = await beginTotp(tx, deps, person, name, ENROLMENT_LIFE)
    const change = { enrollingFactorId: factorId, expiresAt: until }
    const moved = await updateProof(tx, attempt.id, deps.clock.now(), MOST_FAILURES, change, false)
    return moved ? ok({ kind: 'step', step: 'enrol', until }) : err('start_over')
  })
}

export type CodesResult = Result<
  { codes: string[]; number: number; until: Date | null },
  'start_over' | 'wrong' | 'busy' | 'elsewhere'
>

/**
 * E3, E4, S11: the right passcode makes the new factor count, ends other sessions and attempts, old factors, trust and
 * old codes, and gives the new codes, once. An enrolment costs no tries: nobody guesses at a key they are shown.
 */
export async function confirmEnrolment(deps: Deps, claimant: Claimant, typed: string): Promise<CodesResult> {
  const found = await at(deps, claimant, ['enrol'])
  if ('elsewhere' in found) return err('elsewhere')
  const { state } = found.here
  const { attempt, person } = state
  const match =
    attempt.enrollingFactorId === null ? null : await matchUnconfirmed(deps, person, attempt.enrollingFactorId, typed)
  if (match === null) {
    await recordEvent(deps.db, deps, personEvent(person, claimant, 'mfa_setup_failed', { factorType: 'totp' }))
    return err('wrong')
  }
  const made = await makeCodes(deps, person.id)
  if (!made.ok) return made
  const now = deps.clock.now()
  const locale = person.locale ?? claimant.locale
  const proved = await advance(deps, claimant, state, {
    change: { factorProvedAt: now, factorId: match.factorId, enrolledFactorId: match.factorId },
    charge: null,
    use: (tx) => confirmTotp(tx, deps, person, match, locale, claimant.request),
    note: async (tx) => {
      await removeFactors(tx, deps, person, { exceptId: match.factorId }, 'replaced', locale, claimant.request)
      await endOtherSessions(tx, deps, person, claimant.request)
      await updateOthersEnded(tx, { userId: person.id, exceptId: attempt.id }, now)
      await endTrust(tx, person.id)
      await noteFirstFactor(tx, person, now)
      await replaceCodes(tx, deps, person, made.value, claimant)
      return { factors: await factorsOf(tx, person.id), person: { ...person, recoveryCodesAt: null } }
    },
  })
  return proved.ok ? ok({ codes: made.value.codes, number: made.value.number, until: null }) : proved
}

/** E4: after a reload the codes cannot be shown again; new ones take their place. */
export async function renewCodes(deps: Deps, claimant: Claimant): Promise<CodesResult> {
  const found = await at(deps, claimant, ['show-recovery-codes'])
  if ('elsewhere' in found) return err('elsewhere')
  const { attempt, person } = found.here.state
  const made = await makeCodes(deps, person.id)
  if (!made.ok) return made
  return transactResult(deps.db, async (tx): Promise<CodesResult> => {
    const until = later(attempt.createdAt, ENROLMENT_LIFE)
    // The person's row before the attempt's, as where a code is typed back: two at once wait, and do not block each other.
    await replaceCodes(tx, deps, person, made.value, claimant)
    if (!(await updateProof(tx, attempt.id, deps.clock.now(), MOST_FAILURES, { expiresAt: until }, false))) {
      return err('start_over')
    }
    return ok({ codes: made.value.codes, number: made.value.number, until })
  })
}

/** E4: the code of the asked number typed back ends the wizard; it is not used up. */
export async function typeCodeBack(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  const found = await at(deps, claimant, ['show-recovery-codes'])
  if ('elsewhere' in found) return found.elsewhere
  const { state } = found.here
  const { person } = state
  const number = person.codeToTypeBack
  if (number === null) return ok({ kind: 'step', step: 'show-recovery-codes', until: null })
  const right = await isCodeNumber(deps, person.id, typed, number)
  if (!right.ok) return right
  if (!right.value) return err('wrong')
  const now = deps.clock.now()
  return advance(deps, claimant, state, {
    change: {},
    charge: null,
    use: (tx) => keepCodes(tx, person.id, number, now),
    note: async () => ({ person: { ...person, recoveryCodesAt: now } }),
  })
}

/** S19: cancel. */
export async function cancel(deps: Deps, claimant: Claimant): Promise<void> {
  const found = await findAttempt(deps.db, claimant.attemptHash)
  if (found !== null) await updateEnded(deps.db, found.attempt.id, deps.clock.now())
}
