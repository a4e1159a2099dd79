import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { type Err, err, type Ok, ok, type Result } from '../../../core/kernel/result'
import { minutes } from '../../../core/kernel/time'
import { transactResult } from '../../../core/transaction'
import { byMessage, judgeTry, refundTry, scopeOf } from '../../../credentials/challenge/service'
import type { Challenge } from '../../../credentials/challenge/types'
import { endTrust } from '../../../credentials/device/service'
import { beginConnection, proveConnection, viewUnfinished } from '../../../credentials/factor/connect/service'
import type { ProvedConnection, Unfinished } from '../../../credentials/factor/connect/types'
import {
  FACTOR_NAME_LENGTH,
  inOrder,
  isConfirmed,
  MAX_FACTORS,
  mayRemove,
  usableFactors,
} from '../../../credentials/factor/rules'
import { factorsOf, preferFactor, removeFactors, renameFactor } from '../../../credentials/factor/service'
import type { FactorRow, Wanted } from '../../../credentials/factor/types'
import { newestSentAt } from '../../../credentials/passcode/service'
import { minimumLength } from '../../../credentials/password/rules'
import { codesLeft, endCodes, makeCodes } from '../../../credentials/recovery/service'
import type { Wait } from '../../../credentials/throttle/service'
import type { Assured, SteppedUp } from '../../../identity/actor/types'
import { deliverableKinds } from '../../../identity/policy/rules'
import type { FactorKind } from '../../../identity/policy/types'
import { followFactors } from '../../../identity/user/membership/service'
import { effectivePolicy, mailboxCounts } from '../../../identity/user/rules'
import { lockedPerson } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { bindFactor } from '../../enrolment/bind/service'
import { kindsAskedApart } from '../../host/rules'
import { isSteppedUp, limitsFor, withMethod } from '../../session/rules'
import { endOtherSessions, enrollingFactorOf, noteEnrolling, rotateToken } from '../../session/service'
import { methodOf } from '../../signin/rules'
import { provingView, sendFactorPasscode, sessionChallenge } from '../stepup/service'
import { turn } from '../two-factor/service'
import { addableKinds, mailMissing } from './rules'

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
  /** Whether it may be removed as things are (E7). */
  removable: boolean
}

export interface SecurityView {
  factors: OwnFactor[]
  /** Kinds that may be added. */
  kinds: readonly FactorKind[]
  /** Why the mailbox is not among them, where the company allows it (S20, R11). */
  mailWithheld: { until: Date | null } | null
  codesLeft: number
  codesKept: boolean
  turnedOn: boolean
  required: boolean
  inForce: boolean
  steppedUp: boolean
  minimumPassword: number
  /** An admin took the factors away, and nothing was enrolled since (E9). */
  wasReset: boolean
}

export async function viewSecurity(deps: Deps, actor: Assured): Promise<SecurityView> {
  const { person } = actor
  const [factors, left] = await Promise.all([factorsOf(deps.db, person.id), codesLeft(deps.db, person.id)])
  const now = deps.clock.now()
  const policy = effectivePolicy(person)
  const apart = kindsAskedApart(person)
  const confirmed = factors.filter(isConfirmed)
  const first = inOrder(usableFactors(confirmed, policy.kinds))[0]
  return {
    factors: confirmed.map((factor) => ({
      ...provingView(person, factor),
      createdAt: factor.createdAt,
      lastUsedAt: factor.lastUsedAt,
      first: factor.id === first?.id,
      allowed: policy.kinds.includes(factor.kind) || apart.includes(factor.kind),
      removable: mayRemove(factor.id, confirmed, policy).allowed,
    })),
    kinds: addableKinds(deliverableKinds(deps), person, confirmed, now),
    mailWithheld: mailMissing(person, confirmed, now),
    codesLeft: left,
    codesKept: person.recoveryCodesAt !== null,
    turnedOn: person.twoFactorOn,
    required: policy.required,
    inForce: policy.inForce,
    steppedUp: isSteppedUp(actor.session, now),
    minimumPassword: minimumLength({ role: actor.home.role, secondFactorEnforced: policy.required }),
    wasReset: person.factorsResetAt !== null,
  }
}

const UNFINISHED_TTL = minutes(30)

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
  // The address may have become another since it was begun (R11).
  return open && (own.kind !== 'email' || mailboxCounts(person, now)) ? own : undefined
}

/** `sent` is whether its passcode is open, where that is a message. */
export type UnfinishedFactor =
  | Extract<Unfinished, { kind: 'totp' }>
  | (Extract<Unfinished, { target: string }> & { sent: boolean })

/** The unfinished factor of this session, for the page that connects it. */
export async function viewOwnUnfinished(deps: Deps, actor: SteppedUp): Promise<UnfinishedFactor | null> {
  const { person, session } = actor
  const factor = await openFactor(deps, actor, await factorsOf(deps.db, person.id))
  const view = factor === undefined ? null : await viewUnfinished(deps, person, actor.home.tenant.name, factor)
  if (factor === undefined || view === null) return null
  if (view.kind === 'totp') return view
  const sentAt = await newestSentAt(deps, { userId: person.id, sessionId: session.id, factorId: factor.id })
  return { ...view, sent: sentAt !== null }
}

/** Begins a factor, and sends its passcode where that is a message (E6, E3). */
export async function beginFactor(
  deps: Deps,
  actor: SteppedUp,
  wanted: Wanted,
  name: string,
): Promise<
  | Result<null, 'too_many_factors' | 'kind_not_allowed' | 'not_a_phone' | 'phone_refused' | 'not_found'>
  | Result<never, 'mail_throttled', Wait>
> {
  const { person, session } = actor
  const factors = await factorsOf(deps.db, person.id)
  const addable = addableKinds(deliverableKinds(deps), person, factors, deps.clock.now())
  if (!addable.includes(wanted.kind)) return err('kind_not_allowed')
  if (factors.filter(isConfirmed).length >= MAX_FACTORS) return err('too_many_factors')
  const begun = await beginConnection(deps, wanted, {
    person,
    name: name.normalize('NFC').trim().slice(0, FACTOR_NAME_LENGTH),
    open: (await openFactor(deps, actor, factors)) ?? null,
    ttl: UNFINISHED_TTL,
    async hold(deps, factorId) {
      await noteEnrolling(deps.db, session, factorId)
      return true
    },
  })
  if (!begun.ok) return begun.code === 'gone' ? err('not_found') : err(begun.code)
  const sent = begun.value === null ? ok('sent') : await sendFactorPasscode(deps, actor, begun.value, 'enrol')
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
 * The factor counts from now on (E3, E4, E6); the first one turns 2FA on for oneself, unless it was made because it is
 * required (P5), and brings a set of recovery codes. Other sessions and device trust end; the session gets a new token.
 */
export async function confirmBegunFactor(deps: Deps, actor: SteppedUp, typed: string): Promise<ConfirmResult> {
  const { person, session } = actor
  const factors = await factorsOf(deps.db, person.id)
  const open = await openFactor(deps, actor, factors)
  if (open === undefined) return err('nothing_open')
  const first = !factors.some(isConfirmed)
  const proved = await proveConnection(deps, person, open, typed, () => judgeUnfinished(deps, actor, open, typed))
  if (!proved.ok) {
    await recordEvent(deps, { kind: 'mfa_setup_failed', ...by(actor), ...about(person), factorType: open.kind })
    return proved
  }
  const made = first ? await makeCodes(deps, person.id) : ok(null)
  if (!made.ok) return made
  const now = deps.clock.now()
  return transactResult(deps, async (deps): Promise<ConfirmResult> => {
    const held = await lockedPerson(deps.db, person)
    if (held === null) return err('conflict')
    // The codes were made for a first factor, outside the transaction: it must still be one.
    const confirmed = (await factorsOf(deps.db, person.id)).filter(isConfirmed)
    if (confirmed.length > 0 === first) return err('conflict')
    const addable = addableKinds(deliverableKinds(deps), held, confirmed, now).some((kind) => kind === open.kind)
    if (!addable || confirmed.length >= MAX_FACTORS) return err('conflict')
    const bound = { codes: made.value, alone: false, sessionId: session.id }
    if (!(await bindFactor(deps, actor, person, proved.value, bound))) return err('wrong')
    if (first && !effectivePolicy(held).required) await turn(deps, actor, true)
    const methods = withMethod(session.methods, methodOf(open.kind))
    const limits = limitsFor({ ...person, twoFactorOn: true }, methods, now)
    const token = await rotateToken(deps, session, { methods, steppedUpAt: now, limits })
    if (token === null) return err('conflict')
    return ok({ token, codes: made.value?.codes ?? null, number: made.value?.number ?? 0 })
  })
}

/** A passcode that came by message could be guessed, and counts like any other (S5). */
async function judgeUnfinished(
  deps: Deps,
  actor: SteppedUp,
  open: FactorRow,
  typed: string,
): Promise<Ok<ProvedConnection['use']> | Err<'code_wrong' | 'expired'> | Err<'throttled', Wait>> {
  const challenge: Challenge<Err<'code_wrong'> | Err<'throttled', Wait>> = {
    ...sessionChallenge(actor),
    failed: async (_, { wait }) => (wait === null ? err('code_wrong') : err('throttled', wait)),
  }
  const message = { scope: scopeOf(challenge, open.id), factorType: open.kind }
  const judged = await judgeTry(deps, challenge, byMessage(message, typed))
  if (!judged.ok) return judged
  await refundTry(deps, challenge, judged.value.charge)
  return ok(judged.value.spend)
}

/**
 * The last one stays while the requirement stands (E7); removing it otherwise turns 2FA off and ends the saved codes.
 */
export async function removeFactor(
  deps: Deps,
  actor: SteppedUp,
  factorId: string,
): Promise<Result<{ token: string }, 'not_found' | 'required' | 'conflict'>> {
  const { person, session } = actor
  return transactResult(
    deps,
    async (deps): Promise<Result<{ token: string }, 'not_found' | 'required' | 'conflict'>> => {
      const now = await lockedPerson(deps.db, person)
      const token = now === null ? null : await rotateToken(deps, session, {})
      if (now === null || token === null) return err('conflict')
      const confirmed = (await factorsOf(deps.db, person.id)).filter(isConfirmed)
      const decision = mayRemove(factorId, confirmed, effectivePolicy(now))
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
    await recordEvent(deps, { kind: 'factor_renamed', ...by(actor), ...about(actor.person) })
    return ok(null)
  })
}

/** Asked first at the next sign-in (E5). */
export async function preferOwnFactor(
  deps: Deps,
  actor: Assured,
  factorId: string,
): Promise<Result<null, 'not_found'>> {
  return transactResult(deps, async (deps): Promise<Result<null, 'not_found'>> => {
    if (!(await preferFactor(deps, actor.person.id, factorId))) return err('not_found')
    await recordEvent(deps, { kind: 'factor_preferred', ...by(actor), ...about(actor.person) })
    return ok(null)
  })
}
