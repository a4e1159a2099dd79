import { recordEvent } from '../../../audit/service'
import { transact } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { TOTP_DEFAULTS } from '../../../core/otp/totp'
import { transactResult } from '../../../core/transaction'
import { isMessaged } from '../../../credentials/factor/rules'
import { noteFactorUsed } from '../../../credentials/factor/service'
import { clockOffset, readHints, writeHints } from '../../../credentials/factor/totp/rules'
import { clockHints, matchConfirmed, useStep } from '../../../credentials/factor/totp/service'
import { findPasscode, newestSentAt, usePasscode } from '../../../credentials/passcode/service'
import { matchCode, useCode } from '../../../credentials/recovery/service'
import { chargeFactorTry } from '../../../credentials/throttle/service'
import type { Claimant } from '../../../identity/actor/types'
import { noteCodesOpen } from '../../../identity/user/service'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import {
  auditRefusal,
  type Charge,
  chargeTry,
  chosenOf,
  counters,
  deviceWay,
  factorWay,
  mailTo,
  personEvent,
  type RefusedStep,
  refundTry,
  refuse,
  refuseIn,
  requireStep,
  type StepResult,
  sendNow,
  type Way,
} from '../attempt/service'
import { updateClockHint, updateFailures } from '../attempt/store'
import { advance, advanceIn, type Proof } from '../finish/service'
import { askedFactors, MAX_FAILURES } from '../rules'
import type { SignInState } from '../types'

/** D5, D6, D8. A wrong or expired passcode sends a new one by itself, within the limits. */
export async function proveDevice(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  return auditRefusal(deps, claimant, await proveDeviceQuietly(deps, claimant, typed))
}

async function proveDeviceQuietly(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  const found = await requireStep(deps, claimant, ['verify-device'])
  if (!found.ok) return found.detail
  const { state } = found.value
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
  const charged = await chargeTry(deps, state)
  if ('refused' in charged) return charged
  const judged = await findPasscode(deps, way.scope, typed)
  if (judged.verdict === 'right') return { passcodeId: judged.id, charge: charged }
  if (judged.verdict === 'expired') await refundTry(deps, state, charged)
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
  const found = await requireStep(deps, claimant, ['verify-device', 'verify-factor'])
  if (!found.ok) return found.detail
  const { state, step } = found.value
  const chosen = chosenOf(state, askedFactors(state, deps.clock.now())) ?? undefined
  const way = step === 'verify-device' ? deviceWay(deps, claimant, state) : factorWay(deps, claimant, state, chosen)
  if (way === null) return ok({ kind: 'step' as const, step, until: null })
  return sendNow(deps, way)
}

/** E5, S2, S19: another of the factors that this sign-in may ask for; its passcode goes out, if it is a message. */
export async function chooseFactor(deps: Deps, claimant: Claimant, factorId: string): Promise<StepResult> {
  const found = await requireStep(deps, claimant, ['verify-factor'])
  if (!found.ok) return found.detail
  const { state } = found.value
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
  const found = await requireStep(deps, claimant, ['verify-factor'])
  if (!found.ok) return found.detail
  const { state } = found.value
  const chosen = chosenOf(state, askedFactors(state, deps.clock.now()))
  if (chosen === null) return ok({ kind: 'step', step: 'verify-factor', until: null })
  if (!isMessaged(chosen.kind))
    return auditRefusal(deps, claimant, await proveTotp(deps, claimant, state, typed, trust))
  const way = factorWay(deps, claimant, state, chosen)
  if (way === null) return ok({ kind: 'step', step: 'verify-factor', until: null })
  const now = deps.clock.now()
  const proved = await proveByMessage(deps, claimant, state, way, typed, {
    change: { factorProvedAt: now, factorId: chosen.id, ...(trust ? { trustWantedAt: now } : {}) },
    use: (deps) => noteFactorUsed(deps, state.person.id, chosen.id),
  })
  return auditRefusal(deps, claimant, proved)
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
    if (!(await updateFailures(deps.db, attempt.id, deps.clock.now(), MAX_FAILURES))) return err('start_over')
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
  return auditRefusal(deps, claimant, await proveRecoveryCodeQuietly(deps, claimant, typed))
}

async function proveRecoveryCodeQuietly(deps: Deps, claimant: Claimant, typed: string): Promise<StepResult> {
  const found = await requireStep(deps, claimant, ['verify-factor', 'verify-device'])
  if (!found.ok) return found.detail
  const { state, step } = found.value
  const { person } = state
  const charged = await chargeTry(deps, state, true)
  if ('refused' in charged) return charged.refused
  const match = await matchCode(deps, person.id, typed, step === 'verify-factor' ? ['saved', 'issued'] : ['issued'])
  if (!match.ok) {
    await refundTry(deps, state, charged)
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
  const found = await requireStep(deps, claimant, ['ask-if-lost'])
  if (!found.ok) return found.detail
  return advance(deps, claimant, found.value.state, { change: { recoveryAnswer: answer }, charge: null })
}
