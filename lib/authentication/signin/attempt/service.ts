import { recordEvent } from '../../../audit/service'
import type { AuditEntry } from '../../../audit/types'
import { transact } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import type { RequestInfo } from '../../../core/kernel/request'
import { type Err, err, ok, type Result } from '../../../core/kernel/result'
import { later } from '../../../core/kernel/time'
import { type Browser, findBrowser } from '../../../credentials/device/service'
import { factorsOf } from '../../../credentials/factor/service'
import type { FactorRow } from '../../../credentials/factor/types'
import {
  type Channel,
  channelOf,
  newestSentAt,
  type PasscodePurpose,
  sendPasscode,
  takeMessagePlace,
} from '../../../credentials/passcode/service'
import type { PasscodeScope } from '../../../credentials/passcode/types'
import {
  chargeFactorTry,
  factorCounters,
  noteFactorFailure,
  refundFactorTry,
  takeNotice,
  takeRefusal,
  type Wait,
} from '../../../credentials/throttle/service'
import type { Claimant, Visitor } from '../../../identity/actor/types'
import { effectivePolicy } from '../../../identity/user/rules'
import type { Person } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import {
  decrementFailures,
  findAttempt,
  updateAllEnded,
  updateEnded,
  updateFailures,
  updateProof,
} from '../attempt/store'
import { MAX_FAILURES, nextStep, RESEND_AFTER } from '../rules'
import type { SignInState, Step } from '../types'

export interface SignedIn {
  sessionToken: string
  expiresAt: Date
  deviceToken: string
  landing: string
}

/** `until` moves the end of the attempt cookie. */
export type Progress = { kind: 'step'; step: Step; until: Date | null } | { kind: 'signed-in'; signedIn: SignedIn }

export type StepCode = 'start_over' | 'wrong' | 'out_of_tries' | 'busy'
export type StepResult =
  | Result<Progress, StepCode>
  | Result<never, 'throttled' | 'mail_throttled' | 'wrong_mail_throttled', Wait>
  | Result<never, 'wrong_new_sent' | 'expired_new_sent'>
  | Result<never, 'clock_off', { seconds: number }>

/** What a refused try is answered with. */
export type RefusedStep = Extract<StepResult, { ok: false }>

export type Loaded = { state: SignInState; step: Step }

/** Loads the attempt; a step that is not `expected` is answered with where the sign-in really stands. */
export async function requireStep(
  deps: Deps,
  claimant: Claimant,
  expected: readonly Step[],
): Promise<Result<Loaded, 'elsewhere', StepResult>> {
  const read = await readSignIn(deps, claimant)
  if (read === null || read.step === 'start-over') return err('elsewhere', err('start_over'))
  if (!expected.includes(read.step)) return err('elsewhere', ok({ kind: 'step', step: read.step, until: null }))
  return ok(read)
}

/** The state of the claimant's attempt and what it asks for next; null when there is no such attempt. */
export async function readSignIn(deps: Deps, claimant: Claimant): Promise<{ state: SignInState; step: Step } | null> {
  const found = await findAttempt(deps.db, claimant.attemptHash)
  if (found === null) return null
  const [factors, browser] = await Promise.all([
    factorsOf(deps.db, found.person.id),
    findBrowser(deps, claimant, found.person, effectivePolicy(found.person)),
  ])
  const state: SignInState = { ...found, factors, knownDevice: knownOf(browser) }
  return { state, step: nextStep(state, deps.clock.now()) }
}

export function knownOf(browser: Browser | null): SignInState['knownDevice'] {
  return browser?.known ? { id: browser.id, trusted: browser.trusted } : null
}

export function personEvent(
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

export function mailTo(person: Person, visitor: Pick<Visitor, 'locale'>) {
  return {
    to: person.email,
    userId: person.id,
    tenantId: person.tenantId,
    locale: person.locale ?? visitor.locale,
  }
}

/** E5: the one that was chosen, as long as it may be proved, else the first. */
export function chosenOf({ attempt }: SignInState, asked: readonly FactorRow[]): FactorRow | null {
  return asked.find((factor) => factor.id === attempt.chosenFactorId) ?? asked[0] ?? null
}

export function counters({ person, knownDevice }: SignInState) {
  return factorCounters(person.id, knownDevice?.id ?? null)
}

/**
 * Charges the attempt and the person before anything is judged (S4, S5). The lifetime lock leaves a recovery code, which
 * nobody guesses, as the way out (NIST SP 800-63B-4 3.2.2): such a try charges the attempt alone.
 */
export async function chargeTry(
  deps: Deps,
  state: SignInState,
  recovery = false,
): Promise<Charge | { refused: RefusedStep }> {
  if (!(await updateFailures(deps.db, state.attempt.id, deps.clock.now(), MAX_FAILURES))) {
    return { refused: err('start_over') }
  }
  const place = await chargeFactorTry(deps, counters(state))
  if (place.ok) return { attempt: true, person: true }
  if (recovery && place.detail.until === null) return { attempt: true, person: false }
  await decrementFailures(deps.db, state.attempt.id)
  return { refused: place }
}

/** What a try was charged to. */
export interface Charge {
  attempt: boolean
  person: boolean
}

/** The try was not judged, and counts for nothing. */
export async function refundTry(deps: Deps, state: SignInState, charged: Charge): Promise<void> {
  await decrementFailures(deps.db, state.attempt.id)
  if (charged.person) await refundFactorTry(deps.db, counters(state))
}

type Refusal = Err<'wrong' | 'out_of_tries'> | Err<'throttled', Wait>

export async function refuse(deps: Deps, claimant: Claimant, state: SignInState, factorType: string): Promise<Refusal> {
  return transact(deps, (deps) => refuseIn(deps, claimant, state, factorType))
}

export async function refuseIn(
  deps: TransactionDeps,
  claimant: Claimant,
  state: SignInState,
  factorType: string,
): Promise<Refusal> {
  const { attempt, person } = state
  const wait = await noteFactorFailure(deps, counters(state))
  const triesUsed = attempt.failures + 1 >= MAX_FAILURES
  await recordEvent(deps, personEvent(person, claimant, 'sign_in_failed', { factorType, data: { triesUsed } }))
  const notice = wait === null ? 'code_wrong_after_password' : 'too_many_attempts'
  if (factorType !== 'mail' && (await takeNotice(deps, notice, person.id))) {
    const reader = mailTo(person, claimant)
    if (wait === null) await enqueueMail(deps, { ...reader, template: 'code_wrong_after_password', values: {} })
    else await enqueueMail(deps, { ...reader, template: 'too_many_attempts', values: { until: wait.until } })
  }
  if (triesUsed) return err('out_of_tries')
  return wait === null ? err('wrong') : err('throttled', wait)
}

/** M7: a try that was refused unjudged is told of, too. */
export async function auditRefusal(deps: Deps, claimant: Claimant, result: StepResult): Promise<StepResult> {
  if (result.ok || (result.code !== 'throttled' && result.code !== 'mail_throttled')) return result
  const found = await findAttempt(deps.db, claimant.attemptHash)
  if (found !== null) {
    const event = personEvent(found.person, claimant, 'sign_in_throttled', { data: { step: 'second_factor' } })
    await noteThrottled(deps, event, claimant.request, found.person.id)
  }
  return result
}

/** One entry a minute for each client and `what`: a flood of refused tries leaves a line, not a full log. */
export async function noteThrottled(
  deps: Deps,
  event: Omit<AuditEntry, 'kind'>,
  request: RequestInfo,
  what: string,
): Promise<void> {
  if (!(await takeRefusal(deps, `throttled:${what}`, request.address))) return
  await recordEvent(deps, { ...event, kind: 'sign_in_throttled' })
}

/** How a passcode by message comes and what it proves. */
export interface Way {
  scope: PasscodeScope
  /** For the audit log. */
  factorType: 'mail' | 'email' | 'sms'
  place: () => Promise<Result<null, 'throttled', Wait>>
  send: (deps: TransactionDeps) => Promise<void>
}

type Asking = Pick<Visitor, 'request' | 'locale'>

function messageWay(
  deps: Deps,
  visitor: Asking,
  { attempt, person }: Pick<SignInState, 'attempt' | 'person'>,
  proves: { factorId: string | null; factorType: Way['factorType']; purpose: PasscodePurpose; channel: Channel },
): Way {
  const { channel, purpose, factorType } = proves
  const scope = { userId: person.id, attemptId: attempt.id, factorId: proves.factorId }
  const reader = { ...person, locale: person.locale ?? visitor.locale }
  return {
    scope,
    factorType,
    place: () => takeMessagePlace(deps, person, channel),
    send: async (deps) => {
      await sendPasscode(deps, scope, reader, { purpose, channel, request: visitor.request })
      const kind = purpose === 'device' ? 'device_verification_sent' : 'passcode_sent'
      await recordEvent(deps, personEvent(person, visitor, kind, purpose === 'device' ? {} : { factorType }))
    },
  }
}

export function deviceWay(deps: Deps, visitor: Asking, state: Pick<SignInState, 'attempt' | 'person'>): Way {
  const channel = { kind: 'email' } as const
  return messageWay(deps, visitor, state, { factorId: null, factorType: 'mail', purpose: 'device', channel })
}

/** Null for a factor that needs no message, and for one whose message cannot be sent now. */
export function factorWay(
  deps: Deps,
  visitor: Asking,
  state: Pick<SignInState, 'attempt' | 'person'>,
  factor: FactorRow | undefined,
  purpose: 'factor' | 'enrol' = 'factor',
): Way | null {
  const channel = factor === undefined ? null : channelOf(deps, state.person, factor)
  if (factor === undefined || channel === null) return null
  return messageWay(deps, visitor, state, { factorId: factor.id, factorType: channel.kind, purpose, channel })
}

/** Sends a passcode unless one went a minute ago. */
export async function sendNow(
  deps: Deps,
  way: Way,
): Promise<Result<'sent', never> | Result<never, 'mail_throttled', Wait>> {
  const sentAt = await newestSentAt(deps, way.scope)
  if (sentAt !== null && later(sentAt, RESEND_AFTER) > deps.clock.now()) {
    return err('mail_throttled', { until: later(sentAt, RESEND_AFTER) })
  }
  const place = await way.place()
  if (!place.ok) return err('mail_throttled', place.detail)
  await transact(deps, (deps) => way.send(deps))
  return ok('sent')
}

/** S19: cancel. */
export async function cancelSignIn(deps: Deps, claimant: Claimant): Promise<void> {
  const found = await findAttempt(deps.db, claimant.attemptHash)
  if (found !== null) await updateEnded(deps.db, found.attempt.id, deps.clock.now())
}

/** Open sign-ins of a person are over, all or all but one (R9, R11): what they proved is worth nothing more (S11). */
export function endOpenAttempts(deps: TransactionDeps<'clock'>, userId: string, exceptId?: string): Promise<void> {
  return updateAllEnded(deps.db, exceptId === undefined ? { userId } : { userId, exceptId }, deps.clock.now())
}

/** What the wizard keeps in the attempt; false when that is over. */
export function moveAttempt(
  deps: TransactionDeps<'clock'>,
  attemptId: string,
  change: { enrollingFactorId?: string; expiresAt: Date },
): Promise<boolean> {
  return updateProof(deps.db, attemptId, deps.clock.now(), MAX_FAILURES, change, false)
}
