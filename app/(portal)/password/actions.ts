'use server'

import { changePassword, resetPassword } from '@/lib/authentication/account/password/service'
import { landingPath } from '@/lib/authentication/session/rules'
import { linkRequestSchema } from '@/lib/authentication/signin/schema'
import { requestLink } from '@/lib/credentials/link/service'
import { demandedPasswordSchema, newPasswordSchema } from '@/lib/credentials/password/schema'
import { passwordAnswer } from '@/lib/web/forms/password'
import { defineAction } from '@/lib/web/gate/action'
import { keepSession, leaveUsedLink } from '@/lib/web/gate/cookies'
import { openedLink, requirePasswordDemanded, visitor } from '@/lib/web/gate/guard'

/** The same answer whoever has the address (R9, S13). */
export const askForReset = defineAction({
  schema: linkRequestSchema,
  kept: ['email'],
  gate: visitor,
  run: async (deps, actor, input) => {
    const asked = await requestLink(deps, actor, { kind: 'reset', email: input.email, returnTo: null })
    if (asked.ok) return { done: 'password.sent' }
    return asked.code === 'throttled'
      ? { error: asked.code, until: asked.detail.until }
      : { error: asked.code, field: 'email' }
  },
})

/** The link is spent by this post alone (R9, R12); it signs nobody in. */
export const setNewPassword = defineAction({
  schema: newPasswordSchema,
  gate: (link) => openedLink('reset', link),
  run: async (deps, { actor, token }, input) => {
    const set = await resetPassword(deps, actor, token, input.next)
    if (set.ok) {
      await leaveUsedLink('reset', token)
      return { to: '/sign-in?notice=password_set' }
    }
    switch (set.code) {
      case 'throttled':
        return { error: set.code, until: set.detail.until }
      case 'link_dead':
        return { error: 'mail_link_dead' }
      default:
        return passwordAnswer(set.code)
    }
  },
})

/** The one thing that somebody may do of whom a new password is demanded (D9). */
export const setDemandedPassword = defineAction({
  schema: demandedPasswordSchema,
  gate: requirePasswordDemanded,
  run: async (deps, actor, input) => {
    const changed = await changePassword(deps, actor, input)
    if (changed.ok) {
      await keepSession(actor, changed.value.token)
      return { to: landingPath(actor.person, null) }
    }
    return changed.code === 'throttled'
      ? { error: changed.code, until: changed.detail.until }
      : passwordAnswer(changed.code)
  },
})
