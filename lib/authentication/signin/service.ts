import { recordEvent } from '../../audit/service'
import { type AuditEntry, INSTALLATION } from '../../audit/types'
import { hashToken, newToken } from '../../core/crypto/token'
import { type Tx, transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import { type Err, err, ok, type Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { TOTP_DEFAULTS } from '../../core/otp/totp'
import { transactResult } from '../../core/transaction'
import { coverageOf, decisionOf, factsOf } from '../../coverage/rules'
import { type Browser, findBrowser, rememberDevice } from '../../credentials/device/service'
import { unfinishedFactor, viewUnfinished } from '../../credentials/factor/connect/service'
import type { Unfinished } from '../../credentials/factor/connect/types'
import { isConfirmed, isMessaged, strongestFactors } from '../../credentials/factor/rules'
import { factorsOf, noteFactorUsed } from '../../credentials/factor/service'
import { clockOffset, readHints, writeHints } from '../../credentials/factor/totp/rules'
import { clockHints, matchConfirmed, useStep } from '../../credentials/factor/totp/service'
import type { FactorRow } from '../../credentials/factor/types'
import { LINK_LIVES, MAGIC_LINK_MINUTES } from '../../credentials/link/rules'
import { endLinks, findLink, makeLink, spendLink } from '../../credentials/link/service'
import type { LinkRequest } from '../../credentials/link/types'
import {
  type Channel,
  channelOf,
  findPasscode,
  mailCounters,
  newestSentAt,
  type PasscodePurpose,
  sendPasscode,
  takeMessagePlace,
  usePasscode,
} from '../../credentials/passcode/service'
import type { PasscodeScope } from '../../credentials/passcode/types'
import { isPasswordStill, rehashPassword } from '../../credentials/password/service'
import { matchCode, useCode } from '../../credentials/recovery/service'
import { clientPrefix, PASSWORD_PER_ADDRESS, PASSWORD_PER_CLIENT } from '../../credentials/throttle/rules'
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
} from '../../credentials/throttle/service'
import type { Claimant, Visitor } from '../../identity/actor/types'
import { deliverableKinds } from '../../identity/policy/rules'
import type { FactorKind } from '../../identity/policy/types'
import { addressNewUntil, demandOf, homeOf, maskEmail, mayUsePages, normaliseEmail } from '../../identity/user/rules'
import { noteCodesOpen, noteSignIn, personByEmail, personById } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { freshAt, hasFactorProof, landingPath } from '../session/rules'
import { openSession } from '../session/service'
import {
  ATTEMPT_LIFE,
  askedFactors,
  enrollableKinds,
  grantsTrust,
  linkServes,
  MOST_FAILURES,
  mailProves,
  makesDeviceKnown,
  methodOf,
  methodsOf,
  nextStep,
  provesMoreThanMail,
  RESEND_AFTER,
  safeReturnPath,
} from './rules'
import {
  decrementFailures,
  findAttempt,
  insertAttempt,
  type ProofChange,
  updateClockHint,
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
  const owner = found?.person ?? null
  const browser = await findBrowser(deps, visitor, owner, owner === null ? null : demandOf(owner))
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
    await recordEvent(deps, { ...visitorEvent(visitor, found?.person), kind: 'sign_in_failed' })
    return err('wrong_credentials')
  }
  const { person, password } = found
  const opened = await openAttempt(
    deps,
    visitor,
    {
      person,
      knownDevice: knownOf(browser),
      readAt,
      row: { passwordProvedAt: readAt },
      unused: () => giveBack(deps.db, keys),
      settle: async (deps, completes) => {
        if (completes && !(await isPasswordStill(deps.db, person))) return false
        await giveBack(deps.db, keys)
        return true
      },
    },
    safeReturnPath(input.returnTo),
  )
  if (!opened.ok && opened.code !== 'mail_throttled') {
    await recordEvent(deps, { ...visitorEvent(visitor, person), kind: 'sign_in_failed' })
    return err('wrong_credentials')
  }
  if (opened.ok && verified.value.outdated) await rehashPassword(deps, person.id, password.hash, input.password)
  return opened
}

function knownOf(browser: Browser | null): SignInState['knownDevice'] {
  return browser?.known ? { id: browser.id, trusted: browser.trusted } : null
}

/** One entry a minute for each client and `what`: a flood of refused tries leaves a line, not a full log. */
async function noteThrottled(
  deps: Deps,
  event: Omit<AuditEntry, 'kind'>,
  request: RequestInfo,
  what: string,
): Promise<void> {
  if (!(await takeRefusal(deps, `throttled:${what}`, request.address))) return
  await recordEvent(deps, { ...event, kind: 'sign_in_throttled' })
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

/** The first step: the password, or a mailed link in its place (U1). */
interface FirstProof {
  person: Person
  knownDevice: SignInState['knownDevice']
  /** Before the person was read: a mark made since then is heeded, however long the hash took (SE4). */
  readAt: Date
  /** What the attempt's row says of it. */
  row: { passwordProvedAt: Date | null; linkProvedAt?: Date; mailProvedAt?: Date }
  /** It led nowhere, and counts for nothing. */
  unused: () => Promise<void>
  /** In the transaction of what it leads to; false when it no longer holds. */
  settle: (deps: TransactionDeps, completes: boolean) => Promise<boolean>
}

async function openAttempt(
  deps: Deps,
  visitor: Visitor,
  first: FirstProof,
  returnTo: string | null,
): Promise<Result<Started, 'gone' | 'password_needed'> | Result<never, 'mail_throttled', Wait>> {
  const { person, knownDevice } = first
  const now = deps.clock.now()
  const token = newToken(deps.random)
  const row = {
    id: newId(now, deps.random),
    tokenHash: hashToken('attempt', token),
    userId: person.id,
    createdAt: first.readAt,
    expiresAt: later(now, ATTEMPT_LIFE),
    ...first.row,
    returnTo,
    address: visitor.request.address,
    userAgent: visitor.request.userAgent,
  }
  const factors = demandOf(person).inForce ? await factorsOf(deps.db, person.id) : []
  const state: SignInState = { attempt: { ...NO_PROOFS, ...row }, person, factors, knownDevice }
  const step = nextStep(state, now)
  if (step === 'password-needed') return err('password_needed')
  if (step === 'complete') {
    return transactResult(deps, async (deps): Promise<Result<Started, 'gone'>> => {
      if (!(await first.settle(deps, true))) return err('gone')
      await holdForSignIn(deps.db, state, now)
      await insertAttempt(deps.db, { ...row, completedAt: now })
      const signedIn = await complete(deps, visitor, state, first.readAt)
      return signedIn === null ? err('gone') : ok({ kind: 'signed-in' as const, signedIn })
    })
  }
  const chosen = step === 'verify-factor' ? askedFactors(state, deps.clock.now())[0] : undefined
  const way = step === 'verify-device' ? deviceWay(deps, visitor, state) : factorWay(deps, visitor, state, chosen)
  const place = way === null ? null : await way.place()
  if (step === 'verify-device' && place?.ok === false) {
    await first.unused()
    return err('mail_throttled', place.detail)
  }
  return transactResult(deps, async (deps): Promise<Result<Started, 'gone'>> => {
    if (!(await first.settle(deps, false))) return err('gone')
    await insertAttempt(deps.db, chosen === undefined ? row : { ...row, chosenFactorId: chosen.id })
    // Without a place the page says when a passcode can come; other ways stay open.
    if (place?.ok === true) await way?.send(deps)
    return ok({ kind: 'attempt', attemptToken: token, step })
  })
}

const NO_PROOFS: Omit<AttemptRow, 'id' | 'userId' | 'createdAt' | 'expiresAt' | 'passwordProvedAt' | 'returnTo'> = {
  linkProvedAt: null,
  mailProvedAt: null,
  factorProvedAt: null,
  factorId: null,
  chosenFactorId: null,
  trustWantedAt: null,
  clockHint: null,
  recoveryProvedAt: null,
  recoveryAnswer: null,
  enrollingFactorId: null,
  enrolledFactorId: null,
  failures: 0,
  completedAt: null,
  endedAt: null,
}

// ——— the mailed link in place of the password (U1) ———

export type LinkStartCode = 'link_dead' | 'password_needed'

/** U1, R12: spends the link; it stands for the password and for a verified device, and for no factor (S20). */
export async function startWithLink(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<Result<Started, LinkStartCode> | Result<never, 'throttled' | 'mail_throttled', Wait>> {
  const found = await findLink(deps, visitor, 'magic', token)
  if (!found.ok) return found
  const link = found.value
  const now = deps.clock.now()
  const holder = await personById(deps.db, link.userId)
  if (holder === null || !linkServes(holder.person, await factorsOf(deps.db, link.userId), deps.clock.now()))
    return err('password_needed')
  const { person } = holder
  const browser = await findBrowser(deps, visitor, person, demandOf(person))
  const opened = await openAttempt(
    deps,
    visitor,
    {
      person,
      knownDevice: knownOf(browser),
      readAt: now,
      row: { passwordProvedAt: null, linkProvedAt: now, mailProvedAt: now },
      unused: async () => undefined,
      settle: (deps) => spendLink(deps, link),
    },
    safeReturnPath(link.returnTo),
  )
  if (opened.ok || opened.code === 'mail_throttled') return opened
  return err(opened.code === 'gone' ? 'link_dead' : opened.code)
}

// ——— passcodes by message ———

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

function deviceWay(deps: Deps, visitor: Asking, state: Pick<SignInState, 'attempt' | 'person'>): Way {
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

// ——— where a sign-in stands ———

/** The state of the claimant's attempt and what it asks for next; null when there is no such attempt. */
export async function readSignIn(deps: Deps, claimant: Claimant): Promise<{ state: SignInState; step: Step } | null> {
  const found = await findAttempt(deps.db, claimant.attemptHash)
  if (found === null) return null
  const [factors, browser] = await Promise.all([
    factorsOf(deps.db, found.person.id),
    findBrowser(deps, claimant, found.person, demandOf(found.person)),
  ])
  const state: SignInState = { ...found, factors, knownDevice: knownOf(browser) }
  return { state, step: nextStep(state, deps.clock.now()) }
}

/** One of the factors that may be proved now. */
export interface AskedFactor {
  id: string
  kind: FactorKind
  name: string
  /** The masked address, or the last digits of the number. */
  target: string | null
  /** Whether its passcode can be sent at all now. */
  reachable: boolean
}

export interface StepView {
  step: Step
  tenantName: string
  maskedEmail: string
  /** Whether a passcode by message that this step asks for is open. */
  passcodeSent: boolean
  triesLeft: number
  expiresAt: Date
  kinds: readonly FactorKind[]
  /** What the wizard is connecting. */
  enrolling: Unfinished | null
  codeToTypeBack: number | null
  asked: readonly AskedFactor[]
  chosen: AskedFactor | null
  /** S20: the password came by mail, so that the mailbox is no second factor now. */
  mailboxUsed: boolean
  /** R11: nor until then, since an admin gave the address; null where mail would not have been asked for. */
  addressNewUntil: Date | null
  /** D1: the days of the box; 0 where there is none. */
  trustDays: number
}

/** What a step's page may show. */
export async function viewSignIn(deps: Deps, claimant: Claimant): Promise<StepView | null> {
  const read = await readSignIn(deps, claimant)
  if (read === null) return null
  const { state, step } = read
  const { attempt, person } = state
  const home = homeOf(person)
  const demand = demandOf(person)
  const asked = step === 'verify-factor' ? askedFactors(state, deps.clock.now()) : []
  const chosen = chosenOf(state, asked)
  const mailMissed = chosen === null || state.factors.some((each) => each.kind === 'email' && isConfirmed(each))
  const unfinished =
    step === 'enrol' && attempt.enrollingFactorId !== null
      ? await unfinishedFactor(deps, person.id, attempt.enrollingFactorId)
      : null
  const messaged = step === 'verify-device' ? null : (chosen ?? unfinished)
  const waits = step === 'verify-device' || (messaged !== null && isMessaged(messaged.kind))
  const scope = { userId: person.id, attemptId: attempt.id, factorId: messaged?.id ?? null }
  return {
    step,
    tenantName: home?.tenant.name ?? '',
    maskedEmail: maskEmail(person.email),
    passcodeSent: waits && (await newestSentAt(deps, scope)) !== null,
    triesLeft: MOST_FAILURES - attempt.failures,
    expiresAt: attempt.expiresAt,
    kinds: enrollableKinds(person, deliverableKinds(deps), deps.clock.now()),
    enrolling: unfinished === null ? null : viewUnfinished(deps, person, home?.tenant.name ?? '', unfinished),
    codeToTypeBack: person.codeToTypeBack,
    asked: asked.map((factor) => askedView(deps, person, factor)),
    chosen: chosen === null ? null : askedView(deps, person, chosen),
    mailboxUsed: person.passwordResetByMailAt !== null,
    addressNewUntil: mailMissed ? addressNewUntil(person, deps.clock.now()) : null,
    trustDays: demand.trustDays,
  }
}

function askedView(deps: Deps, person: Person, factor: FactorRow): AskedFactor {
  const { id, kind, name } = factor
  const target = kind === 'email' ? maskEmail(person.email) : factor.phoneEnding
  return { id, kind, name, target, reachable: !isMessaged(kind) || channelOf(deps, person, factor) !== null }
}

/** E5: the one that was chosen, as long as it may be proved, else the first. */
function chosenOf({ attempt }: SignInState, asked: readonly FactorRow[]): FactorRow | null {
  return asked.find((factor) => factor.id === attempt.chosenFactorId) ?? asked[0] ?? null
}

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
export async function at(
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
async function charge(deps: Deps, state: SignInState, recovery = false): Promise<Charge | { refused: RefusedStep }> {
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
export interface Charge {
  attempt: boolean
  person: boolean
}

/** The try was not judged, and counts for nothing. */
export async function refund(deps: Deps, state: SignInState, charged: Charge): Promise<void> {
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

type Refusal = Err<'wrong' | 'out_of_tries'> | Err<'throttled', Wait>

async function refuse(deps: Deps, claimant: Claimant, state: SignInState, factorType: string): Promise<Refusal> {
  return transact(deps, (deps) => refuseIn(deps, claimant, state, factorType))
}

async function refuseIn(
  deps: TransactionDeps,
  claimant: Claimant,
  state: SignInState,
  factorType: string,
): Promise<Refusal> {
  const { attempt, person } = state
  const wait = await noteFactorFailure(deps, counters(state))
  const triesUsed = attempt.failures + 1 >= MOST_FAILURES
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

function mailTo(person: Person, visitor: Pick<Visitor, 'locale'>) {
  return {
    to: person.email,
    userId: person.id,
    tenantId: person.tenantId,
    locale: person.locale ?? visitor.locale,
  }
}

export interface Proof {
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
  proof: Proof,
): Promise<Result<Progress, 'start_over' | 'wrong'>> {
  return transactResult(deps, (deps) => advanceIn(deps, claimant, state, proof))
}

async function advanceIn(
  deps: TransactionDeps,
  claimant: Claimant,
  state: SignInState,
  proof: Proof,
): Promise<Result<Progress, 'start_over' | 'wrong'>> {
  const now = deps.clock.now()
  if (proof.use && !(await proof.use(deps))) return err('wrong')
  const noted = proof.note ? await proof.note(deps) : {}
  const after: SignInState = { ...state, ...noted, attempt: { ...state.attempt, ...proof.change } }
  const step = nextStep(after, now)
  const completed = step === 'complete'
  const change = completed ? { ...proof.change, completedAt: now } : proof.change
  if (completed) await holdForSignIn(deps.db, after, now)
  if (!(await updateProof(deps.db, state.attempt.id, now, MOST_FAILURES, change, proof.charge?.attempt === true))) {
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
 * The attempt has been used up in this transaction: the session, the known device, the counters, the audit entry. Null when
 * it is not complete any more: person, factors and browser were read before a slow hash, so they are read again, while
 * `holdForSignIn` keeps whoever takes something from the person waiting (S8). `readAt` where no attempt was open until now
 * that a suspension, a reset or containing would have ended.
 */
async function complete(
  deps: TransactionDeps,
  claimant: Pick<Visitor, 'request' | 'deviceToken' | 'locale'>,
  state: SignInState,
  readAt: Date | null = null,
): Promise<SignedIn | null> {
  const { attempt } = state
  const now = deps.clock.now()
  const person = await personAgain(deps.db, state.person)
  if (person === null || isOvertaken(person, readAt)) return null
  const demand = demandOf(person)
  const factors = demand.inForce || state.factors.length > 0 ? await factorsOf(deps.db, person.id) : []
  const verified = makesDeviceKnown(attempt)
  const trusted = grantsTrust({ ...state, person })
  const device = await rememberDevice(deps, person, claimant, { verified, trusted }, demand)
  const again: SignInState = { attempt, person, factors, knownDevice: knownOf(device.before) }
  if (nextStep(again, now) !== 'complete') return null
  const methods = methodsOf(again)
  const strongest = strongestFactors(factors).map(({ kind }) => methodOf(kind))
  const session = await openSession(deps, person, {
    methods,
    steppedUpAt: freshAt(methods, { strongest, mailCounts: mailProves(person, methods, now) }, now),
    // A browser that only signed in has no rounds of its own for the second factor (S5).
    deviceId: verified || again.knownDevice !== null ? device.id : null,
    request: claimant.request,
    at: now,
  })
  await resetWhatWasProved(deps.db, again)
  const proved = factors.find((factor) => factor.id === attempt.factorId)
  const factorType = proved?.kind ?? (methods.includes('recovery') ? 'recovery' : undefined)
  await recordEvent(
    deps,
    personEvent(person, claimant, 'sign_in_succeeded', {
      ...(factorType ? { factorType } : {}),
      data: { methods, ...decisionOf(coverageOf(factsOf(person, factors, now), now), methods, person.tenantId) },
    }),
  )
  if (trusted) {
    const data = { days: demandOf(person).trustDays }
    await recordEvent(deps, personEvent(person, claimant, 'device_trusted', { data }))
  }
  // D10.
  if (device.fresh) {
    const { address, userAgent } = claimant.request
    const content = { template: 'new_device' as const, values: { address, userAgent, when: now } }
    await enqueueMail(deps, { ...mailTo(person, claimant), ...content })
  }
  return {
    sessionToken: session.token,
    expiresAt: session.expiresAt,
    deviceToken: device.token,
    landing: landingPath(person, attempt.returnTo),
  }
}

/** Holds the person's row until the end, before the attempt's, as whatever ends both does. */
function holdForSignIn(tx: Tx, state: SignInState, now: Date): Promise<void> {
  const methods = methodsOf(state)
  return noteSignIn(tx, state.person, now, {
    withFactor: hasFactorProof(methods),
    mailCountsAgain: provesMoreThanMail(methods),
  })
}

/** Suspended, reset or contained since then, all of which void the devices, too. */
function isOvertaken({ devicesVoidedAt }: Person, readAt: Date | null): boolean {
  return readAt !== null && devicesVoidedAt !== null && devicesVoidedAt > readAt
}

/** As the rows say now; null when the password is another one. What this sign-in itself lifts counts as it was (S20). */
async function personAgain(tx: Tx, before: Person): Promise<Person | null> {
  const person = (await personById(tx, before.id))?.person
  if (person === undefined || person.passwordSetAt?.getTime() !== before.passwordSetAt?.getTime()) return null
  return { ...person, passwordResetByMailAt: before.passwordResetByMailAt }
}

/** S5: the password alone is no success of the second factor, and resets nothing that guards it; nor is a trusted device. */
function startsCountsAnew(state: SignInState): boolean {
  const methods = methodsOf(state)
  if (hasFactorProof(methods) || methods.includes('recovery')) return true
  return methods.includes('mail') && !state.factors.some(isConfirmed)
}

async function resetWhatWasProved(tx: Tx, state: SignInState): Promise<void> {
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
  const way = deviceWay(deps, claimant, state)
  return proveByMessage(deps, claimant, state, way, typed, {
    change: { mailProvedAt: deps.clock.now() },
    note: async (deps) => {
      await recordEvent(deps, personEvent(state.person, claimant, 'device_verified'))
      return {}
    },
  })
}

/** S5: the passcode of a message, whatever its kind, costs a try; right, it is still to be spent by `usePasscode`. */
export async function judgeByMessage(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  way: Way,
  typed: string,
): Promise<{ passcodeId: string; charge: Charge } | { refused: RefusedStep }> {
  const charged = await charge(deps, state)
  if ('refused' in charged) return charged
  const judged = await findPasscode(deps, way.scope, typed)
  if (judged.verdict === 'right') return { passcodeId: judged.id, charge: charged }
  if (judged.verdict === 'expired') await refund(deps, state, charged)
  return { refused: await sendAnother(deps, claimant, state, way, judged.verdict) }
}

/** D6: a wrong or expired passcode sends a new one by itself, within the limits. */
async function sendAnother(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  way: Way,
  verdict: 'wrong' | 'expired',
): Promise<RefusedStep> {
  if (verdict === 'wrong') {
    const refused = await refuse(deps, claimant, state, way.factorType)
    if (refused.code !== 'wrong') return refused
  }
  const place = await way.place()
  if (!place.ok) return err(verdict === 'expired' ? 'mail_throttled' : 'wrong_mail_throttled', place.detail)
  await transact(deps, (deps) => way.send(deps))
  return err(verdict === 'expired' ? 'expired_new_sent' : 'wrong_new_sent')
}

async function proveByMessage(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  way: Way,
  typed: string,
  proof: Pick<Proof, 'change' | 'note'> & { use?: (deps: TransactionDeps) => Promise<boolean> },
): Promise<StepResult> {
  const judged = await judgeByMessage(deps, claimant, state, way, typed)
  if ('refused' in judged) return judged.refused
  const proved = await advance(deps, claimant, state, {
    ...proof,
    charge: judged.charge,
    use: async (deps) =>
      (await usePasscode(deps, way.scope, judged.passcodeId)) && (proof.use === undefined || (await proof.use(deps))),
  })
  if (proved.ok || proved.code !== 'wrong') return proved
  return sendAnother(deps, claimant, state, way, 'wrong')
}

/** S19: a passcode on demand, a minute after the last one (security.md 3.2); also where none could be sent before. */
export async function sendPasscodeAgain(deps: Deps, claimant: Claimant): Promise<StepResult | Result<'sent', never>> {
  const found = await at(deps, claimant, ['verify-device', 'verify-factor'])
  if ('elsewhere' in found) return found.elsewhere
  const { state, step } = found.here
  const chosen = chosenOf(state, askedFactors(state, deps.clock.now())) ?? undefined
  const way = step === 'verify-device' ? deviceWay(deps, claimant, state) : factorWay(deps, claimant, state, chosen)
  if (way === null) return ok({ kind: 'step' as const, step, until: null })
  return sendNow(deps, way)
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

/** E5, S2, S19: another of the factors that this sign-in may ask for; its passcode goes out, if it is a message. */
export async function chooseFactor(deps: Deps, claimant: Claimant, factorId: string): Promise<StepResult> {
  const found = await at(deps, claimant, ['verify-factor'])
  if ('elsewhere' in found) return found.elsewhere
  const { state } = found.here
  const factor = askedFactors(state, deps.clock.now()).find((each) => each.id === factorId)
  if (factor === undefined) return ok({ kind: 'step', step: 'verify-factor', until: null })
  const chosen = await advance(deps, claimant, state, { change: { chosenFactorId: factor.id }, charge: null })
  const way = factorWay(deps, claimant, state, factor)
  if (!chosen.ok || way === null) return chosen
  // One that went out a moment ago is still good; at the limit the page says when the next can come.
  if ((await newestSentAt(deps, way.scope)) !== null) return chosen
  const sent = await sendNow(deps, way)
  return sent.ok ? chosen : sent
}

/** The passcode of the factor that is asked now. */
export async function proveFactor(deps: Deps, claimant: Claimant, typed: string, trust = false): Promise<StepResult> {
  const found = await at(deps, claimant, ['verify-factor'])
  if ('elsewhere' in found) return found.elsewhere
  const { state } = found.here
  const chosen = chosenOf(state, askedFactors(state, deps.clock.now()))
  if (chosen === null) return ok({ kind: 'step', step: 'verify-factor', until: null })
  if (!isMessaged(chosen.kind)) return noting(deps, claimant, await proveTotp(deps, claimant, state, typed, trust))
  const way = factorWay(deps, claimant, state, chosen)
  if (way === null) return ok({ kind: 'step', step: 'verify-factor', until: null })
  const now = deps.clock.now()
  const proved = await proveByMessage(deps, claimant, state, way, typed, {
    change: { factorProvedAt: now, factorId: chosen.id, ...(trust ? { trustWantedAt: now } : {}) },
    use: (deps) => noteFactorUsed(deps, state.person.id, chosen.id),
  })
  return noting(deps, claimant, proved)
}

/**
 * The second factor. Which person's is decided by the attempt (S2); a time step is spent once (S3). One transaction and,
 * on SQLite, one wait for the disk: whoever finds the attempt's last place taken is refused, right or wrong (S4).
 */
async function proveTotp(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  typed: string,
  trust: boolean,
): Promise<StepResult> {
  const { attempt, person } = state
  const asked = askedFactors(state, deps.clock.now())
  const match = matchConfirmed(deps, person, asked, typed)
  const hints = match === null ? clockHints(deps, person, asked, typed) : []
  const prove = async (deps: TransactionDeps): Promise<StepResult> => {
    const place = await chargeFactorTry(deps, counters(state))
    if (!place.ok) return place
    if (match !== null) {
      const proved = await advanceIn(deps, claimant, state, {
        change: {
          factorProvedAt: deps.clock.now(),
          factorId: match.factorId,
          ...(trust ? { trustWantedAt: deps.clock.now() } : {}),
        },
        charge: { attempt: false, person: true },
        use: () => useStep(deps, person.id, match),
      })
      if (proved.ok || proved.code !== 'wrong') return proved
    }
    if (!(await updateFailures(deps.db, attempt.id, deps.clock.now(), MOST_FAILURES))) return err('start_over')
    if (attempt.clockHint !== null || hints.length > 0) await updateClockHint(deps.db, attempt.id, writeHints(hints))
    const refused = await refuseIn(deps, claimant, state, 'totp')
    // X4: two codes in succession, never one alone, and both have cost a try.
    const offset = clockOffset(readHints(attempt.clockHint), hints)
    if (offset === null || refused.ok || refused.code !== 'wrong') return refused
    return err('clock_off', { seconds: offset * TOTP_DEFAULTS.period })
  }
  return transactResult(deps, prove, (result) => result.ok || result.code !== 'start_over')
}

/** R1, R3: a recovery code in place of the passcode, once; at device verification only one that an admin issued. */
export async function proveRecoveryCode(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  return noting(deps, claimant, await proveRecoveryCodeQuietly(deps, claimant, typed))
}

async function proveRecoveryCodeQuietly(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  const found = await at(deps, claimant, ['verify-factor', 'verify-device'])
  if ('elsewhere' in found) return found.elsewhere
  const { state, step } = found.here
  const { person } = state
  const charged = await charge(deps, state, true)
  if ('refused' in charged) return charged.refused
  const match = await matchCode(deps, person.id, typed, step === 'verify-factor' ? ['saved', 'issued'] : ['issued'])
  if (!match.ok) {
    await refund(deps, state, charged)
    return match
  }
  const code = match.value
  if (code !== null) {
    const proved = await advance(deps, claimant, state, {
      // S11: an issued one leads to enrolling anew, or stands for the mailed passcode.
      change: {
        recoveryProvedAt: deps.clock.now(),
        recoveryCodeId: code.id,
        ...(code.kind === 'issued' ? { recoveryAnswer: 'lost' } : {}),
      },
      charge: charged,
      use: (deps) => useCode(deps, person.id, code.id),
      note: async (deps) => {
        if (code.kind === 'issued') {
          await recordEvent(deps, personEvent(person, claimant, 'issued_code_used', { factorType: 'recovery' }))
          await enqueueMail(deps, { ...mailTo(person, claimant), template: 'issued_code_used', values: {} })
          return {}
        }
        const event = { factorType: 'recovery', data: { number: code.number, left: code.left } }
        await recordEvent(deps, personEvent(person, claimant, 'recovery_code_used', event))
        const content = { template: 'recovery_code_used' as const, values: { left: code.left } }
        await enqueueMail(deps, { ...mailTo(person, claimant), ...content })
        if (code.left > 0) return {}
        await noteCodesOpen(deps.db, person.id, null)
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

/** S19: cancel. */
export async function cancel(deps: Deps, claimant: Claimant): Promise<void> {
  const found = await findAttempt(deps.db, claimant.attemptHash)
  if (found !== null) await updateEnded(deps.db, found.attempt.id, deps.clock.now())
}

/** S11: what other attempts of the person have proved is worth nothing any more. */
export function endOtherAttempts(deps: TransactionDeps<'clock'>, userId: string, exceptId: string): Promise<void> {
  return updateOthersEnded(deps.db, { userId, exceptId }, deps.clock.now())
}

/** What the wizard keeps in the attempt; false when that is over. */
export function moveAttempt(
  deps: TransactionDeps<'clock'>,
  attemptId: string,
  change: { enrollingFactorId?: string; expiresAt: Date },
): Promise<boolean> {
  return updateProof(deps.db, attemptId, deps.clock.now(), MOST_FAILURES, change, false)
}

/** U1: the worker's answer to a wish; whom a link does not serve is told to use the password (S20). Older links die. */
export async function mailSignInLink(
  deps: Deps,
  wish: LinkRequest,
  take: (deps: TransactionDeps) => Promise<boolean>,
): Promise<void> {
  const found = await personByEmail(deps.db, wish.email)
  const person = found !== null && mayUsePages(found.person) ? found.person : null
  const served = person !== null && linkServes(person, await factorsOf(deps.db, person.id), deps.clock.now())
  const { address, userAgent } = wish
  const asking = { request: { address, userAgent, requestId: null }, locale: wish.locale }
  await transact(deps, async (deps) => {
    if (!(await take(deps)) || person === null) return
    await endLinks(deps, person.id, ['magic'])
    await recordEvent(deps, personEvent(person, asking, 'sign_in_link_requested', { actor: { kind: 'visitor' } }))
    const to = mailTo(person, asking)
    if (!served) {
      const values = { link: `${deps.publicUrl}/sign-in` }
      await enqueueMail(deps, { ...to, template: 'sign_in_link_refused', values })
      return
    }
    const link = await makeLink(deps, { kind: 'magic', userId: person.id, returnTo: wish.returnTo })
    const values = { link, minutes: MAGIC_LINK_MINUTES, address, userAgent }
    const expiresAt = later(deps.clock.now(), LINK_LIVES.magic)
    await enqueueMail(deps, { ...to, template: 'sign_in_link', values, expiresAt })
  })
}

/** U1: what the page of the link shows. */
export async function viewSignInLink(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<Result<{ maskedEmail: string }, 'link_dead'> | Result<never, 'throttled', Wait>> {
  const link = await findLink(deps, visitor, 'magic', token)
  if (!link.ok) return link
  const person = (await personById(deps.db, link.value.userId))?.person
  return person === undefined || !mayUsePages(person) ? err('link_dead') : ok({ maskedEmail: maskEmail(person.email) })
}
