'use server'

import { z } from 'zod'
import { lostSchema, passcodeSchema, passwordStepSchema, recoveryCodeSchema } from '@/lib/signin/schema'
import {
  answerIfLost,
  cancel,
  finish,
  proveDevice,
  proveRecoveryCode,
  proveTotp,
  sendDevicePasscode,
  startWithPassword,
} from '@/lib/signin/service'
import { defineAction, defineButton } from '@/lib/web/action'
import { ATTEMPT_COOKIE } from '@/lib/web/cookie-names'
import { clearCookie } from '@/lib/web/cookies'
import { claimant, visitor } from '@/lib/web/guard'
import { claimantOrStart, startedAnswer, stepAnswer } from '@/lib/web/signin'

export const signIn = defineAction({
  schema: passwordStepSchema,
  kept: ['email'],
  gate: visitor,
  run: async (deps, actor, input) => {
    const started = await startWithPassword(deps, actor, input)
    if (started.ok) return startedAnswer(started.value)
    return { error: started.code, until: started.detail?.until }
  },
})

export const verifyDevice = defineAction({
  schema: passcodeSchema,
  gate: claimantOrStart,
  run: async (deps, actor, input) => stepAnswer(await proveDevice(deps, actor, input.passcode), 'code_wrong'),
})

/** S19: a passcode on demand. */
export const sendPasscode = defineAction({
  schema: z.object({}),
  gate: claimantOrStart,
  run: async (deps, actor) => {
    const sent = await sendDevicePasscode(deps, actor)
    if (sent.ok && sent.value === 'sent') return { done: 'device.sent' }
    return stepAnswer(sent, 'unexpected')
  },
})

export const verifyTotp = defineAction({
  schema: passcodeSchema,
  gate: claimantOrStart,
  run: async (deps, actor, input) => stepAnswer(await proveTotp(deps, actor, input.passcode), 'totp_wrong'),
})

export const verifyRecoveryCode = defineAction({
  schema: recoveryCodeSchema,
  gate: claimantOrStart,
  run: async (deps, actor, input) =>
    stepAnswer(await proveRecoveryCode(deps, actor, input.recoveryCode), 'recovery_wrong'),
})

export const answerLost = defineAction({
  schema: lostSchema,
  gate: claimantOrStart,
  run: async (deps, actor, input) => stepAnswer(await answerIfLost(deps, actor, input.answer), 'unexpected'),
})

export const finishSignIn = defineAction({
  schema: z.object({}),
  gate: claimantOrStart,
  run: async (deps, actor) => stepAnswer(await finish(deps, actor), 'unexpected'),
})

export const cancelSignIn = defineButton({
  schema: z.object({}),
  gate: claimant,
  run: async (deps, actor) => {
    if (actor !== null) await cancel(deps, actor)
    await clearCookie(ATTEMPT_COOKIE)
    return { to: '/sign-in' }
  },
})
