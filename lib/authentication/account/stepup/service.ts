import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { transact } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { type Err, err, ok, type Result } from '../../../core/kernel/result'
import { transactResult } from '../../../core/transaction'
import {
  byFactor,
  byMessage,
  messageOf,
  prove,
  refundTry,
  resendMessage,
  scopeOf,
} from '../../../credentials/challenge/service'
import type { Challenge, Question } from '../../../credentials/challenge/types'
import { channelOf } from '../../../credentials/factor/prove/service'
import type { ProvedFactor } from '../../../credentials/factor/prove/types'
import { inOrder, isConfirmed, isMessaged, strongestFactors, usableFactors } from '../../../credentials/factor/rules'
import { factorsOf } from '../../../credentials/factor/service'
import type { FactorRow } from '../../../credentials/factor/types'
import { isPasscodeRefused, newestSentAt, sendPasscode, takeMessageSlot } from '../../../credentials/passcode/service'
import { requireReadableHash } from '../../../credentials/password/service'
import { STEP_UP_PER_SESSION } from '../../../credentials/throttle/rules'
import { factorCounters, giveBack, takeRefusal, takeSlot, type Wait } from '../../../credentials/throttle/service'
import type { Assured, Method } from '../../../identity/actor/types'
import type { FactorKind } from '../../../identity/policy/types'
import { mailboxCounts, maskEmail } from '../../../identity/user/rules'
import { noteMailCountsAgain, personById } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { kindsAskedApart } from '../../host/rules'
import { limitsFor, withMethod } from '../../session/rules'
import { rotateToken } from '../../session/service'
import { mailProves, methodOf, provesMoreThanMail } from '../../signin/rules'

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
  | { method: 'factor'; factor: ProvingFactor; others: ProvingFactor[] }
  | { method: 'message'; factor: ProvingFactor; sent: boolean; refused: boolean; others: ProvingFactor[] }
  | { method: 'password' }
  | { method: 'mail'; sentTo: string; refused: boolean }
  | { method: 'none' }

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
    const apart = askedApart(deps, person, factors)
    const byHost = apart.some((each) => each.id === factorId)
    const proving = byHost ? apart : provingFactors(deps, person, factors)
    const chosen = proving.find((each) => each.id === factorId) ?? proving[0]
    if (chosen === undefined) return { method: 'none' }
    // Of one kind that needs no message either will do, so there is nothing to choose.
    const alike = (each: FactorRow) => each.kind === chosen.kind && !isMessaged(each.kind)
    const others = proving.filter((each) => each.id !== chosen.id && !alike(each))
    const views = others.map((each) => provingView(person, each))
    if (!isMessaged(chosen.kind)) {
      return { method: 'factor', factor: provingView(person, chosen), others: views }
    }
    const sentAt = await newestSentAt(deps, { userId: person.id, sessionId: session.id, factorId: chosen.id })
    const refused = sentAt !== null && (await isPasscodeRefused(deps, person.id, sentAt))
    return { method: 'message', factor: provingView(person, chosen), sent: sentAt !== null, refused, others: views }
  }
  if (!mailProves(person, session.methods, deps.clock.now())) return { method: 'none' }
  if (again) return { method: 'password' }
  const sentAt = await newestSentAt(deps, { userId: person.id, sessionId: session.id, factorId: null })
  if (sentAt === null) return { method: 'password' }
  const refused = await isPasscodeRefused(deps, person.id, sentAt)
  return { method: 'mail', sentTo: maskEmail(person.email), refused }
}

/** The strongest, without the mailbox while it does not count, and those whose passcode can be sent (S6, S20, R11). */
export function provingFactors(deps: Deps, person: Person, factors: readonly FactorRow[]): FactorRow[] {
  return inOrder(strongestFactors(factors)).filter((factor) => canProve(deps, person, factor))
}

/** A passcode of it can come, and counts now (S20, R11). */
export function canProve(deps: Deps, person: Person, factor: FactorRow): boolean {
  return (
    (factor.kind !== 'email' || mailboxCounts(person, deps.clock.now())) &&
    (!isMessaged(factor.kind) || channelOf(deps, person, factor) !== null)
  )
}

/** Those that only a host asks for (U6): their proof opens its pages, and is no step-up (S6). */
function askedApart(deps: Deps, person: Person, factors: readonly FactorRow[]): FactorRow[] {
  const strongest = strongestFactors(factors)
  const usable = usableFactors(factors, kindsAskedApart(person))
  return inOrder(usable).filter((factor) => !strongest.includes(factor) && canProve(deps, person, factor))
}

async function anyProving(deps: Deps, person: Person): Promise<{ factors: FactorRow[]; strongest: FactorRow[] }> {
  const all = await factorsOf(deps.db, person.id)
  const strongest = provingFactors(deps, person, all)
  return { factors: [...strongest, ...askedApart(deps, person, all)], strongest }
}

export function provingView(person: Person, { id, kind, name, phoneEnding }: FactorRow): ProvingFactor {
  return { id, kind, name, target: kind === 'email' ? maskEmail(person.email) : phoneEnding }
}

export type StepUpResult =
  | Result<{ token: string }, 'wrong' | 'expired' | 'busy' | 'conflict'>
  | Result<never, 'throttled', Wait>

/**
 * By a factor that needs no message, judged as its kind does: of several apps whichever shows the passcode. Without
 * `factorId`, or when that one is gone, the first there is.
 */
export async function stepUpWithFactor(
  deps: Deps,
  actor: Assured,
  typed: string,
  factorId: string | null = null,
): Promise<StepUpResult> {
  const { factors, strongest } = await anyProving(deps, actor.person)
  const able = factors.filter(({ kind }) => !isMessaged(kind))
  const factor = able.find(({ id }) => id === factorId) ?? able[0]
  if (factor === undefined) return stepUp(deps, actor, methodOf('totp'), NOTHING)
  const question = byFactor(challengeOf(actor), factors, factor, typed)
  return stepUp(deps, actor, methodOf(factor.kind), question, strongest.includes(factor))
}

/** A try that nothing could fit, charged as any other. */
const NOTHING: Question<ProvedFactor> = {
  factorType: 'totp',
  guessable: true,
  judge: async () => ({ verdict: 'wrong' }),
}

/** The passcode of an e-mail or SMS factor; a minute after the last one (N7). */
export async function sendStepUpPasscode(
  deps: Deps,
  actor: Assured,
  factorId: string,
): Promise<Result<'sent', 'not_found'> | Result<never, 'mail_throttled', Wait>> {
  const { person } = actor
  const { factors } = await anyProving(deps, person)
  const factor = factors.find((each) => each.id === factorId)
  return factor === undefined ? err('not_found') : sendFactorPasscode(deps, actor, factor, 'step_up')
}

export async function sendFactorPasscode(
  deps: Deps,
  actor: Assured,
  factor: FactorRow,
  purpose: 'step_up' | 'enrol',
): Promise<Result<'sent', 'not_found'> | Result<never, 'mail_throttled', Wait>> {
  const challenge = challengeOf(actor)
  const message = messageOf(deps, challenge, factor, purpose)
  return message === null ? err('not_found') : resendMessage(deps, challenge, message)
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
  const { factors, strongest } = await anyProving(deps, person)
  const factor = factors.find((each) => each.id === factorId && isMessaged(each.kind))
  if (factor === undefined) return err('expired')
  const question = byFactor(challengeOf(actor), factors, factor, typed)
  return stepUp(deps, actor, methodOf(factor.kind), question, strongest.includes(factor))
}

/** The first half for a person without a factor: the right password sends the passcode. */
export async function startMailStepUp(
  deps: Deps,
  actor: Assured,
  password: string,
): Promise<Result<'sent', 'wrong' | 'busy'> | Result<never, 'throttled', Wait>> {
  const { person } = actor
  if (!(await mayProveByMail(deps, actor))) return err('wrong')
  const stored = await personById(deps.db, person.id)
  requireReadableHash(person.id, stored?.password ?? null)
  const key = `step-up-password:${person.id}`
  const slot = await takeSlot(deps, key, STEP_UP_PER_SESSION)
  if (!slot.ok) return slot
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
  const mail = await takeMessageSlot(deps, person, channel, challengeOf(actor).counters)
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
  const scope = scopeOf(challengeOf(actor), null)
  return stepUp(deps, actor, 'mail', byMessage({ scope, factorType: 'mail' }, typed))
}

/** What proves something in this session: its tries are a few in ten minutes (N17), the counters those of a sign-in. */
export function sessionChallenge(actor: Assured): Omit<Challenge<Err<'throttled', Wait>>, 'failed'> {
  const { person, session, request, locale } = actor
  const key = `step-up:${session.id}`
  return {
    person,
    request,
    locale,
    owner: { sessionId: session.id },
    counters: factorCounters(person.id, session.deviceId),
    own: {
      take: (deps) => takeSlot(deps, key, STEP_UP_PER_SESSION),
      giveBack: (deps) => giveBack(deps.db, [key]),
    },
    async unjudged(deps) {
      if (!(await takeRefusal(deps, `step-up:${person.id}`, request.address))) return
      await recordEvent(deps, { kind: 'sign_in_throttled', ...by(actor), ...about(person), data: { step: 'step_up' } })
    },
  }
}

function challengeOf(actor: Assured): Challenge<Err<'wrong'> | Err<'throttled', Wait>> {
  return {
    ...sessionChallenge(actor),
    async failed(deps, { factorType, wait }) {
      await recordEvent(deps, { kind: 'step_up_failed', ...by(actor), ...about(actor.person), factorType })
      return wait === null ? err('wrong') : err('throttled', wait)
    },
  }
}

/** The session has proved one thing more: its token is another one (S12), and it is fresh by the strongest (S6). */
function stepUp<Found>(
  deps: Deps,
  actor: Assured,
  method: Method,
  question: Question<Found>,
  isStrongest = true,
): Promise<StepUpResult> {
  const challenge = challengeOf(actor)
  return prove(deps, challenge, question, ({ spend, charge }) =>
    transactResult(deps, async (deps): Promise<Result<{ token: string }, 'wrong' | 'conflict'>> => {
      if (!(await spend(deps))) return err('wrong')
      const now = deps.clock.now()
      const methods = withMethod(actor.session.methods, method)
      const limits = limitsFor(actor.person, methods, now)
      const change = { methods, limits, ...(isStrongest ? { steppedUpAt: now } : {}) }
      const token = await rotateToken(deps, actor.session, change)
      if (token === null) return err('conflict')
      await refundTry(deps, challenge, charge)
      if (actor.person.passwordResetByMailAt !== null && provesMoreThanMail([method])) {
        await noteMailCountsAgain(deps.db, actor.person.id)
      }
      await recordEvent(deps, {
        kind: 'step_up_succeeded',
        ...by(actor),
        ...about(actor.person),
        factorType: question.factorType,
      })
      return ok({ token })
    }),
  )
}
