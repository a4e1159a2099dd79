import { lastKinds } from '../../../audit/reading/service'
import { recordEvent } from '../../../audit/service'
import { type Tx, transact } from '../../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { isAhead } from '../../../core/kernel/time'
import { transactResult } from '../../../core/transaction'
import { coverageOf, decisionOf, factsOf } from '../../../coverage/rules'
import type { Charge } from '../../../credentials/challenge/types'
import { type Browser, giveAgain, rememberDevice } from '../../../credentials/device/service'
import { isConfirmed, strongestFactors } from '../../../credentials/factor/rules'
import { factorsOf } from '../../../credentials/factor/service'
import type { FactorRow } from '../../../credentials/factor/types'
import {
  factorCounters,
  giveBack,
  refundFactorTry,
  resetFactorCounters,
  takeNotice,
} from '../../../credentials/throttle/service'
import type { Claimant, Method, Visitor } from '../../../identity/actor/types'
import { effectivePolicy, isShutOut } from '../../../identity/user/rules'
import { demandPassword, noteSignIn, personById } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { freshAt, hasFactorProof } from '../../session/rules'
import { openSession, renewUnused } from '../../session/service'
import {
  counters,
  endCopies,
  knownOf,
  personEvent,
  requireStep,
  type SignedIn,
  type SignInProgress,
  type StepResult,
} from '../attempt/service'
import { findAccepted, type ProofChange, updateProof } from '../attempt/store'
import { shutOut } from '../closed/service'
import {
  formHash,
  grantsTrust,
  isRepeat,
  landingAfter,
  MAX_FAILURES,
  mailProves,
  makesDeviceKnown,
  methodOf,
  methodsOf,
  nextStep,
  provesMoreThanMail,
} from '../rules'
import type { SignInState } from '../types'
import { FAILURES_TOLD, isAfterFailures, SIGN_IN_OUTCOMES } from './rules'

export interface StepProof {
  /** Digest of the form it came by. */
  form?: string
  change: ProofChange
  /** What the try was charged to, which was no failure. */
  charge: Charge | null
  /** Spends the one-time thing that was proved; when it was spent already, nothing happens. */
  use?: (deps: TransactionDeps) => Promise<boolean>
  /** What else changes with it, and what that leaves to decide by. */
  note?: (deps: TransactionDeps) => Promise<Partial<SignInState>>
}

/** Adds a proof; when nothing more is asked for, uses up the attempt and opens the session in the same transaction. */
export async function advance(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  proof: StepProof,
): Promise<Result<SignInProgress, 'start_over' | 'wrong'>> {
  return transactResult(deps, (deps) => advanceIn(deps, claimant, state, proof))
}

export async function advanceIn(
  deps: TransactionDeps,
  claimant: Claimant,
  state: SignInState,
  proof: StepProof,
): Promise<Result<SignInProgress, 'start_over' | 'wrong'>> {
  const now = deps.clock.now()
  if (proof.use && !(await proof.use(deps))) return err('wrong')
  const noted = proof.note ? await proof.note(deps) : {}
  const after: SignInState = { ...state, ...noted, attempt: { ...state.attempt, ...proof.change } }
  const step = nextStep(after, now)
  const completed = step === 'complete'
  const accepted = proof.form === undefined ? proof.change : { ...proof.change, acceptedHash: proof.form }
  const change = completed ? { ...accepted, completedAt: now } : accepted
  if (completed) await holdForSignIn(deps.db, after, now)
  if (!(await updateProof(deps.db, state.attempt.id, now, MAX_FAILURES, change, proof.charge?.own === true))) {
    return err('start_over')
  }
  if (proof.charge?.person && !(completed && startsCountsAnew(after))) await refundFactorTry(deps.db, counters(state))
  if (completed) {
    const signedIn = await complete(deps, claimant, after)
    return signedIn === null ? err('start_over') : ok({ kind: 'signed-in', signedIn })
  }
  return ok({ kind: 'step', step, until: proof.change.expiresAt ?? null })
}

/**
 * The attempt has been used up in this transaction: the session, the known device, the counters, the audit entry. Null
 * when it is not complete any more: person, factors and browser were read before a slow hash, so they are read again,
 * while `holdForSignIn` keeps whoever takes something from the person waiting (S8). `first` where no attempt was open
 * until now that a suspension, a reset or containing would have ended: when the first step was read, and in which
 * browser.
 */
export async function complete(
  deps: TransactionDeps,
  claimant: Pick<Visitor, 'request' | 'deviceToken' | 'locale'>,
  state: SignInState,
  first: { readAt: Date; browser: Browser | null } | null = null,
): Promise<SignedIn | null> {
  const { attempt } = state
  const now = deps.clock.now()
  const person = await personAgain(deps.db, state.person)
  if (person === null || isOvertaken(person, first?.readAt ?? null, now)) return null
  if (isShutOut(person)) return shutOut(deps, claimant, person)
  const policy = effectivePolicy(person)
  const factors = policy.inForce || state.factors.length > 0 ? await factorsOf(deps.db, person.id) : []
  const verified = makesDeviceKnown(attempt)
  const trusted = grantsTrust({ ...state, person })
  if (first !== null) await endCopies(deps, claimant, person, first.browser)
  const met = first?.browser ?? (state.knownDevice && { ...state.knownDevice, known: true })
  const from = { ...claimant, met }
  const device = await rememberDevice(deps, person, from, { verified, trusted }, policy)
  const again: SignInState = { attempt, person, factors, knownDevice: knownOf(device.before) }
  if (nextStep(again, now) !== 'complete') return null
  const methods = methodsOf(again)
  const strongest = strongestFactors(factors).map(({ kind }) => methodOf(kind))
  const session = await openSession(deps, person, {
    methods,
    steppedUpAt: freshAt(methods, { strongest, mailCounts: mailProves(person, methods, now) }, now),
    // A browser that only signed in has no rounds of its own for the second factor (S5).
    attemptId: attempt.id,
    deviceId: verified || again.knownDevice !== null ? device.id : null,
    request: claimant.request,
    at: now,
  })
  await resetWhatWasProved(deps.db, again)
  await tellAfterFailures(deps, claimant, person)
  if (attempt.passwordShort) await demandPassword(deps.db, person.id, now)
  const proved = factors.find((factor) => factor.id === attempt.factorId)
  const factorType = proved?.kind ?? (methods.includes('recovery') ? 'recovery' : undefined)
  await recordEvent(
    deps,
    personEvent(person, claimant, 'sign_in_succeeded', {
      ...(factorType ? { factorType } : {}),
      data: {
        methods,
        ...decisionOf(coverageOf(factsOf(person, factors, now), now), methods, person.tenantId),
        ...(attempt.passwordShort ? { passwordDemanded: true } : {}),
      },
    }),
  )
  if (trusted) {
    const data = { days: effectivePolicy(person).trustDays }
    await recordEvent(deps, personEvent(person, claimant, 'device_trusted', { data }))
  }
  // A sign-in in a browser that was never seen is told by mail (D10).
  if (device.fresh) {
    const { address, userAgent } = claimant.request
    const content = { template: 'new_device' as const, values: { address, userAgent, when: now } }
    await enqueueMail(deps, { ...readerOf(person, claimant.locale), ...content })
  }
  return {
    sessionToken: session.token,
    expiresAt: session.expiresAt,
    deviceToken: device.token,
    landing: landingAfter(attempt, person),
  }
}

/** Whoever tried often enough got in: the person is told, once in half an hour (N19). */
async function tellAfterFailures(
  deps: TransactionDeps,
  { request, locale }: Pick<Visitor, 'request' | 'locale'>,
  person: Person,
): Promise<void> {
  const about = { tenantId: person.tenantId, subjectId: person.id }
  const outcomes = await lastKinds(deps.db, { ...about, kinds: SIGN_IN_OUTCOMES }, FAILURES_TOLD)
  if (!isAfterFailures(outcomes) || !(await takeNotice(deps, 'signed_in_after_failures', person.id))) return
  const { address, userAgent } = request
  const content = {
    template: 'signed_in_after_failures' as const,
    values: { address, userAgent, when: deps.clock.now() },
  }
  await enqueueMail(deps, { ...readerOf(person, locale), ...content })
}

/**
 * Does what a form asks for. When that is refused because the same form was accepted a moment ago, and nobody has used
 * the session it opened, its answer was lost: the same session is answered with a new token. Nothing is counted twice,
 * and what the form had cost meanwhile is given back.
 */
export async function answered(
  deps: Deps,
  claimant: Claimant,
  form: string,
  work: () => Promise<StepResult>,
): Promise<StepResult> {
  const result = await work()
  if (result.ok) return result
  const signedIn = await transact(deps, (deps) => answerAgain(deps, claimant, form))
  if (signedIn !== null) return ok({ kind: 'signed-in', signedIn })
  if (!(await twinOf(claimant, form)(deps))) return result
  const now = await requireStep(deps, claimant, [])
  return now.ok ? result : now.detail
}

async function answerAgain(deps: TransactionDeps, claimant: Claimant, form: string): Promise<SignedIn | null> {
  const attempt = await findAccepted(deps.db, claimant.attemptHash)
  if (attempt === null || !isRepeat(attempt, form, deps.clock.now())) return null
  const person = (await personById(deps.db, attempt.userId))?.person ?? null
  const session = person && (await renewUnused(deps, { userId: person.id, attemptId: attempt.id }))
  if (person === null || session === null) return null
  if (resetsCounts(session.methods, await factorsOf(deps.db, person.id))) {
    await resetFactorCounters(deps.db, person.id, factorCounters(person.id, session.deviceId))
  }
  await recordEvent(deps, personEvent(person, claimant, 'sign_in_repeated'))
  return {
    sessionToken: session.token,
    expiresAt: session.expiresAt,
    deviceToken: session.deviceId && (await giveAgain(deps, person, claimant, session.deviceId)),
    landing: landingAfter(attempt, person),
  }
}

/** Whether the same form was accepted meanwhile. */
export function twinOf(claimant: Claimant, form: string): (deps: AnyDeps) => Promise<boolean> {
  return async (deps) => {
    const attempt = await findAccepted(deps.db, claimant.attemptHash)
    return attempt?.acceptedHash === form
  }
}

/** Holds the person's row until the end, before the attempt's, as whatever ends both does. */
export function holdForSignIn(tx: Tx, state: SignInState, now: Date): Promise<void> {
  const methods = methodsOf(state)
  return noteSignIn(tx, state.person, now, {
    withFactor: hasFactorProof(methods),
    mailCountsAgain: provesMoreThanMail(methods),
  })
}

/**
 * Suspended, reset or contained since then, all of which void the devices, too; not by a mark of a clock that was
 * ahead, which would be later than any first step until its time comes.
 */
function isOvertaken({ devicesVoidedAt }: Person, readAt: Date | null, now: Date): boolean {
  if (readAt === null || devicesVoidedAt === null || isAhead(devicesVoidedAt, now)) return false
  return devicesVoidedAt > readAt
}

/**
 * As the rows say now; null when the password is another one. What this sign-in itself lifts counts as it was (S20).
 */
async function personAgain(tx: Tx, before: Person): Promise<Person | null> {
  const person = (await personById(tx, before.id))?.person
  if (person === undefined || person.passwordSetAt?.getTime() !== before.passwordSetAt?.getTime()) return null
  return { ...person, passwordResetByMailAt: before.passwordResetByMailAt }
}

/** Neither the password nor a trusted device is a success of the second factor, or resets what guards it (S5). */
function startsCountsAnew(state: SignInState): boolean {
  return resetsCounts(methodsOf(state), state.factors)
}

function resetsCounts(methods: readonly Method[], factors: readonly FactorRow[]): boolean {
  if (hasFactorProof(methods) || methods.includes('recovery')) return true
  return methods.includes('mail') && !factors.some(isConfirmed)
}

async function resetWhatWasProved(tx: Tx, state: SignInState): Promise<void> {
  const { attempt, person } = state
  if (startsCountsAnew(state)) await resetFactorCounters(tx, person.id, counters(state))
  else if (attempt.mailProvedAt !== null) await giveBack(tx, counters(state).messages)
}

/** The last click of a sign-in that needs nothing more: the requirement may have been dropped on the way. */
export async function finishSignIn(deps: Deps, claimant: Claimant): Promise<StepResult> {
  const form = formHash(claimant.attemptHash, { name: 'finish', typed: '' })
  return answered(deps, claimant, form, async () => {
    const found = await requireStep(deps, claimant, ['complete'])
    if (!found.ok) return found.detail
    return advance(deps, claimant, found.value.state, { form, change: {}, charge: null })
  })
}
