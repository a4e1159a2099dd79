'use server'

import { helpSchema } from '@/lib/authentication/reset/schema'
import { requestReset } from '@/lib/authentication/reset/service'
import { defineAction } from '@/lib/web/gate/action'
import { claimantOrStart } from '@/lib/web/gate/guard'

/** The password was given (R6, S19); nothing else is asked of whoever asks. */
export const askForFactorReset = defineAction({
  schema: helpSchema,
  kept: ['reason'],
  gate: claimantOrStart,
  run: async (deps, actor, input) => {
    const asked = await requestReset(deps, actor, input.reason)
    if (asked.ok) return asked.value === 'asked' ? { done: 'help.asked' } : { to: '/sign-in/help' }
    switch (asked.code) {
      case 'throttled':
        return { error: asked.code, until: asked.detail.until }
      case 'elsewhere':
        return { to: '/sign-in/help' }
      case 'nobody_to_ask':
        return { error: asked.code }
    }
  },
})
