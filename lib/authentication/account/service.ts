import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { later, minutes } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { endTrust } from '../../credentials/device/service'
import {
  FACTOR_NAME_LENGTH,
  inOrder,
  isConfirmed,
  isMessaged,
  MOST_FACTORS,
  mayRemove,
  readPhone,
  strongestFactors,
  usableFactors,
} from '../../credentials/factor/rules'
import {
  beginMessaged,
  beginTotp,
  type Confirmation,
  confirmFactor as countFactor,
  factorsOf,
  matchConfirmed,
  matchUnconfirmed,
  noteFactorUsed,
  preferFactor,
  removeFactors,
  renameFactor,
  type TotpConnection,
  totpConnection,
  unfinishedFactor,
  useStep,
} from '../../credentials/factor/service'
import type { FactorRow, Wanted } from '../../credentials/factor/types'
import {
  channelOf,
  findPasscode,
  newestSentAt,
  sendPasscode,
  takeMessagePlace,
  usePasscode,
} from '../../credentials/passcode/service'
import { minimumLength } from '../../credentials/password/rules'
import { codesLeft, endCodes, isCodeOpen, makeCodes, matchCode, replaceCodes } from '../../credentials/recovery/service'
import { STEP_UP_PER_SESSION } from '../../credentials/throttle/rules'
import {
  chargeFactorTry,
  factorCounters,
  giveBack,
  noteFactorFailure,
  refundFactorTry,
  takePlace,
  takeRefusal,
  type Wait,
} from '../../credentials/throttle/service'
import type { Assured, CodeRenewer, Method, SteppedUp } from '../../identity/actor/types'
import { deliverableKinds } from '../../identity/policy/rules'
import type { FactorKind } from '../../identity/policy/types'
import { demandOf, mailboxCounts, maskEmail } from '../../identity/user/rules'
import {
  endReset,
  followFactors,
  keepCodes,
  noteFirstFactor,
  noteMailCountsAgain,
  oneFactorChangeAtATime,
  personById,
  setTwoFactorOn,
} from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { endRequestOf } from '../reset/service'
import { isSteppedUp, limitsFor } from '../session/rules'
import { endOtherSessions, enrollingFactorOf, noteEnrolling, rotateToken } from '../session/service'
import { enrollableKinds, mailProves, methodOf, provesMoreThanMail, RESEND_AFTER } from '../signin/rules'

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

/** One of the factors a change may be proved by. */
export interface ProvingFactor {
  id: string
  kind: FactorKind
  name: string
  /** The masked address, or the last digits of the number. */
  target: string | null
}

/** `none`: nothing that this person has is a proof now (S20, or no message can be sent). */
export type StepUpView =
  | { way: 'totp'; others: ProvingFactor[] }
  | { way: 'message'; factor: ProvingFactor; sent: boolean; others: ProvingFactor[] }
  | { way: 'password' }
  | { way: 'mail'; sentTo: string }
  | { way: 'none' }

/**
 * One of the strongest factors (S6); for a person without one the password, then a mailed passcode (product 1), or
 * `again` from the start.
 */
export async function viewStepUp(
  deps: Deps,
  actor: Assured,
  { again = false, factorId = null }: { again?: boolean; factorId?: string | null } = {},
): Promise<StepUpView> {
  const { person, session } = actor
  const factors = await factorsOf(deps.db, person.id)
  if (factors.some(isConfirmed)) {
    const proving = provingFactors(deps, person, factors)
    const chosen = proving.find((each) => each.id === factorId) ?? proving[0]
    if (chosen === undefined) return { way: 'none' }
    const others = proving.filter((each) => each.id !== chosen.id && !(each.kind === 'totp' && chosen.kind === 'totp'))
    const views = others.map((each) => provingView(person, each))
    if (!isMessaged(chosen.kind)) return { way: 'totp', others: views }
    const sentAt = await newestSentAt(deps, { userId: person.id, sessionId: session.id, factorId: chosen.id })
    return { way: 'message', factor: provingView(person, chosen), sent: sentAt !== null, others: views }
  }
  if (!mailProves(person, session.methods, deps.clock.now())) return { way: 'none' }
  if (again) return { way: 'password' }
  const sentAt = await newestSentAt(deps, { userId: person.id, sessionId: session.id, factorId: null })
  return sentAt === null ? { way: 'password' } : { way: 'mail', sentTo: maskEmail(person.email) }
}

/** S6, S20, R11: the strongest, without the mailbox while it does not count, and those whose passcode can be sent. */
function provingFactors(deps: Deps, person: Person, factors: readonly FactorRow[]): FactorRow[] {
  return inOrder(strongestFactors(factors)).filter(
    (factor) =>
      (factor.kind !== 'email' || mailboxCounts(person, deps.clock.now())) &&
      (!isMessaged(factor.kind) || channelOf(deps, person, factor) !== null),
  )
}

function provingView(person: Person, { id, kind, name, phoneEnding }: FactorRow): ProvingFactor {
  return { id, kind, name, target: kind === 'email' ? maskEmail(person.email) : phoneEnding }
}

export type StepUpResult =
  | Result<{ token: string }, 'wrong' | 'expired' | 'busy' | 'conflict'>
  | Result<never, 'throttled', Wait>

export async function stepUpWithTotp(deps: Deps, actor: Assured, typed: string): Promise<StepUpResult> {
  const { person } = actor
  const charged = await chargeStepUp(deps, actor)
  if (charged !== null) return charged
  const proving = provingFactors(deps, person, await factorsOf(deps.db, person.id))
  const match = matchConfirmed(deps, person, proving, typed)
  if (match !== null) {
    const done = await raise(deps, actor, 'otp', (deps) => useStep(deps, person.id, match))
    if (done.ok || done.code !== 'wrong') return done
  }
  return refuseStepUp(deps, actor, 'totp')
}

/** The passcode of an e-mail or SMS factor; a minute after the last one (security.md 3.2). */
export async function sendStepUpPasscode(
  deps: Deps,
  actor: Assured,
  factorId: string,
): Promise<Result<'sent', 'not_found'> | Result<never, 'mail_throttled', Wait>> {
  const { person } = actor
  const factors = provingFactors(deps, person, await factorsOf(deps.db, person.id))
  const factor = factors.find((each) => each.id === factorId)
  return factor === undefined ? err('not_found') : sendFactorPasscode(deps, actor, factor, 'step_up')
}

async function sendFactorPasscode(
  deps: Deps,
  actor: Assured,
  factor: FactorRow,
  purpose: 'step_up' | 'enrol',
): Promise<Result<'sent', 'not_found'> | Result<never, 'mail_throttled', Wait>> {
  const { person, session, request } = actor
  const channel = channelOf(deps, person, factor)
  if (channel === null) return err('not_found')
  const scope = { userId: person.id, sessionId: session.id, factorId: factor.id }
  const sentAt = await newestSentAt(deps, scope)
  const next = sentAt === null ? null : later(sentAt, RESEND_AFTER)
  if (next !== null && next > deps.clock.now()) return err('mail_throttled', { until: next })
  const place = await takeMessagePlace(deps, person, channel)
  if (!place.ok) return err('mail_throttled', place.detail)
  await transact(deps, async (deps) => {
    await sendPasscode(deps, scope, addressee(actor), { purpose, channel, request })
    await recordEvent(deps, eventOf(actor, 'passcode_sent', { factorType: channel.kind }))
  })
  return ok('sent')
}

function addressee({ person, locale }: Assured) {
  return { ...person, locale: person.locale ?? locale }
}

/** S5, S20: the passcode of an e-mail or SMS factor, sent to this session for this factor. */
export async function stepUpByMessage(
  deps: Deps,
  actor: Assured,
  factorId: string,
  typed: string,
): Promise<StepUpResult> {
  const { person } = actor
  const factors = provingFactors(deps, person, await factorsOf(deps.db, person.id))
  const factor = factors.find((each) => each.id === factorId && isMessaged(each.kind))
  if (factor === undefined) return err('expired')
  return judgePasscode(deps, actor, factor.kind, { factorId }, typed, (deps) =>
    noteFactorUsed(deps, person.id, factorId),
  )
}

/** The first half for a person without a factor: the right password sends the passcode. */
export async function startMailStepUp(
  deps: Deps,
  actor: Assured,
  password: string,
): Promise<Result<'sent', 'wrong' | 'busy'> | Result<never, 'throttled', Wait>> {
  const { person } = actor
  if (!(await mayProveByMail(deps, actor))) return err('wrong')
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
    await recordEvent(deps, eventOf(actor, 'step_up_failed', { data: { way: 'password' } }))
    return err('wrong')
  }
  await giveBack(deps.db, [key])
  const channel = { kind: 'email' } as const
  const mail = await takeMessagePlace(deps, person, channel)
  if (!mail.ok) return mail
  const scope = { userId: person.id, sessionId: actor.session.id, factorId: null }
  await transact(deps, (deps) =>
    sendPasscode(deps, scope, addressee(actor), { purpose: 'step_up', channel, request: actor.request }),
  )
  return ok('sent')
}

/** S20, R11: password and mailed passcode prove only a person without a factor, and only while mail proves anything. */
async function mayProveByMail(deps: Deps, { person, session }: Assured): Promise<boolean> {
  return (
    mailProves(person, session.methods, deps.clock.now()) && !(await factorsOf(deps.db, person.id)).some(isConfirmed)
  )
}

export async function finishMailStepUp(deps: Deps, actor: Assured, typed: string): Promise<StepUpResult> {
  if (!(await mayProveByMail(deps, actor))) return err('expired')
  return judgePasscode(deps, actor, 'mail', { factorId: null }, typed)
}

async function judgePasscode(
  deps: Deps,
  actor: Assured,
  by: FactorKind | 'mail',
  { factorId }: { factorId: string | null },
  typed: string,
  alsoUse: (deps: TransactionDeps) => Promise<boolean> = async () => true,
): Promise<StepUpResult> {
  const charged = await chargeStepUp(deps, actor)
  if (charged !== null) return charged
  const scope = { userId: actor.person.id, sessionId: actor.session.id, factorId }
  const judged = await findPasscode(deps, scope, typed)
  if (judged.verdict === 'expired') {
    await refundStepUp(deps, actor)
    return err('expired')
  }
  if (judged.verdict === 'right') {
    const method = by === 'mail' ? by : methodOf(by)
    const done = await raise(
      deps,
      actor,
      method,
      async (deps) => (await usePasscode(deps, scope, judged.id)) && alsoUse(deps),
    )
    if (done.ok || done.code !== 'wrong') return done
  }
  return refuseStepUp(deps, actor, by)
}

async function refundStepUp(deps: Deps, actor: Assured): Promise<void> {
  await refundFactorTry(deps.db, counters(actor))
  await giveBack(deps.db, [stepUpKey(actor)])
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
    await recordEvent(deps, eventOf(actor, 'sign_in_throttled', { data: { step: 'step_up' } }))
  }
  return charged
}

function stepUpKey({ session }: Assured): string {
  return `step-up:${session.id}`
}

async function refuseStepUp(deps: Deps, actor: Assured, factorType: string): Promise<StepUpResult> {
  const wait = await noteFactorFailure(deps, counters(actor))
  await recordEvent(deps, eventOf(actor, 'step_up_failed', { factorType }))
  return wait === null ? err('wrong') : err('throttled', wait)
}

async function raise(
  deps: Deps,
  actor: Assured,
  method: Method,
  use: (deps: TransactionDeps) => Promise<boolean>,
): Promise<Result<{ token: string }, 'wrong' | 'conflict'>> {
  return transactResult(deps, async (deps): Promise<Result<{ token: string }, 'wrong' | 'conflict'>> => {
    if (!(await use(deps))) return err('wrong')
    const now = deps.clock.now()
    const methods = withMethod(actor.session.methods, method)
    const change = { methods, steppedUpAt: now, limits: limitsFor(actor.person, methods, now) }
    const token = await rotateToken(deps, actor.session, change)
    if (token === null) return err('conflict')
    await refundFactorTry(deps.db, counters(actor))
    await giveBack(deps.db, [stepUpKey(actor)])
    if (actor.person.passwordResetByMailAt !== null && provesMoreThanMail([method])) {
      await noteMailCountsAgain(deps.db, actor.person.id)
    }
    await recordEvent(deps, eventOf(actor, 'step_up_succeeded', { factorType: method === 'otp' ? 'totp' : method }))
    return ok({ token })
  })
}

// ——— one's own factors ———

export interface OwnFactor {
  id: string
  kind: FactorKind
  name: string
  /** The masked address, or the last digits of the number. */
  target: string | null
  createdAt: Date
  lastUsedAt: Date | null
  /** Asked first at sign-in (E5). */
  first: boolean
  /** Of a kind that the company still allows. */
  allowed: boolean
}

export interface SecurityView {
  factors: OwnFactor[]
  /** Kinds that may be added. */
  kinds: readonly FactorKind[]
  codesLeft: number
  codesKept: boolean
  turnedOn: boolean
  required: boolean
  inForce: boolean
  steppedUp: boolean
  minimumPassword: number
  /** E9. */
  wasReset: boolean
}

export async function viewSecurity(deps: Deps, actor: Assured): Promise<SecurityView> {
  const { person } = actor
  const [factors, left] = await Promise.all([factorsOf(deps.db, person.id), codesLeft(deps.db, person.id)])
  const demand = demandOf(person)
  const confirmed = factors.filter(isConfirmed)
  const first = inOrder(usableFactors(confirmed, demand.kinds))[0]
  return {
    factors: confirmed.map((factor) => ({
      ...provingView(person, factor),
      createdAt: factor.createdAt,
      lastUsedAt: factor.lastUsedAt,
      first: factor.id === first?.id,
      allowed: demand.kinds.includes(factor.kind),
    })),
    kinds: addableKinds(deps, person, confirmed),
    codesLeft: left,
    codesKept: person.recoveryCodesAt !== null,
    turnedOn: person.twoFactorOn,
    required: demand.required,
    inForce: demand.inForce,
    steppedUp: isSteppedUp(actor.session, deps.clock.now()),
    minimumPassword: minimumLength({ role: actor.home.role, secondFactorEnforced: demand.required }),
    wasReset: person.factorsResetAt !== null,
  }
}

/** R2: how many unused codes are left, for the notice in every frame; null without a factor. */
export async function codesLeftOf(deps: Deps, actor: Assured): Promise<number | null> {
  const factors = await factorsOf(deps.db, actor.person.id)
  return factors.some(isConfirmed) ? codesLeft(deps.db, actor.person.id) : null
}

/** One mailbox is one factor. */
function addableKinds(deps: Deps, person: Person, factors: readonly FactorRow[]): FactorKind[] {
  const hasMail = factors.some((factor) => factor.kind === 'email' && isConfirmed(factor))
  return enrollableKinds(person, deliverableKinds(deps), deps.clock.now()).filter(
    (kind) => kind !== 'email' || !hasMail,
  )
}

const UNFINISHED_LIFE = minutes(30)

/** The unfinished factor that this session began; one begun elsewhere is neither shown nor confirmed here (S6). */
async function openFactor(
  deps: Deps,
  { person, session }: Assured,
  factors: readonly FactorRow[],
): Promise<FactorRow | undefined> {
  const id = await enrollingFactorOf(deps.db, session)
  const own = factors.find((each) => each.id === id)
  const now = deps.clock.now()
  const open = own?.confirmedAt === null && own.expiresAt !== null && own.expiresAt > now
  // R11: the address may have become another since it was begun.
  return open && (own.kind !== 'email' || mailboxCounts(person, now)) ? own : undefined
}

export type UnfinishedFactor =
  | { kind: 'totp'; connection: TotpConnection }
  | { kind: 'email' | 'sms'; target: string; sent: boolean }

/** The unfinished factor of this session, for the page that connects it. */
export async function viewUnfinished(deps: Deps, actor: SteppedUp): Promise<UnfinishedFactor | null> {
  const { person, session } = actor
  const factor = await openFactor(deps, actor, await factorsOf(deps.db, person.id))
  if (factor === undefined) return null
  if (isMessaged(factor.kind)) {
    const sentAt = await newestSentAt(deps, { userId: person.id, sessionId: session.id, factorId: factor.id })
    return { kind: factor.kind, target: provingView(person, factor).target ?? '', sent: sentAt !== null }
  }
  const connection = await totpConnection(deps, person, actor.home.tenant.name, factor.id)
  return connection === null ? null : { kind: 'totp', connection }
}

/** E6, E3: begins a factor, and sends its passcode where that is a message. */
export async function beginFactor(
  deps: Deps,
  actor: SteppedUp,
  wanted: Wanted,
  name: string,
): Promise<
  | Result<null, 'too_many_factors' | 'kind_not_allowed' | 'not_a_phone' | 'phone_refused' | 'not_found'>
  | Result<never, 'mail_throttled', Wait>
> {
  const { person } = actor
  const factors = await factorsOf(deps.db, person.id)
  if (!addableKinds(deps, person, factors).includes(wanted.kind)) return err('kind_not_allowed')
  if (factors.filter(isConfirmed).length >= MOST_FACTORS) return err('too_many_factors')
  const phone = wanted.kind === 'sms' ? readPhone(wanted.phone) : null
  if (phone !== null && !phone.ok) return phone
  const to = phone === null ? { kind: 'email' as const } : { kind: 'sms' as const, phone: phone.value }
  const kept = name.normalize('NFC').trim().slice(0, FACTOR_NAME_LENGTH)
  const id = await transact(deps, async (deps) => {
    const begun =
      wanted.kind === 'totp'
        ? await beginTotp(deps, person, kept, UNFINISHED_LIFE)
        : await beginMessaged(deps, person, to, kept, UNFINISHED_LIFE)
    await noteEnrolling(deps.db, actor.session, begun)
    return begun
  })
  const factor = wanted.kind === 'totp' ? null : await unfinishedFactor(deps, person.id, id)
  const sent = factor === null ? ok('sent') : await sendFactorPasscode(deps, actor, factor, 'enrol')
  return sent.ok ? ok(null) : sent
}

/** The passcode of the factor that is being connected, once more. */
export async function sendUnfinishedPasscode(
  deps: Deps,
  actor: SteppedUp,
): Promise<Result<'sent', 'not_found'> | Result<never, 'mail_throttled', Wait>> {
  const factor = await openFactor(deps, actor, await factorsOf(deps.db, actor.person.id))
  return factor === undefined ? err('not_found') : sendFactorPasscode(deps, actor, factor, 'enrol')
}

export type ConfirmResult =
  | Result<
      { token: string; codes: string[] | null; number: number },
      'wrong' | 'code_wrong' | 'expired' | 'nothing_open' | 'busy' | 'conflict'
    >
  | Result<never, 'throttled', Wait>

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
  const judged = isMessaged(open.kind)
    ? await judgeUnfinished(deps, actor, open, typed)
    : await matchApp(deps, person, open, typed)
  if (!judged.ok) {
    await recordEvent(deps, eventOf(actor, 'mfa_setup_failed', { factorType: open.kind }))
    return judged
  }
  const { confirmation, use } = judged.value
  const made = first ? await makeCodes(deps, person.id) : ok(null)
  if (!made.ok) return made
  const now = deps.clock.now()
  return transactResult(deps, async (deps): Promise<ConfirmResult> => {
    await oneFactorChangeAtATime(deps.db, person.id)
    // The codes were made for a first factor, outside the transaction: it must still be one.
    if ((await factorsOf(deps.db, person.id)).some(isConfirmed) === first) return err('conflict')
    const locale = person.locale ?? actor.locale
    if (!(await use(deps)) || !(await countFactor(deps, person, confirmation, locale, actor.request))) {
      return err('wrong')
    }
    await noteFirstFactor(deps.db, person, now)
    await endRequestOf(deps, person, actor.request)
    if (made.value !== null) await replaceCodes(deps, person, made.value, actor)
    if (first && !demandOf(person).required) await turn(deps, actor, true)
    await endOtherSessions(deps, person, actor.request, session.id)
    await endTrust(deps.db, person.id)
    const methods = withMethod(session.methods, methodOf(open.kind))
    const limits = limitsFor({ ...person, twoFactorOn: true }, methods, now)
    const token = await rotateToken(deps, session, { methods, steppedUpAt: now, limits })
    if (token === null) return err('conflict')
    return ok({ token, codes: made.value?.codes ?? null, number: made.value?.number ?? 0 })
  })
}

interface JudgedFactor {
  confirmation: Confirmation
  /** Spends the passcode. */
  use: (deps: TransactionDeps) => Promise<boolean>
}

async function matchApp(
  deps: Deps,
  person: Person,
  open: FactorRow,
  typed: string,
): Promise<Result<JudgedFactor, 'wrong'>> {
  const match = await matchUnconfirmed(deps, person, open.id, typed)
  return match === null ? err('wrong') : ok({ confirmation: { ...match, kind: open.kind }, use: async () => true })
}

/** S5: a passcode that came by message could be guessed, and counts like any other. */
async function judgeUnfinished(
  deps: Deps,
  actor: SteppedUp,
  open: FactorRow,
  typed: string,
): Promise<Result<JudgedFactor, 'code_wrong' | 'expired'> | Result<never, 'throttled', Wait>> {
  const charged = await chargeStepUp(deps, actor)
  if (charged !== null) return charged
  const scope = { userId: actor.person.id, sessionId: actor.session.id, factorId: open.id }
  const judged = await findPasscode(deps, scope, typed)
  if (judged.verdict === 'wrong') {
    const wait = await noteFactorFailure(deps, counters(actor))
    return wait === null ? err('code_wrong') : err('throttled', wait)
  }
  await refundStepUp(deps, actor)
  if (judged.verdict !== 'right') return err('expired')
  const confirmation = { factorId: open.id, kind: open.kind, step: null }
  return ok({ confirmation, use: (deps) => usePasscode(deps, scope, judged.id) })
}

async function turn(deps: TransactionDeps, actor: Assured, on: boolean): Promise<void> {
  if (!(await setTwoFactorOn(deps.db, actor.person.id, on))) return
  await recordEvent(deps, eventOf(actor, on ? 'two_factor_turned_on' : 'two_factor_turned_off'))
  const template = on ? ('two_factor_on' as const) : ('two_factor_off' as const)
  await enqueueMail(deps, { ...reader(actor), template, values: {} })
}

/** E6, P5: with a factor at hand, one click. */
export async function turnOn(deps: Deps, actor: SteppedUp): Promise<Result<null, 'no_factor'>> {
  if (!(await factorsOf(deps.db, actor.person.id)).some(isConfirmed)) return err('no_factor')
  await transact(deps, (deps) => turn(deps, actor, true))
  return ok(null)
}

/** E6: refused while required. The factors stay, and one click turns them on again. */
export async function turnOff(deps: Deps, actor: SteppedUp): Promise<Result<null, 'required'>> {
  if (demandOf(actor.person).required) return err('required')
  await transact(deps, async (deps) => {
    // E9: this alone ends what an admin reset began, but for enrolling.
    if (actor.person.factorsResetAt !== null) {
      await endReset(deps.db, actor.person.id)
      if (!actor.person.twoFactorOn) await recordEvent(deps, eventOf(actor, 'two_factor_turned_off'))
    }
    await turn(deps, actor, false)
    await endTrust(deps.db, actor.person.id)
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
    deps,
    async (deps): Promise<Result<{ token: string }, 'not_found' | 'required' | 'conflict'>> => {
      await oneFactorChangeAtATime(deps.db, person.id)
      const token = await rotateToken(deps, session, {})
      if (token === null) return err('conflict')
      const confirmed = (await factorsOf(deps.db, person.id)).filter(isConfirmed)
      const decision = mayRemove(factorId, confirmed, demandOf(person))
      if (!decision.allowed) return err(decision.reason)
      const locale = person.locale ?? actor.locale
      if ((await removeFactors(deps, person, { id: factorId }, 'removed', locale, actor.request)) === 0) {
        return err('not_found')
      }
      if (decision.last) await leaveWithoutFactor(deps, actor, person)
      else await followFactors(deps.db, person.id, deps.clock.now())
      await endOtherSessions(deps, person, actor.request, session.id)
      await endTrust(deps.db, person.id)
      return ok({ token })
    },
  )
}

async function leaveWithoutFactor(deps: TransactionDeps, actor: SteppedUp, person: Person): Promise<void> {
  await endCodes(deps, person.id)
  await turn(deps, actor, false)
}

export async function nameFactor(
  deps: Deps,
  actor: Assured,
  factorId: string,
  name: string,
): Promise<Result<null, 'not_found'>> {
  const kept = name.normalize('NFC').trim().slice(0, FACTOR_NAME_LENGTH)
  return transactResult(deps, async (deps): Promise<Result<null, 'not_found'>> => {
    if (!(await renameFactor(deps.db, actor.person.id, factorId, kept))) return err('not_found')
    await recordEvent(deps, eventOf(actor, 'factor_renamed'))
    return ok(null)
  })
}

/** E5: asked first at the next sign-in. */
export async function preferOwnFactor(
  deps: Deps,
  actor: Assured,
  factorId: string,
): Promise<Result<null, 'not_found'>> {
  return transactResult(deps, async (deps): Promise<Result<null, 'not_found'>> => {
    if (!(await preferFactor(deps, actor.person.id, factorId))) return err('not_found')
    await recordEvent(deps, eventOf(actor, 'factor_preferred'))
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
  return transactResult(deps, async (deps): Promise<RenewResult> => {
    // The session may have ended while the codes were hashed.
    const token = await rotateToken(deps, actor.session, {})
    if (token === null) return err('conflict')
    await replaceCodes(deps, person, made.value, actor)
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
  const number = person.codeToTypeBack
  const match = await matchCode(deps, person.id, typed)
  if (!match.ok) return match
  const code = match.value
  if (code?.number !== number) return err('wrong')
  return transactResult(deps, async (deps): Promise<Result<null, 'wrong'>> => {
    const kept = await keepCodes(deps.db, person.id, number, deps.clock.now())
    return kept && (await isCodeOpen(deps.db, person.id, code.id)) ? ok(null) : err('wrong')
  })
}
