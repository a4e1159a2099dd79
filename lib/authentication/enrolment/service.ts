import { recordEvent } from '../../audit/service'
import type { Deps, TransactionDeps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { endTrust } from '../../credentials/device/service'
import { beginMessaged } from '../../credentials/factor/connect/service'
import { isMessaged } from '../../credentials/factor/rules'
import {
  type Confirmation,
  confirmFactor,
  factorsOf,
  removeFactors,
  unfinishedFactor,
} from '../../credentials/factor/service'
import { readPhone } from '../../credentials/factor/sms/rules'
import { beginTotp, matchUnconfirmed } from '../../credentials/factor/totp/service'
import type { FactorRow, Wanted } from '../../credentials/factor/types'
import { usePasscode } from '../../credentials/passcode/service'
import { isCodeOpen, makeCodes, matchCode, replaceCodes } from '../../credentials/recovery/service'
import type { Wait } from '../../credentials/throttle/service'
import type { Claimant } from '../../identity/actor/types'
import { deliverableKinds } from '../../identity/policy/rules'
import { keepCodes, noteFirstFactor } from '../../identity/user/service'
import { endRequestOf } from '../reset/service'
import { endOtherSessions } from '../session/service'
import { ENROLMENT_LIFE, enrollableKinds } from '../signin/rules'
import {
  advance,
  at,
  type Charge,
  endOtherAttempts,
  factorWay,
  judgeByMessage,
  moveAttempt,
  personEvent,
  type RefusedStep,
  refund,
  type StepResult,
  sendNow,
} from '../signin/service'
import type { SignInState } from '../signin/types'

/** The wizard of a sign-in (E1 to E4): connect a factor, confirm it, keep a way back. */

/** E1, E2: begins a factor, and sends its passcode; the attempt lives up to 30 minutes from the password step. */
export async function startFactor(
  deps: Deps,
  claimant: Claimant,
  wanted: Wanted,
  name: string,
): Promise<StepResult | Result<never, 'not_a_phone' | 'phone_refused'>> {
  const found = await at(deps, claimant, ['enrol'])
  if ('elsewhere' in found) return found.elsewhere
  const { state } = found.here
  const { attempt, person } = state
  if (!enrollableKinds(person, deliverableKinds(deps), deps.clock.now()).includes(wanted.kind)) {
    return ok({ kind: 'step', step: 'enrol', until: null })
  }
  const phone = wanted.kind === 'sms' ? readPhone(wanted.phone) : null
  if (phone !== null && !phone.ok) return phone
  const to = wanted.kind === 'sms' && phone !== null ? { kind: 'sms' as const, phone: phone.value } : null
  const until = later(attempt.createdAt, ENROLMENT_LIFE)
  let begun = ''
  const started = await transactResult(deps, async (deps): Promise<StepResult> => {
    begun =
      wanted.kind === 'totp'
        ? await beginTotp(deps, person, name, ENROLMENT_LIFE)
        : await beginMessaged(deps, person, to ?? { kind: 'email' }, name, ENROLMENT_LIFE)
    const moved = await moveAttempt(deps, attempt.id, { enrollingFactorId: begun, expiresAt: until })
    return moved ? ok({ kind: 'step', step: 'enrol', until }) : err('start_over')
  })
  const factor = started.ok && wanted.kind !== 'totp' ? await unfinishedFactor(deps, person.id, begun) : null
  const way = factor === null ? null : factorWay(deps, claimant, state, factor, 'enrol')
  if (way === null) return started
  // At the limit the page says when the passcode can come; the factor waits for it.
  const sent = await sendNow(deps, way)
  return sent.ok ? started : sent
}

/** The passcode of the factor that is being connected, once more. */
export async function sendEnrolmentPasscode(
  deps: Deps,
  claimant: Claimant,
): Promise<Result<'sent', 'start_over' | 'elsewhere'> | Result<never, 'mail_throttled', Wait>> {
  const found = await at(deps, claimant, ['enrol'])
  if ('elsewhere' in found) return err('elsewhere')
  const { state } = found.here
  const factor = await openFactor(deps, state.person.id, state.attempt.enrollingFactorId)
  const way = factor === null ? null : factorWay(deps, claimant, state, factor, 'enrol')
  return way === null ? err('elsewhere') : sendNow(deps, way)
}

async function openFactor(deps: Deps, userId: string, id: string | null): Promise<FactorRow | null> {
  return id === null ? null : unfinishedFactor(deps, userId, id)
}

export type CodesResult =
  | Result<{ codes: string[]; number: number; until: Date | null }, 'busy' | 'elsewhere'>
  | RefusedStep

/**
 * E3, E4, S11: the right passcode makes the new factor count, ends other sessions and attempts, old factors, trust and
 * old codes, and gives the new codes, once. An app's passcode costs no try, since its key is on the page; one that came
 * by message does (S5).
 */
export async function confirmEnrolment(deps: Deps, claimant: Claimant, typed: string): Promise<CodesResult> {
  const found = await at(deps, claimant, ['enrol'])
  if ('elsewhere' in found) return err('elsewhere')
  const { state } = found.here
  const factor = await openFactor(deps, state.person.id, state.attempt.enrollingFactorId)
  if (factor === null) return err('wrong')
  const judged = isMessaged(factor.kind)
    ? await judgeMessaged(deps, claimant, state, factor, typed)
    : await judgeApp(deps, state, factor, typed)
  if ('refused' in judged) {
    const event = { factorType: factor.kind }
    await recordEvent(deps, personEvent(state.person, claimant, 'mfa_setup_failed', event))
    return judged.refused
  }
  return bind(deps, claimant, state, judged)
}

interface Judged {
  confirmation: Confirmation
  /** Spends the passcode. */
  use: (deps: TransactionDeps) => Promise<boolean>
  charge: Charge | null
}

async function judgeApp(
  deps: Deps,
  { person }: SignInState,
  factor: FactorRow,
  typed: string,
): Promise<Judged | { refused: RefusedStep }> {
  const match = await matchUnconfirmed(deps, person, factor.id, typed)
  if (match === null) return { refused: err('wrong') }
  return { confirmation: { ...match, kind: factor.kind }, use: async () => true, charge: null }
}

async function judgeMessaged(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  factor: FactorRow,
  typed: string,
): Promise<Judged | { refused: RefusedStep }> {
  const way = factorWay(deps, claimant, state, factor, 'enrol')
  if (way === null) return { refused: err('wrong') }
  const judged = await judgeByMessage(deps, claimant, state, way, typed)
  if ('refused' in judged) return judged
  const { passcodeId, charge } = judged
  const confirmation = { factorId: factor.id, kind: factor.kind, step: null }
  return { confirmation, use: (deps) => usePasscode(deps, way.scope, passcodeId), charge }
}

async function bind(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  { confirmation, use, charge }: Judged,
): Promise<CodesResult> {
  const { attempt, person } = state
  const made = await makeCodes(deps, person.id)
  if (!made.ok) {
    if (charge !== null) await refund(deps, state, charge)
    return made
  }
  const now = deps.clock.now()
  const locale = person.locale ?? claimant.locale
  const { factorId } = confirmation
  const proved = await advance(deps, claimant, state, {
    change: { factorProvedAt: now, factorId, enrolledFactorId: factorId },
    charge,
    use: async (deps) => (await use(deps)) && confirmFactor(deps, person, confirmation, locale, claimant.request),
    note: async (deps) => {
      await removeFactors(deps, person, { exceptId: factorId }, 'replaced', locale, claimant.request)
      await endOtherSessions(deps, person, claimant.request)
      await endOtherAttempts(deps, person.id, attempt.id)
      await endTrust(deps.db, person.id)
      await noteFirstFactor(deps.db, person, now)
      await endRequestOf(deps, person, claimant.request)
      await replaceCodes(deps, person, made.value, claimant)
      return { factors: await factorsOf(deps.db, person.id), person: { ...person, recoveryCodesAt: null } }
    },
  })
  return proved.ok ? ok({ codes: made.value.codes, number: made.value.number, until: null }) : proved
}

/** E4: after a reload the codes cannot be shown again; new ones take their place. */
export async function renewCodes(deps: Deps, claimant: Claimant): Promise<CodesResult> {
  const found = await at(deps, claimant, ['show-recovery-codes'])
  if ('elsewhere' in found) return err('elsewhere')
  const { attempt, person } = found.here.state
  const made = await makeCodes(deps, person.id)
  if (!made.ok) return made
  return transactResult(deps, async (deps): Promise<CodesResult> => {
    const until = later(attempt.createdAt, ENROLMENT_LIFE)
    // The person's row before the attempt's, as where a code is typed back: two at once wait, and do not block each other.
    await replaceCodes(deps, person, made.value, claimant)
    if (!(await moveAttempt(deps, attempt.id, { expiresAt: until }))) return err('start_over')
    return ok({ codes: made.value.codes, number: made.value.number, until })
  })
}

/** E4: the code of the asked number typed back ends the wizard; it is not used up. */
export async function typeCodeBack(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  const found = await at(deps, claimant, ['show-recovery-codes'])
  if ('elsewhere' in found) return found.elsewhere
  const { state } = found.here
  const { person } = state
  const number = person.codeToTypeBack
  if (number === null) return ok({ kind: 'step', step: 'show-recovery-codes', until: null })
  const match = await matchCode(deps, person.id, typed)
  if (!match.ok) return match
  const code = match.value
  if (code?.number !== number) return err('wrong')
  const now = deps.clock.now()
  return advance(deps, claimant, state, {
    change: {},
    charge: null,
    use: async (deps) => (await keepCodes(deps.db, person.id, number, now)) && isCodeOpen(deps.db, person.id, code.id),
    note: async () => ({ person: { ...person, recoveryCodesAt: now } }),
  })
}
