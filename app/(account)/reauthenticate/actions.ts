'use server'

import { stepUpSchema } from '@/lib/account/schema'
import { finishMailStepUp, startMailStepUp, stepUpWithTotp } from '@/lib/account/service'
import { safeReturnPath } from '@/lib/signin/rules'
import { defineAction } from '@/lib/web/action'
import { requireAssured } from '@/lib/web/guard'
import { keepSession } from '@/lib/web/session'

export const reauthenticate = defineAction({
  schema: stepUpSchema,
  gate: requireAssured,
  run: async (deps, actor, input) => {
    const returnTo = safeReturnPath(input.returnTo) ?? '/account/security'
    const here = `/reauthenticate?return=${encodeURIComponent(returnTo)}`
    if (input.way === 'password') {
      const sent = await startMailStepUp(deps, actor, input.password)
      if (sent.ok) return { to: here }
      if (sent.code === 'throttled') return { error: sent.code, until: sent.detail.until }
      return sent.code === 'wrong' ? { error: 'wrong_password', field: 'password' } : { error: sent.code }
    }
    const prove = input.way === 'totp' ? stepUpWithTotp : finishMailStepUp
    const proved = await prove(deps, actor, input.passcode)
    if (proved.ok) {
      await keepSession(actor, proved.value.token)
      return { to: returnTo }
    }
    switch (proved.code) {
      case 'throttled':
        return { error: proved.code, until: proved.detail.until }
      case 'wrong':
        return { error: input.way === 'totp' ? 'totp_wrong' : 'code_wrong' }
      case 'expired':
        return { error: 'passcode_expired' }
      case 'busy':
      case 'conflict':
        return { error: proved.code }
    }
  },
})
