import type { Deps } from '../../../core/deps'
import { coverageOf, factsOf } from '../../../coverage/rules'
import { unfinishedFactor, viewUnfinished } from '../../../credentials/factor/connect/service'
import type { Unfinished } from '../../../credentials/factor/connect/types'
import { channelOf } from '../../../credentials/factor/prove/service'
import { isConfirmed, isMessaged } from '../../../credentials/factor/rules'
import type { FactorRow } from '../../../credentials/factor/types'
import { isPasscodeRefused, newestSentAt, nextMessageAt } from '../../../credentials/passcode/service'
import type { Channel } from '../../../credentials/passcode/types'
import { codesLeft } from '../../../credentials/recovery/service'
import type { Claimant } from '../../../identity/actor/types'
import { daysUntil, deliverableKinds } from '../../../identity/policy/rules'
import type { FactorKind } from '../../../identity/policy/types'
import { addressNewUntil, effectivePolicy, homeOf, mailWithheld, maskEmail } from '../../../identity/user/rules'
import type { Person } from '../../../identity/user/types'
import { chosenOf, counters, readSignIn } from '../attempt/service'
import { askedFactors, ENROLLING, enrollableKinds, MAX_FAILURES } from '../rules'
import type { SignInState, Step } from '../types'

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
  /** Where the person is at home. */
  tenantId: string | null
  tenantName: string
  maskedEmail: string
  /** Whether a passcode by message that this step asks for is open. */
  passcodeSent: boolean
  /** It was, and will not arrive: told to whoever is past a first step, never to a stranger (S13). */
  passcodeRefused: boolean
  /** Where none is, when one can be sent; null when that is now (N7). */
  passcodeFrom: Date | null
  triesLeft: number
  expiresAt: Date
  kinds: readonly FactorKind[]
  /** Why the mailbox is not among them, where the company allows it (S20, R11). */
  mailWithheld: { until: Date | null } | null
  /** What the wizard is connecting. */
  enrolling: Unfinished | null
  /** Until when it can be put off, where it can (P8), and the time left in whole days. */
  putOff: { until: Date; days: number } | null
  codeToTypeBack: number | null
  /** The wizard is the rest of an invitation's steps (R10). */
  invited: boolean
  asked: readonly AskedFactor[]
  chosen: AskedFactor | null
  /** The password came by mail, so that the mailbox is no second factor now (S20). */
  mailboxUsed: boolean
  /** Whether a saved recovery code is left to go on with. */
  hasCodes: boolean
  /** Nor until then, since an admin gave the address (R11); null where mail would not have been asked for. */
  addressNewUntil: Date | null
  /** The days of the box (D1); 0 where there is none. */
  trustDays: number
}

/** What a step's page may show. */
export async function viewSignIn(deps: Deps, claimant: Claimant): Promise<StepView | null> {
  const read = await readSignIn(deps, claimant)
  if (read === null) return null
  const { state, step } = read
  const { attempt, person } = state
  const home = homeOf(person)
  const policy = effectivePolicy(person)
  const asked = step === 'verify-factor' ? askedFactors(state, deps.clock.now()) : []
  const chosen = chosenOf(state, asked)
  const mailMissed = chosen === null || state.factors.some((each) => each.kind === 'email' && isConfirmed(each))
  const kinds = enrollableKinds(person, deliverableKinds(deps), deps.clock.now())
  const begun =
    ENROLLING.includes(step) && attempt.enrollingFactorId !== null
      ? await unfinishedFactor(deps, person.id, attempt.enrollingFactorId)
      : null
  // One of a kind that was forbidden since is not led on with (P7).
  const unfinished = begun !== null && kinds.includes(begun.kind) ? begun : null
  const messaged = step === 'verify-device' ? null : (chosen ?? unfinished)
  const waits = step === 'verify-device' || (messaged !== null && isMessaged(messaged.kind))
  const scope = { userId: person.id, attemptId: attempt.id, factorId: messaged?.id ?? null }
  const sentAt = waits ? await newestSentAt(deps, scope) : null
  const passcodeSent = sentAt !== null
  return {
    step,
    tenantId: home?.tenant.id ?? null,
    tenantName: home?.tenant.name ?? '',
    maskedEmail: maskEmail(person.email),
    passcodeSent,
    passcodeRefused: sentAt !== null && (await isPasscodeRefused(deps, person.id, sentAt)),
    passcodeFrom: waits && !passcodeSent ? await passcodeFrom(deps, state, messaged) : null,
    triesLeft: MAX_FAILURES - attempt.failures,
    expiresAt: attempt.expiresAt,
    kinds,
    mailWithheld: step === 'enrol' && policy.kinds.includes('email') ? mailWithheld(person, deps.clock.now()) : null,
    enrolling: unfinished === null ? null : await viewUnfinished(deps, person, home?.tenant.name ?? '', unfinished),
    putOff: step === 'put-off' ? putOffUntil(state, deps.clock.now()) : null,
    codeToTypeBack: person.codeToTypeBack,
    invited: attempt.invited,
    asked: asked.map((factor) => askedView(deps, person, factor)),
    chosen: chosen === null ? null : askedView(deps, person, chosen),
    mailboxUsed: person.passwordResetByMailAt !== null,
    hasCodes: step === 'verify-factor' && (await codesLeft(deps.db, person.id)) > 0,
    addressNewUntil: mailMissed ? addressNewUntil(person, deps.clock.now()) : null,
    trustDays: policy.trustDays,
  }
}

function putOffUntil({ person, factors }: SignInState, now: Date): StepView['putOff'] {
  const { deadline } = coverageOf(factsOf(person, factors, now), now)
  return deadline === null ? null : { until: deadline, days: daysUntil(deadline, now) }
}

function passcodeFrom(deps: Deps, state: SignInState, factor: FactorRow | null): Promise<Date | null> {
  const channel: Channel | null = factor === null ? { kind: 'email' } : channelOf(deps, state.person, factor)
  return channel === null ? Promise.resolve(null) : nextMessageAt(deps, state.person, channel, counters(state))
}

function askedView(deps: Deps, person: Person, factor: FactorRow): AskedFactor {
  const { id, kind, name } = factor
  const target = kind === 'email' ? maskEmail(person.email) : factor.phoneEnding
  return { id, kind, name, target, reachable: !isMessaged(kind) || channelOf(deps, person, factor) !== null }
}
