'use server'

import { acceptInvitation, joinByInvitation } from '@/lib/administration/invitation/accept/service'
import { acceptSchema, joinSchema } from '@/lib/administration/invitation/schema'
import { passwordAnswer } from '@/lib/web/forms/password'
import { startedAnswer } from '@/lib/web/forms/signin'
import { defineAction } from '@/lib/web/gate/action'
import { dropLink, keepDevice } from '@/lib/web/gate/cookies'
import { browserSession, openedLink, requireAssured } from '@/lib/web/gate/guard'

/**
 * The link is spent by this post alone (R10, R12); the browser is known (D5), and the sign-in goes on in it. Of a
 * session that the page did not show it does not take the place (S26).
 */
export const acceptInvited = defineAction({
  schema: acceptSchema,
  gate: async (link) => ({
    ...(await openedLink('invitation', link)),
    session: (await browserSession())?.session ?? null,
  }),
  run: async (deps, { actor, token }, input) => {
    const accepted = await acceptInvitation(deps, actor, token, input.next)
    if (accepted.ok) {
      await dropLink(token)
      const { email, deviceToken, started } = accepted.value
      await keepDevice(deviceToken)
      return started === null ? { to: '/sign-in?notice=invited' } : startedAnswer(started, { email, returnTo: null })
    }
    switch (accepted.code) {
      case 'throttled':
        return { error: accepted.code, until: accepted.detail.until }
      case 'link_dead':
        return { error: 'mail_link_dead' }
      case 'has_account':
        return { to: '/invitation' }
      case 'address_held':
      case 'not_an_address':
        return { error: accepted.code }
      default:
        return passwordAnswer(accepted.code)
    }
  },
})

/** Whoever has an account already becomes a guest with it (U6). */
export const joinInvited = defineAction({
  schema: joinSchema,
  gate: async (link) => ({ ...(await openedLink('invitation', link)), actor: await requireAssured() }),
  run: async (deps, { actor, token }) => {
    const joined = await joinByInvitation(deps, actor, token)
    if (joined.ok) {
      await dropLink(token)
      return { to: '/account' }
    }
    if (joined.code === 'throttled') return { error: joined.code, until: joined.detail.until }
    return { error: joined.code === 'link_dead' ? 'mail_link_dead' : joined.code }
  },
})
