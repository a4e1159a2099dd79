import { recordEvent } from '../../../audit/service'
import { transact } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { type Err, err, ok, type Result } from '../../../core/kernel/result'
import { transactResult } from '../../../core/transaction'
import {
  byFactor,
  byMessage,
  byRecoveryCode,
  messageOf,
  prove,
  proveAtOnce,
  resendMessage,
  sendMessage,
} from '../../../credentials/challenge/service'
import type { ChallengeMessage, Question } from '../../../credentials/challenge/types'
import type { ProvedFactor } from '../../../credentials/factor/prove/types'
import { isMessaged } from '../../../credentials/factor/rules'
import { newestSentAt, takeMessageSlot } from '../../../credentials/passcode/service'
import type { CodeMatch } from '../../../credentials/recovery/service'
import type { Claimant } from '../../../identity/actor/types'
import { noteCodesOpen } from '../../../identity/user/service'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import {
  auditRefusal,
  challengeOf,
  chosenOf,
  deviceMessage,
  personEvent,
  type RefusedStep,
  requireStep,
  type StepResult,
} from '../attempt/service'
import { advance, advanceIn, answered, type StepProof, twinOf } from '../finish/service'
import { askedFactors, formHash } from '../rules'
import type { SignInState } from '../types'

/** A wrong or expired passcode sends a new one by itself, within the limits (D5, D6, D8). */
export async function proveDevice(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  const form = formHash(claimant.attemptHash, { name: 'device', typed })
  return answered(deps, claimant, form, async () => {
    const found = await requireStep(deps, claimant, ['verify-device'])
    if (!found.ok) return found.detail
    const { state } = found.value
    const message = deviceMessage(challengeOf(claimant, state))
    const proved = await proveByMessage(deps, claimant, state, message, byMessage(message, typed), {
      form,
      change: { mailProvedAt: deps.clock.now() },
      note: async (deps) => {
        await recordEvent(deps, personEvent(state.person, claimant, 'device_verified'))
        return {}
      },
    })
    return auditRefusal(deps, claimant, state, proved)
  })
}

async function proveByMessage<Found>(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  message: ChallengeMessage,
  question: Question<Found>,
  proof: Pick<StepProof, 'change' | 'note'> & { form: string },
): Promise<StepResult> {
  const twin = twinOf(claimant, proof.form)
  const proved = await prove(deps, challengeOf(claimant, state, twin), question, ({ spend, charge }) =>
    advance(deps, claimant, state, { ...proof, use: spend, charge }),
  )
  if (!proved.ok && proved.code === 'expired' && (await twin(deps))) return err('start_over')
  return proved.ok ? proved : sendAnother(deps, claimant, state, message, proved)
}

/** A wrong or expired passcode sends a new one by itself, within the limits (D6). */
export async function sendAnother(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  message: ChallengeMessage,
  proved: RefusedStep | Err<'expired'>,
): Promise<RefusedStep> {
  if (proved.code !== 'wrong' && proved.code !== 'expired') return proved
  const expired = proved.code === 'expired'
  const challenge = challengeOf(claimant, state)
  const slot = await takeMessageSlot(deps, state.person, message.channel, challenge.counters)
  if (!slot.ok) return err(expired ? 'mail_throttled' : 'wrong_mail_throttled', slot.detail)
  await transact(deps, (deps) => sendMessage(deps, challenge, message))
  return err(expired ? 'expired_new_sent' : 'wrong_new_sent')
}

/** A passcode on demand, a minute after the last one (S19, N7); also where none could be sent before. */
export async function sendPasscodeAgain(deps: Deps, claimant: Claimant): Promise<StepResult | Result<'sent', never>> {
  const found = await requireStep(deps, claimant, ['verify-device', 'verify-factor'])
  if (!found.ok) return found.detail
  const { state, step } = found.value
  const challenge = challengeOf(claimant, state)
  const factor = chosenOf(state, askedFactors(state, deps.clock.now()))
  const message =
    step === 'verify-device' ? deviceMessage(challenge) : factor && messageOf(deps, challenge, factor, 'factor')
  if (message === null) return ok({ kind: 'step' as const, step, until: null })
  return resendMessage(deps, challenge, message)
}

/** Another of the factors that this sign-in may ask for; its passcode goes out, if it is a message (E5, S2, S19). */
export async function chooseFactor(deps: Deps, claimant: Claimant, factorId: string): Promise<StepResult> {
  const found = await requireStep(deps, claimant, ['verify-factor'])
  if (!found.ok) return found.detail
  const { state } = found.value
  const factor = askedFactors(state, deps.clock.now()).find((each) => each.id === factorId)
  if (factor === undefined) return ok({ kind: 'step', step: 'verify-factor', until: null })
  const chosen = await advance(deps, claimant, state, { change: { chosenFactorId: factor.id }, charge: null })
  const challenge = challengeOf(claimant, state)
  const message = messageOf(deps, challenge, factor, 'factor')
  if (!chosen.ok || message === null) return chosen
  // One that went out a moment ago is still good; at the limit the page says when the next can come.
  if ((await newestSentAt(deps, message.scope)) !== null) return chosen
  const sent = await resendMessage(deps, challenge, message)
  return sent.ok ? chosen : sent
}

/** The passcode of the factor that is asked now; which person's, the attempt decides (S2). */
export async function proveFactor(deps: Deps, claimant: Claimant, typed: string, trust = false): Promise<StepResult> {
  const form = formHash(claimant.attemptHash, { name: trust ? 'factor, trusting' : 'factor', typed })
  return answered(deps, claimant, form, async () => {
    const found = await requireStep(deps, claimant, ['verify-factor'])
    if (!found.ok) return found.detail
    const { state } = found.value
    const factors = askedFactors(state, deps.clock.now())
    const factor = chosenOf(state, factors)
    const challenge = challengeOf(claimant, state)
    const message = factor && messageOf(deps, challenge, factor, 'factor')
    if (factor === null || (isMessaged(factor.kind) && message === null)) {
      return ok({ kind: 'step', step: 'verify-factor', until: null })
    }
    const question = byFactor(challenge, factors, factor, typed)
    const proof = (factorId: string) => ({ form, ...factorProof(deps, factorId, trust) })
    const proved =
      message === null
        ? await proveWithoutMessage(deps, claimant, state, question, proof)
        : await proveByMessage(deps, claimant, state, message, question, proof(factor.id))
    return auditRefusal(deps, claimant, state, proved)
  })
}

function factorProof(deps: Pick<Deps, 'clock'>, factorId: string, trust: boolean): Pick<StepProof, 'change'> {
  const now = deps.clock.now()
  return { change: { factorProvedAt: now, factorId, ...(trust ? { trustWantedAt: now } : {}) } }
}

/** One transaction: whoever finds the attempt's last try taken is refused, right or wrong, and nothing is kept (S4). */
function proveWithoutMessage(
  deps: Deps,
  claimant: Claimant,
  state: SignInState,
  question: Question<ProvedFactor>,
  proof: (factorId: string) => Pick<StepProof, 'change' | 'form'>,
): Promise<StepResult> {
  return transactResult(
    deps,
    async (deps): Promise<StepResult> =>
      proveAtOnce(deps, challengeOf(claimant, state), question, ({ found, spend, charge }) =>
        advanceIn(deps, claimant, state, { ...proof(found.factorId), use: spend, charge }),
      ),
    (result) => result.ok || result.code !== 'start_over',
  )
}

/** A recovery code in place of the passcode, once; at device verification only one that an admin issued (R1, R3). */
export async function proveRecoveryCode(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  const form = formHash(claimant.attemptHash, { name: 'recovery', typed })
  return answered(deps, claimant, form, async () => {
    const found = await requireStep(deps, claimant, ['verify-factor', 'verify-device'])
    if (!found.ok) return found.detail
    const { state, step } = found.value
    const { person } = state
    const kinds = step === 'verify-factor' ? (['saved', 'issued'] as const) : (['issued'] as const)
    const question = byRecoveryCode({ person, request: claimant.request }, typed, kinds)
    const challenge = challengeOf(claimant, state, twinOf(claimant, form))
    const proved = await prove(deps, challenge, question, ({ found, spend, charge }) =>
      advance(deps, claimant, state, { form, ...recoveryProof(deps, claimant, state, found), use: spend, charge }),
    )
    return auditRefusal(deps, claimant, state, proved)
  })
}

/** An issued one leads to enrolling anew, or stands for the mailed passcode (S11). */
function recoveryProof(
  deps: Pick<Deps, 'clock'>,
  claimant: Claimant,
  { person }: SignInState,
  code: CodeMatch,
): Pick<StepProof, 'change' | 'note'> {
  const change = { recoveryProvedAt: deps.clock.now(), recoveryCodeId: code.id }
  const reader = readerOf(person, claimant.locale)
  if (code.kind === 'issued') {
    return {
      change: { ...change, recoveryAnswer: 'lost' },
      note: async (deps) => {
        await recordEvent(deps, personEvent(person, claimant, 'issued_code_used', { factorType: 'recovery' }))
        await enqueueMail(deps, { ...reader, template: 'issued_code_used', values: {} })
        return {}
      },
    }
  }
  return {
    change,
    note: async (deps) => {
      const { number, left } = code
      const event = { factorType: 'recovery', data: { number, left } }
      await recordEvent(deps, personEvent(person, claimant, 'recovery_code_used', event))
      await enqueueMail(deps, { ...reader, template: 'recovery_code_used', values: { left } })
      if (left > 0) return {}
      await noteCodesOpen(deps.db, person.id, null)
      return { person: { ...person, recoveryCodesAt: null } }
    },
  }
}

/** Whether the authenticator is lost, or only not at hand (R1). */
export async function answerIfLost(deps: Deps, claimant: Claimant, answer: 'lost' | 'at_hand'): Promise<StepResult> {
  const form = formHash(claimant.attemptHash, { name: 'lost', typed: answer })
  return answered(deps, claimant, form, async () => {
    const found = await requireStep(deps, claimant, ['ask-if-lost'])
    if (!found.ok) return found.detail
    return advance(deps, claimant, found.value.state, { form, change: { recoveryAnswer: answer }, charge: null })
  })
}
