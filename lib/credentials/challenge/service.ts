import { about, by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import { isUnknownKey } from '../../core/crypto/keys'
import { transact } from '../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../core/deps'
import { type Err, err, type Ok, ok, type Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { isUnreadableRow } from '../../core/kernel/unreadable'
import { channelOf, judgeFactor } from '../factor/prove/service'
import type { Judgement, ProvedFactor } from '../factor/prove/types'
import type { FactorRow } from '../factor/types'
import { RESEND_INTERVAL } from '../passcode/rules'
import { findPasscode, newestSentAt, sendPasscode, takeMessageSlot, usePasscode } from '../passcode/service'
import type { PasscodePurpose, PasscodeScope } from '../passcode/types'
import { type CodeMatch, matchCode, useCode } from '../recovery/service'
import { clientPrefix, RECOVERY_PER_CLIENT } from '../throttle/rules'
import {
  chargeFactorTry,
  giveBack,
  noteFactorFailure,
  refundFactorTry,
  takeSlot,
  throttleKey,
  type Wait,
} from '../throttle/service'
import type { Challenge, ChallengeMessage, Charge, Proved, Question } from './types'

type Settled = Ok<unknown> | Err<string, unknown>
type Failed = { ok: false }

/** Charges the challenge and the person before anything is judged (S4, S5). */
async function chargeTry<Refused extends Failed>(
  deps: AnyDeps,
  challenge: Challenge<Refused>,
  { guessable }: Pick<Question<unknown>, 'guessable' | 'factorType'>,
): Promise<Ok<Charge> | Refused | Err<'throttled', Wait>> {
  const own = await challenge.own.take(deps)
  if (!own.ok) {
    await challenge.unjudged(deps)
    return own
  }
  // What nobody guesses takes nothing from the person, and waits for nobody's guesses (S5, S30).
  if (!guessable) return ok({ own: true, person: false })
  const person = await chargeFactorTry(deps, challenge.counters)
  if (person.ok) return ok({ own: true, person: true })
  await challenge.own.giveBack(deps)
  await challenge.unjudged(deps)
  return person
}

/** The try was not judged, or was no failure, and counts for nothing. */
export async function refundTry<Refused extends Failed>(
  deps: AnyDeps,
  challenge: Challenge<Refused>,
  charge: Charge,
): Promise<void> {
  if (charge.person) await refundFactorTry(deps.db, challenge.counters)
  if (charge.own) await challenge.own.giveBack(deps)
}

async function refuseTry<Refused extends Failed>(
  deps: TransactionDeps,
  challenge: Challenge<Refused>,
  { factorType, guessable }: Pick<Question<unknown>, 'guessable' | 'factorType'>,
  judged: Judgement<unknown, string>,
): Promise<Refused> {
  const wait = guessable ? await noteFactorFailure(deps, challenge.counters) : null
  return challenge.failed(deps, { factorType, wait, judged })
}

/** Charge, find and judge; a right answer is still to be spent. */
export async function judgeTry<Refused extends Failed, Found, Unjudged extends string>(
  deps: Deps,
  challenge: Challenge<Refused>,
  question: Question<Found, Unjudged>,
): Promise<Ok<Proved<Found>> | Refused | Err<'throttled', Wait> | Err<Unjudged>> {
  const charged = await chargeTry(deps, challenge, question)
  if (!charged.ok) return charged
  const judged = await judgedOrRefunded(deps, challenge, question, charged.value)
  switch (judged.verdict) {
    case 'right':
      return ok({ found: judged.found, spend: judged.spend, charge: charged.value })
    case 'wrong':
      return transact(deps, (deps) => refuseTry(deps, challenge, question, judged))
    case 'unjudged':
      await refundTry(deps, challenge, charged.value)
      return err(judged.code)
  }
}

/** What cannot be read, for want of a key or for good, counts for nothing (S28, N41). */
async function judgedOrRefunded<Refused extends Failed, Found, Unjudged extends string>(
  deps: Deps,
  challenge: Challenge<Refused>,
  question: Question<Found, Unjudged>,
  charge: Charge,
): Promise<Judgement<Found, Unjudged>> {
  try {
    return await question.judge(deps)
  } catch (error) {
    if (isUnknownKey(error) || isUnreadableRow(error)) await refundTry(deps, challenge, charge)
    throw error
  }
}

/**
 * Charge, find, judge and settle, the one way in which anything is proved. `settle` spends what was right in the
 * transaction of what it proves; `wrong` of it: another request had spent it already.
 */
export async function prove<Refused extends Failed, Found, Unjudged extends string, S extends Settled>(
  deps: Deps,
  challenge: Challenge<Refused>,
  question: Question<Found, Unjudged>,
  settle: (proved: Proved<Found>) => Promise<S>,
): Promise<S | Refused | Err<'throttled', Wait> | Err<Unjudged>> {
  const judged = await judgeTry(deps, challenge, question)
  if (!judged.ok) return judged
  const settled = await settle(judged.value)
  if (settled.ok || settled.code !== 'wrong') return settled
  return transact(deps, (deps) => refuseTry(deps, challenge, question, { verdict: 'wrong' }))
}

/**
 * The same in one transaction, for what is judged without waiting: on SQLite one wait for the disk. The challenge's own
 * tries are charged by failures alone, while the row that `settle` writes says whether any was left (S4).
 * What cannot be judged here is a failure.
 */
export async function proveAtOnce<Refused extends Failed, Found, Unjudged extends string, S extends Settled>(
  deps: TransactionDeps,
  challenge: Challenge<Refused>,
  question: Question<Found, Unjudged>,
  settle: (proved: Proved<Found>) => Promise<S>,
): Promise<S | Refused | Err<'throttled', Wait>> {
  const person = await chargeFactorTry(deps, challenge.counters)
  if (!person.ok) return person
  const judged = await question.judge(deps)
  if (judged.verdict === 'right') {
    const settled = await settle({ found: judged.found, spend: judged.spend, charge: { own: false, person: true } })
    if (settled.ok || settled.code !== 'wrong') return settled
  }
  const own = await challenge.own.take(deps)
  return own.ok ? refuseTry(deps, challenge, question, judged) : own
}

/** A passcode by message that proves no factor: it verifies a browser, or connects. */
export function byMessage(
  { scope, factorType }: Pick<ChallengeMessage, 'scope' | 'factorType'>,
  typed: string,
): Question {
  return {
    factorType,
    guessable: true,
    async judge(deps) {
      const judged = await findPasscode(deps, scope, typed)
      if (judged.verdict === 'right') {
        return { verdict: 'right', found: null, spend: (deps) => usePasscode(deps, scope, judged.id) }
      }
      return judged.verdict === 'wrong' ? { verdict: 'wrong' } : { verdict: 'unjudged', code: 'expired' }
    },
  }
}

/** The factor that is asked now, judged as its kind does; of two authenticator apps among `factors` either will do. */
export function byFactor<Refused extends Failed>(
  challenge: Challenge<Refused>,
  factors: readonly FactorRow[],
  factor: FactorRow,
  typed: string,
): Question<ProvedFactor> {
  const asked = { person: challenge.person, factor, factors, scope: scopeOf(challenge, factor.id) }
  return { factorType: factor.kind, guessable: true, judge: (deps) => judgeFactor(deps, asked, typed) }
}

/** Whose passcode counts in this challenge, for this factor or for none. */
export function scopeOf(
  { person, owner }: Pick<Challenge<Failed>, 'person' | 'owner'>,
  factorId: string | null,
): PasscodeScope {
  return { userId: person.id, factorId, ...owner }
}

/** The passcode of a factor by message; null for one that needs none, or to which none can be sent now. */
export function messageOf(
  deps: Pick<Deps, 'keys' | 'smsAvailable'>,
  challenge: Pick<Challenge<Failed>, 'person' | 'owner'>,
  factor: FactorRow,
  purpose: PasscodePurpose,
): ChallengeMessage | null {
  const channel = channelOf(deps, challenge.person, factor)
  if (channel === null) return null
  return { scope: scopeOf(challenge, factor.id), purpose, channel, factorType: channel.kind }
}

/**
 * A recovery code of these kinds. Wrong ones count per client network; past that limit a right one still opens, and no
 * other costs a slow hash (N10, S30).
 */
export function byRecoveryCode(
  { person, request }: Pick<Challenge<Failed>, 'person' | 'request'>,
  typed: string,
  kinds: readonly CodeMatch['kind'][],
): Question<CodeMatch, 'busy'> {
  return {
    factorType: 'recovery',
    guessable: false,
    async judge(deps) {
      const network = throttleKey(deps, 'recovery', clientPrefix(request.address))
      const slot = await takeSlot(deps, network, RECOVERY_PER_CLIENT)
      const match = await matchCode(deps, person.id, typed, kinds, { sparing: !slot.ok })
      const code = match.ok ? match.value : null
      if (match.ok && code === null) return { verdict: 'wrong', ...(slot.ok ? {} : { until: slot.detail.until }) }
      if (slot.ok) await giveBack(deps.db, [network])
      if (code === null) return { verdict: 'unjudged', code: 'busy' }
      return { verdict: 'right', found: code, spend: (deps) => useCode(deps, person.id, code.id) }
    },
  }
}

/** Sends a new passcode, which ends the one before, and tells of it. */
export async function sendMessage<Refused extends Failed>(
  deps: TransactionDeps,
  { person, request, locale }: Pick<Challenge<Refused>, 'person' | 'request' | 'locale'>,
  { scope, purpose, channel, factorType }: ChallengeMessage,
): Promise<void> {
  await sendPasscode(deps, scope, { ...person, locale: person.locale ?? locale }, { purpose, channel, request })
  await recordEvent(deps, {
    kind: purpose === 'device' ? 'device_verification_sent' : 'passcode_sent',
    ...by({ person, request }),
    ...about(person),
    ...(purpose === 'device' ? {} : { factorType }),
  })
}

/** Sends a passcode unless one went a minute ago. */
export async function resendMessage<Refused extends Failed>(
  deps: Deps,
  challenge: Challenge<Refused>,
  message: ChallengeMessage,
): Promise<Result<'sent', never> | Result<never, 'mail_throttled', Wait>> {
  const sentAt = await newestSentAt(deps, message.scope)
  const next = sentAt === null ? null : later(sentAt, RESEND_INTERVAL)
  if (next !== null && next > deps.clock.now()) return err('mail_throttled', { until: next })
  const slot = await takeMessageSlot(deps, challenge.person, message.channel, challenge.counters)
  if (!slot.ok) return err('mail_throttled', slot.detail)
  await transact(deps, (deps) => sendMessage(deps, challenge, message))
  return ok('sent')
}
