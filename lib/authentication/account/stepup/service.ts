import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { transact } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { later } from '../../../core/kernel/time'
import { transactResult } from '../../../core/transaction'
import { inOrder, isConfirmed, isMessaged, strongestFactors } from '../../../credentials/factor/rules'
import { factorsOf, noteFactorUsed } from '../../../credentials/factor/service'
import { matchConfirmed, useStep } from '../../../credentials/factor/totp/service'
import type { FactorRow } from '../../../credentials/factor/types'
import {
  channelOf,
  findPasscode,
  newestSentAt,
  sendPasscode,
  takeMessagePlace,
  usePasscode,
} from '../../../credentials/passcode/service'
import { STEP_UP_PER_SESSION } from '../../../credentials/throttle/rules'
import {
  chargeFactorTry,
  factorCounters,
  giveBack,
  noteFactorFailure,
  refundFactorTry,
  takeRefusal,
  takeSlot,
  type Wait,
} from '../../../credentials/throttle/service'
import type { Assured, Method } from '../../../identity/actor/types'
import type { FactorKind } from '../../../identity/policy/types'
import { mailboxCounts, maskEmail } from '../../../identity/user/rules'
import { noteMailCountsAgain, personById } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { limitsFor, withMethod } from '../../session/rules'
import { rotateToken } from '../../session/service'
import { mailProves, methodOf, provesMoreThanMail, RESEND_AFTER } from '../../signin/rules'

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
 * One of the strongest factors (S6); for a person without one the password, then a mailed passcode (D5), or
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

/** The strongest, without the mailbox while it does not count, and those whose passcode can be sent (S6, S20, R11). */
function provingFactors(deps: Deps, person: Person, factors: readonly FactorRow[]): FactorRow[] {
  return inOrder(strongestFactors(factors)).filter(
    (factor) =>
      (factor.kind !== 'email' || mailboxCounts(person, deps.clock.now())) &&
      (!isMessaged(factor.kind) || channelOf(deps, person, factor) !== null),
  )
}

export function provingView(person: Person, { id, kind, name, phoneEnding }: FactorRow): ProvingFactor {
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

/** The passcode of an e-mail or SMS factor; a minute after the last one (N7). */
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

export async function sendFactorPasscode(
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
    await recordEvent(deps, { kind: 'passcode_sent', ...by(actor), ...about(actor.person), factorType: channel.kind })
  })
  return ok('sent')
}

function addressee({ person, locale }: Assured) {
  return { ...person, locale: person.locale ?? locale }
}

/** The passcode of an e-mail or SMS factor, sent to this session for this factor (S5, S20). */
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
  const place = await takeSlot(deps, key, STEP_UP_PER_SESSION)
  if (!place.ok) return place
  const stored = await personById(deps.db, person.id)
  const verified = await deps.hasher.verify(stored?.password ?? null, password)
  if (!verified.ok) {
    await giveBack(deps.db, [key])
    return err('busy')
  }
  if (!verified.value.right) {
    await recordEvent(deps, { kind: 'step_up_failed', ...by(actor), ...about(actor.person), data: { way: 'password' } })
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

/**
 * Password and mailed passcode prove only a person without a factor, and only while mail proves anything (S20, R11).
 */
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

export async function refundStepUp(deps: Deps, actor: Assured): Promise<void> {
  await refundFactorTry(deps.db, counters(actor))
  await giveBack(deps.db, [stepUpKey(actor)])
}

export function counters({ person, session }: Assured) {
  return factorCounters(person.id, session.deviceId)
}

/** The same counters as at sign-in, and a few tries per session (S5, N17). */
export async function chargeStepUp(deps: Deps, actor: Assured): Promise<Result<never, 'throttled', Wait> | null> {
  const place = await takeSlot(deps, stepUpKey(actor), STEP_UP_PER_SESSION)
  const charged = place.ok ? await chargeFactorTry(deps, counters(actor)) : place
  if (charged.ok) return null
  if (place.ok) await giveBack(deps.db, [stepUpKey(actor)])
  if (await takeRefusal(deps, `step-up:${actor.person.id}`, actor.request.address)) {
    await recordEvent(deps, {
      kind: 'sign_in_throttled',
      ...by(actor),
      ...about(actor.person),
      data: { step: 'step_up' },
    })
  }
  return charged
}

function stepUpKey({ session }: Assured): string {
  return `step-up:${session.id}`
}

async function refuseStepUp(deps: Deps, actor: Assured, factorType: string): Promise<StepUpResult> {
  const wait = await noteFactorFailure(deps, counters(actor))
  await recordEvent(deps, { kind: 'step_up_failed', ...by(actor), ...about(actor.person), factorType })
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
    await recordEvent(deps, {
      kind: 'step_up_succeeded',
      ...by(actor),
      ...about(actor.person),
      factorType: method === 'otp' ? 'totp' : method,
    })
    return ok({ token })
  })
}
