import { recordEvent } from '../../audit/service'
import { sha256 } from '../../core/crypto/digest'
import type { AnyDeps, Deps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { zoneOf } from '../../core/kernel/zones'
import { transactResult } from '../../core/transaction'
import { coverageOf, factsOf } from '../../coverage/rules'
import { byMessage, judgeTry, messageOf, refundTry, resendMessage } from '../../credentials/challenge/service'
import type { Charge } from '../../credentials/challenge/types'
import { beginConnection, proveConnection, unfinishedFactor } from '../../credentials/factor/connect/service'
import type { ProvedConnection } from '../../credentials/factor/connect/types'
import { factorsOf } from '../../credentials/factor/service'
import type { FactorRow, Wanted } from '../../credentials/factor/types'
import { isCodeOpen, makeCodes, matchCode, replaceCodes } from '../../credentials/recovery/service'
import type { Wait } from '../../credentials/throttle/service'
import type { Claimant } from '../../identity/actor/types'
import { deliverableKinds, lastDayOf } from '../../identity/policy/rules'
import type { FactorKind } from '../../identity/policy/types'
import { homeOf } from '../../identity/user/rules'
import { keepCodes, lockedPerson } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import {
  challengeOf,
  endOpenAttempts,
  moveAttempt,
  personEvent,
  type RefusedStep,
  requireStep,
  type StepResult,
} from '../signin/attempt/service'
import { advance, answered } from '../signin/finish/service'
import { sendAnother } from '../signin/prove/service'
import { ENROLLING, ENROLMENT_TTL, enrollableKinds, formHash } from '../signin/rules'
import type { SignInState } from '../signin/types'
import { bindFactor } from './bind/service'

/** The wizard of a sign-in (E1 to E4): connect a factor, confirm it, keep a way back. */

/** Not now, as long as that is given (P8); asked again at the next sign-in. */
export async function putOffEnrolment(deps: Deps, claimant: Claimant): Promise<StepResult> {
  const form = formHash(claimant.attemptHash, { name: 'put off', typed: '' })
  return answered(deps, claimant, form, async () => {
    const found = await requireStep(deps, claimant, ['put-off'])
    if (!found.ok) return found.detail
    const { state } = found.value
    const now = deps.clock.now()
    const { deadline } = coverageOf(factsOf(state.person, state.factors, now), now)
    return advance(deps, claimant, state, {
      form,
      change: { putOffAt: now },
      charge: null,
      note: async (deps) => {
        const until = deadline && lastDayOf(deadline, zoneOf(homeOf(state.person)?.tenant.timeZone))
        await recordEvent(deps, personEvent(state.person, claimant, 'enrolment_put_off', { data: { until } }))
        return {}
      },
    })
  })
}

/** Begins a factor, and sends its passcode (E1, E2); the attempt lives up to 30 minutes from the password step. */
export async function startFactor(
  deps: Deps,
  claimant: Claimant,
  wanted: Wanted,
  name: string,
): Promise<StepResult | Result<never, 'not_a_phone' | 'phone_refused'>> {
  const found = await requireStep(deps, claimant, ENROLLING)
  if (!found.ok) return found.detail
  const { state } = found.value
  const { attempt, person } = state
  if (!enrollableKinds(person, deliverableKinds(deps), deps.clock.now()).includes(wanted.kind)) {
    return ok({ kind: 'step', step: 'enrol', until: null })
  }
  const until = later(attempt.createdAt, ENROLMENT_TTL)
  const begun = await beginConnection(deps, wanted, {
    person,
    name,
    open: await openFactor(deps, person.id, attempt.enrollingFactorId),
    ttl: ENROLMENT_TTL,
    hold: (deps, factorId) => moveAttempt(deps, attempt.id, { enrollingFactorId: factorId, expiresAt: until }),
  })
  if (!begun.ok) return begun.code === 'gone' ? err('start_over') : err(begun.code)
  const started = ok({ kind: 'step', step: 'enrol', until } as const)
  const factor = begun.value
  const message = factor && messageOf(deps, challengeOf(claimant, state), factor, 'enrol')
  if (message === null) return started
  // At the limit the page says when the passcode can come; the factor waits for it.
  const sent = await resendMessage(deps, challengeOf(claimant, state), message)
  return sent.ok ? started : sent
}

/** The passcode of the factor that is being connected, once more. */
export async function sendEnrolmentPasscode(
  deps: Deps,
  claimant: Claimant,
): Promise<Result<'sent', 'start_over' | 'elsewhere'> | Result<never, 'mail_throttled', Wait>> {
  const found = await requireStep(deps, claimant, ENROLLING)
  if (!found.ok) return err('elsewhere')
  const { state } = found.value
  const factor = await openFactor(deps, state.person.id, state.attempt.enrollingFactorId)
  const message = factor && messageOf(deps, challengeOf(claimant, state), factor, 'enrol')
  return message === null ? err('elsewhere') : resendMessage(deps, challengeOf(claimant, state), message)
}

async function openFactor(deps: Deps, userId: string, id: string | null): Promise<FactorRow | null> {
  return id === null ? null : unfinishedFactor(deps, userId, id)
}

export type CodesResult =
  | Result<{ codes: string[]; number: number; until: Date | null }, 'busy' | 'elsewhere'>
  | RefusedStep

/**
 * The right passcode makes the new factor count, ends other sessions and attempts, old factors, trust and old codes,
 * and gives the new codes, once (E3, E4, S11). An app's passcode costs no try, since its key is on the page; one that
 * came by message does (S5).
 */
export async function confirmEnrolment(deps: Deps, claimant: Claimant, typed: string): Promise<CodesResult> {
  const found = await requireStep(deps, claimant, ENROLLING)
  if (!found.ok) return err('elsewhere')
  const { state } = found.value
  const factor = await openFactor(deps, state.person.id, state.attempt.enrollingFactorId)
  if (factor === null) return err('wrong')
  if (!isAllowed(deps, state.person, factor)) return err('elsewhere')
  let charge: Charge | null = null
  const proved = await proveConnection<RefusedStep>(deps, state.person, factor, typed, async () => {
    const message = messageOf(deps, challengeOf(claimant, state), factor, 'enrol')
    if (message === null) return err('wrong')
    const judged = await judgeTry(deps, challengeOf(claimant, state), byMessage(message, typed))
    if (!judged.ok) return sendAnother(deps, claimant, state, message, judged)
    charge = judged.value.charge
    return ok(judged.value.spend)
  })
  if (!proved.ok) {
    const event = { factorType: factor.kind }
    await recordEvent(deps, personEvent(state.person, claimant, 'mfa_setup_failed', event))
    return proved
  }
  return bind(deps, claimant, state, proved.value, charge)
}

/** A kind may have been forbidden since the factor was begun (E1, P7). */
function isAllowed(deps: AnyDeps, person: Person, { kind }: { kind: FactorKind }): boolean {
  return enrollableKinds(person, deliverableKinds(deps), deps.clock.now()).includes(kind)
}

async function bind(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  connection: ProvedConnection,
  charge: Charge | null,
): Promise<CodesResult> {
  const { attempt, person } = state
  const made = await makeCodes(deps, person.id)
  if (!made.ok) {
    if (charge !== null) await refundTry(deps, challengeOf(claimant, state), charge)
    return made
  }
  const { factorId } = connection.confirmation
  const proved = await advance(deps, claimant, state, {
    change: { factorProvedAt: deps.clock.now(), factorId, enrolledFactorId: factorId },
    charge,
    use: async (deps) => {
      const held = await lockedPerson(deps.db, person)
      if (held === null || !isAllowed(deps, held, connection.confirmation)) return false
      return bindFactor(deps, claimant, person, connection, { codes: made.value, alone: true })
    },
    note: async (deps) => {
      await endOpenAttempts(deps, person.id, attempt.id)
      return { factors: await factorsOf(deps.db, person.id), person: { ...person, recoveryCodesAt: null } }
    },
  })
  return proved.ok ? ok({ codes: made.value.codes, number: made.value.number, until: null }) : proved
}

/** After a reload the codes cannot be shown again (E4); new ones take their place. */
export async function renewCodes(deps: Deps, claimant: Claimant): Promise<CodesResult> {
  const found = await requireStep(deps, claimant, ['show-recovery-codes'])
  if (!found.ok) return err('elsewhere')
  const { attempt, person } = found.value.state
  const made = await makeCodes(deps, person.id)
  if (!made.ok) return made
  return transactResult(deps, async (deps): Promise<CodesResult> => {
    const until = later(attempt.createdAt, ENROLMENT_TTL)
    // The person's row before the attempt's, as where a code is typed back: two at once wait, and do not block each
    // other.
    await replaceCodes(deps, person, made.value, claimant)
    if (!(await moveAttempt(deps, attempt.id, { expiresAt: until }))) return err('start_over')
    return ok({ codes: made.value.codes, number: made.value.number, until })
  })
}

/** The code of the asked number typed back ends the wizard (E4); it is not used up. */
export async function typeCodeBack(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  // The code stays good: twelve bits of it tell a repeat, and leave the rest to be guessed.
  const form = formHash(claimant.attemptHash, { name: 'typed back', typed: sha256(typed).slice(0, 2) })
  return answered(deps, claimant, form, () => typeBack(deps, claimant, typed, form))
}

async function typeBack(deps: Deps, claimant: Claimant, typed: string, form: string): Promise<StepResult> {
  const found = await requireStep(deps, claimant, ['show-recovery-codes'])
  if (!found.ok) return found.detail
  const { state } = found.value
  const { person } = state
  const number = person.codeToTypeBack
  if (number === null) return ok({ kind: 'step', step: 'show-recovery-codes', until: null })
  const match = await matchCode(deps, person.id, typed)
  if (!match.ok) return match
  const code = match.value
  if (code?.number !== number) return err('wrong')
  const now = deps.clock.now()
  return advance(deps, claimant, state, {
    form,
    change: {},
    charge: null,
    use: async (deps) => (await keepCodes(deps.db, person.id, number, now)) && isCodeOpen(deps.db, person.id, code.id),
    note: async () => ({ person: { ...person, recoveryCodesAt: now } }),
  })
}
