'use server'

import { sendProofSchema, stepUpSchema } from '@/lib/authentication/account/schema'
import {
  finishMailStepUp,
  sendStepUpPasscode,
  startMailStepUp,
  stepUpByMessage,
  stepUpWithFactor,
} from '@/lib/authentication/account/stepup/service'
import { safeReturnPath } from '@/lib/authentication/signin/rules'
import { defineAction } from '@/lib/web/gate/action'
import { keepSession } from '@/lib/web/gate/cookies'
import { requireAssured } from '@/lib/web/gate/guard'
import { SECURITY_PATH, stepUpFor } from '@/lib/web/paths'

export const reauthenticate = defineAction({
  schema: stepUpSchema,
  gate: requireAssured,
  run: async (deps, actor, input) => {
    const returnTo = safeReturnPath(input.returnTo) ?? SECURITY_PATH
    const here = stepUpFor(returnTo)
    if (input.method === 'password') {
      const sent = await startMailStepUp(deps, actor, input.password)
      if (sent.ok) return { to: here }
      if (sent.code === 'throttled') return { error: sent.code, until: sent.detail.until }
      return sent.code === 'wrong' ? { error: 'wrong_password', field: 'password' } : { error: sent.code }
    }
    const proved =
      input.method === 'message'
        ? await stepUpByMessage(deps, actor, input.factor, input.passcode)
        : input.method === 'factor'
          ? await stepUpWithFactor(deps, actor, input.passcode, input.factor)
          : await finishMailStepUp(deps, actor, input.passcode)
    if (proved.ok) {
      await keepSession(actor, proved.value.token)
      return { to: returnTo }
    }
    switch (proved.code) {
      case 'throttled':
        return { error: proved.code, until: proved.detail.until }
      case 'wrong':
        return { error: input.method === 'factor' ? 'totp_wrong' : 'code_wrong', field: 'passcode' }
      case 'expired':
        return { error: 'passcode_expired', field: 'passcode' }
      case 'busy':
      case 'conflict':
        return { error: proved.code }
    }
  },
})

/** The passcode of an e-mail or SMS factor, on demand. */
export const sendProof = defineAction({
  schema: sendProofSchema,
  gate: requireAssured,
  run: async (deps, actor, input) => {
    const sent = await sendStepUpPasscode(deps, actor, input.factor)
    if (sent.ok) {
      const returnTo = safeReturnPath(input.returnTo) ?? SECURITY_PATH
      return { to: stepUpFor(returnTo, { factor: input.factor }) }
    }
    return sent.code === 'mail_throttled' ? { error: sent.code, until: sent.detail.until } : { error: sent.code }
  },
})
