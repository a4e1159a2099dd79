'use server'

import { z } from 'zod'
import { cancelSignIn } from '@/lib/authentication/signin/attempt/service'
import { finishSignIn } from '@/lib/authentication/signin/finish/service'
import { startWithLink } from '@/lib/authentication/signin/link/service'
import {
  answerIfLost,
  chooseFactor,
  proveDevice,
  proveFactor,
  proveRecoveryCode,
  sendPasscodeAgain,
} from '@/lib/authentication/signin/prove/service'
import { safeReturnPath } from '@/lib/authentication/signin/rules'
import {
  factorChoiceSchema,
  linkRequestSchema,
  lostSchema,
  passcodeSchema,
  passwordStepSchema,
  recoveryCodeSchema,
  trustedPasscodeSchema,
} from '@/lib/authentication/signin/schema'
import { startWithPassword } from '@/lib/authentication/signin/start/service'
import { requestLink } from '@/lib/credentials/link/service'
import { startedAnswer, stepAnswer } from '@/lib/web/forms/signin'
import { defineAction, defineButton } from '@/lib/web/gate/action'
import { clearCookie, forgetBegun, hasCookies, leaveUsedLink } from '@/lib/web/gate/cookies'
import { browserSession, claimant, claimantOrStart, openedLink, visitor } from '@/lib/web/gate/guard'
import { ATTEMPT_COOKIE } from '@/lib/web/server/request'

export const signIn = defineAction({
  schema: passwordStepSchema,
  kept: ['email'],
  gate: visitor,
  run: async (deps, actor, input) => {
    if (input.cookies === 'asked' && !(await hasCookies())) {
      // Some browsers drop the cookies of an address without TLS, be it this very machine's.
      return { error: deps.publicUrl.startsWith('https:') ? 'cookies_blocked' : 'cookies_dropped' }
    }
    const started = await startWithPassword(deps, actor, input)
    if (started.ok) {
      return startedAnswer(started.value, { email: input.email, returnTo: safeReturnPath(input.returnTo) })
    }
    return { error: started.code, until: started.detail?.until }
  },
})

export const verifyDevice = defineAction({
  schema: passcodeSchema,
  gate: claimantOrStart,
  run: async (deps, actor, input) => stepAnswer(await proveDevice(deps, actor, input.passcode), 'code_wrong'),
})

/** A passcode on demand (S19). */
export const sendSignInPasscode = defineAction({
  schema: z.object({}),
  gate: claimantOrStart,
  run: async (deps, actor) => {
    const sent = await sendPasscodeAgain(deps, actor)
    if (sent.ok && sent.value === 'sent') return { done: 'device.sent' }
    return stepAnswer(sent, 'unexpected')
  },
})

/** The box counts only with the passcode it stands above (D1). */
export const verifyFactor = defineAction({
  schema: trustedPasscodeSchema,
  kept: ['trust'],
  gate: claimantOrStart,
  run: async (deps, actor, input) =>
    stepAnswer(await proveFactor(deps, actor, input.passcode, input.trust), 'totp_wrong'),
})

/** "Try another way": another enrolled factor is asked (E5). */
export const tryAnother = defineAction({
  schema: factorChoiceSchema,
  gate: claimantOrStart,
  run: async (deps, actor, input) => stepAnswer(await chooseFactor(deps, actor, input.factor), 'unexpected'),
})

/** The same answer whoever has the address (U1, S13). */
export const askForLink = defineAction({
  schema: linkRequestSchema,
  kept: ['email'],
  gate: visitor,
  run: async (deps, actor, input) => {
    const returnTo = safeReturnPath(input.returnTo)
    const asked = await requestLink(deps, actor, { kind: 'magic', email: input.email, returnTo })
    if (asked.ok) return { done: 'link.sent' }
    return asked.code === 'throttled'
      ? { error: asked.code, until: asked.detail.until }
      : { error: asked.code, field: 'email' }
  },
})

/** The click that spends a mailed sign-in link (U1, R12). */
export const signInByLink = defineAction({
  schema: z.object({}),
  // It takes the place of the session there is: of one that its page did not show, it does not (S26).
  gate: async (link) => ({ ...(await openedLink('magic', link)), session: (await browserSession())?.session ?? null }),
  run: async (deps, { actor, token }) => {
    const started = await startWithLink(deps, actor, token)
    if (started.ok) {
      await leaveUsedLink('magic', token)
      return startedAnswer(started.value)
    }
    switch (started.code) {
      case 'link_dead':
        return { error: 'mail_link_dead' }
      case 'password_needed':
        return { to: '/sign-in?notice=password_needed' }
      case 'throttled':
        return { error: started.code, until: started.detail.until }
    }
  },
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

export const completeSignIn = defineAction({
  schema: z.object({}),
  gate: claimantOrStart,
  run: async (deps, actor) => stepAnswer(await finishSignIn(deps, actor), 'unexpected'),
})

/** Works also when the sign-in is over already; another one than its page's it does not end (S26). */
export const leaveSignIn = defineButton({
  schema: z.object({}),
  gate: claimant,
  run: async (deps, actor) => {
    if (actor !== null) await cancelSignIn(deps, actor)
    await clearCookie(ATTEMPT_COOKIE)
    await forgetBegun()
    return { to: '/sign-in' }
  },
})
