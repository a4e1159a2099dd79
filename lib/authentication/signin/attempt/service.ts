import { recordEvent } from '../../../audit/service'
import type { AuditEntry } from '../../../audit/types'
import { orPassOver, transact } from '../../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../../core/deps'
import type { RequestInfo } from '../../../core/kernel/request'
import { err, ok, type Result } from '../../../core/kernel/result'
import { later, seconds } from '../../../core/kernel/time'
import { UnreadableRow } from '../../../core/kernel/unreadable'
import { scopeOf } from '../../../credentials/challenge/service'
import type { Challenge, ChallengeMessage, Failure } from '../../../credentials/challenge/types'
import { type Browser, findBrowser, meetBrowser } from '../../../credentials/device/service'
import type { Judgement } from '../../../credentials/factor/prove/types'
import { factorsOf } from '../../../credentials/factor/service'
import { clockOffset, readHints, writeHints } from '../../../credentials/factor/totp/rules'
import { noteClockOffset } from '../../../credentials/factor/totp/service'
import type { FactorRow } from '../../../credentials/factor/types'
import { factorCounters, takeNotice, takeRefusal, type Wait } from '../../../credentials/throttle/service'
import type { Claimant, Visitor } from '../../../identity/actor/types'
import { effectivePolicy } from '../../../identity/user/rules'
import type { Person } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { endSessionsByDevice } from '../../session/service'
import {
  consumeWrongCode,
  decrementFailures,
  findAttempt,
  findAttemptById,
  listWrongCodes,
  updateAllEnded,
  updateAttemptsEnded,
  updateClockHint,
  updateFailures,
  updateProof,
  updateWrongCodeDue,
  upsertWrongCode,
} from '../attempt/store'
import { isOpen, MAX_FAILURES, nextStep } from '../rules'
import type { AttemptRow, SignInState, Step } from '../types'

export interface SignedIn {
  sessionToken: string
  expiresAt: Date
  /** Null where the cookie stays as it is: another tab renewed it meanwhile. */
  deviceToken: string | null
  landing: string
}

/** `until` moves the end of the attempt cookie. */
export type SignInProgress =
  | { kind: 'step'; step: Step; until: Date | null }
  | { kind: 'signed-in'; signedIn: SignedIn }

export type StepCode = 'start_over' | 'wrong' | 'out_of_tries' | 'busy'
export type StepResult =
  | Result<SignInProgress, StepCode>
  | Result<never, 'throttled' | 'mail_throttled' | 'wrong_mail_throttled', Wait>
  | Result<never, 'wrong_new_sent' | 'expired_new_sent'>
  | Result<never, 'clock_off', { seconds: number }>

/** What a refused try is answered with. */
export type RefusedStep = Extract<StepResult, { ok: false }>

/** Of a sign-in that is only being opened, too. */
type AskedState = Pick<SignInState, 'attempt' | 'person' | 'knownDevice'>

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

/** Whether somebody who proved a first step holds this attempt; what it is worth, `readSignIn` says. */
export async function isAttemptOpen(deps: Pick<Deps, 'db' | 'clock'>, attemptHash: string): Promise<boolean> {
  const found = await findAttempt(deps.db, attemptHash)
  return found !== null && isOpen(found.attempt, deps.clock.now())
}

export function knownOf(browser: Browser | null): SignInState['knownDevice'] {
  return browser?.known ? { id: browser.id, trusted: browser.trusted } : null
}

/**
 * What the right password means for the value that this browser sent (D7, S21): an old one is somebody's copy. Its
 * device is forgotten, the sessions that were opened on the strength of it end, and the person is told.
 */
export async function endCopies(
  deps: TransactionDeps,
  visitor: Pick<Visitor, 'request' | 'deviceToken' | 'locale'>,
  person: Person,
  met: Browser | null,
): Promise<void> {
  for (const device of await meetBrowser(deps, visitor, person, met)) {
    const ended = await endSessionsByDevice(deps, person.id, device.id)
    await recordEvent(deps, personEvent(person, visitor, 'device_copied', { data: { ended } }))
    const { address, userAgent } = visitor.request
    const values = { address, userAgent, when: deps.clock.now() }
    await enqueueMail(deps, { ...readerOf(person, visitor.locale), template: 'device_copied', values })
  }
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

/** The one that was chosen, as long as it may be proved, else the first (E5). */
export function chosenOf({ attempt }: SignInState, asked: readonly FactorRow[]): FactorRow | null {
  return asked.find((factor) => factor.id === attempt.chosenFactorId) ?? asked[0] ?? null
}

export function counters({ person, knownDevice }: AskedState) {
  return factorCounters(person.id, knownDevice?.id ?? null)
}

/**
 * What proves something in this attempt: its own tries are the three of S4. `twin` says whether the same form was
 * accepted meanwhile: then it was no failure, and its answer is given again.
 */
export function challengeOf(
  claimant: Pick<Visitor, 'request' | 'locale'>,
  state: AskedState,
  twin: (deps: AnyDeps) => Promise<boolean> = async () => false,
): Challenge<RefusedStep> {
  const { attempt, person } = state
  const { request, locale } = claimant
  return {
    person,
    request,
    locale,
    owner: { attemptId: attempt.id },
    counters: counters(state),
    own: {
      take: async (deps) =>
        (await updateFailures(deps.db, attempt.id, deps.clock.now(), MAX_FAILURES)) ? ok(null) : err('start_over'),
      giveBack: (deps) => decrementFailures(deps.db, attempt.id),
    },
    // `auditRefusal` tells of it, beside messages that could not be sent.
    unjudged: async () => undefined,
    failed: async (deps, failure) =>
      (await twin(deps)) ? err('start_over') : noteFailure(deps, claimant, state, failure),
  }
}

async function noteFailure(
  deps: TransactionDeps,
  claimant: Pick<Visitor, 'request' | 'locale'>,
  { attempt, person }: AskedState,
  { factorType, wait, judged }: Failure,
): Promise<RefusedStep> {
  const triesUsed = attempt.failures + 1 >= MAX_FAILURES
  await recordEvent(deps, personEvent(person, claimant, 'sign_in_failed', { factorType, data: { triesUsed } }))
  if (factorType !== 'mail') {
    const now = deps.clock.now()
    const payload = JSON.stringify({ locale: claimant.locale })
    const runAt = triesUsed ? now : attempt.expiresAt
    if (wait === null) await upsertWrongCode(deps.db, { id: attempt.id, payload, runAt, createdAt: now })
    else if (await takeNotice(deps, 'too_many_attempts', person.id)) {
      const reader = readerOf(person, claimant.locale)
      await enqueueMail(deps, { ...reader, template: 'too_many_attempts', values: { until: wait.until } })
    }
  }
  const seconds = factorType === 'totp' ? await noteClock(deps, attempt, judged) : null
  if (triesUsed) return err('out_of_tries')
  if (wait !== null) return err('throttled', wait)
  if (judged.verdict === 'wrong' && judged.until !== undefined) return err('throttled', { until: judged.until })
  return seconds === null ? err('wrong') : err('clock_off', { seconds })
}

const NOTICES_AT_ONCE = 50
const NOTICE_RETRY = seconds(5)

/**
 * For the worker: tells of a right password with a wrong code once the sign-in is over without a right one, or has had
 * its time; who only mistyped is told nothing (N19).
 */
export async function tellOfWrongCodes(deps: Deps, stopped: () => boolean): Promise<void> {
  const now = deps.clock.now()
  for (const { id, payload } of await listWrongCodes(deps.db, now, NOTICES_AT_ONCE)) {
    if (stopped()) return
    // First, so that one that always fails holds nobody up.
    await updateWrongCodeDue(deps.db, id, later(now, NOTICE_RETRY))
    const tell = async (deps: TransactionDeps) => {
      if (!(await consumeWrongCode(deps.db, id))) return
      const found = await findAttemptById(deps.db, id)
      if (found === null) return
      const { attempt, person } = found
      if (attempt.completedAt !== null || attempt.factorProvedAt !== null || attempt.recoveryProvedAt !== null) return
      if (!(await takeNotice(deps, 'code_wrong_after_password', person.id))) return
      const { locale } = readNotice(id, payload)
      await enqueueMail(deps, { ...readerOf(person, locale), template: 'code_wrong_after_password', values: {} })
    }
    await orPassOver(() => transact(deps, tell))
  }
}

function readNotice(id: string, payload: string): { locale: string } {
  try {
    return JSON.parse(payload)
  } catch {
    throw new UnreadableRow([{ table: 'job', id, column: 'payload', problem: 'no_json' }])
  }
}

/** By how much the phone's clock is off: two codes in succession say it, never one alone (X4). */
async function noteClock(
  deps: TransactionDeps,
  attempt: AttemptRow,
  judged: Judgement<unknown, string>,
): Promise<number | null> {
  const hints = judged.verdict === 'wrong' ? (judged.hints?.() ?? []) : []
  if (attempt.clockHint !== null || hints.length > 0) await updateClockHint(deps.db, attempt.id, writeHints(hints))
  const found = clockOffset(readHints(attempt.clockHint), hints)
  if (found === null) return null
  await noteClockOffset(deps, attempt.userId, found)
  return found.seconds
}

/** A try that was refused unjudged is told of, too (M7). */
export async function auditRefusal(
  deps: Deps,
  claimant: Claimant,
  { person }: SignInState,
  result: StepResult,
): Promise<StepResult> {
  if (result.ok || (result.code !== 'throttled' && result.code !== 'mail_throttled')) return result
  const event = personEvent(person, claimant, 'sign_in_throttled', { data: { step: 'second_factor' } })
  await noteThrottled(deps, event, claimant.request, person.id)
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

/** The passcode that verifies the browser (D5). */
export function deviceMessage(challenge: Challenge<RefusedStep>): ChallengeMessage {
  return { scope: scopeOf(challenge, null), purpose: 'device', channel: { kind: 'email' }, factorType: 'mail' }
}

/** The person gives up (S19). */
export async function cancelSignIn(deps: Deps, claimant: Claimant): Promise<void> {
  const found = await findAttempt(deps.db, claimant.attemptHash)
  if (found === null) return
  const now = deps.clock.now()
  await updateAttemptsEnded(deps.db, found.attempt.id, now)
  await updateWrongCodeDue(deps.db, found.attempt.id, now)
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
