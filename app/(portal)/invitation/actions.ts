'use server'

import { acceptInvitation, joinByInvitation } from '@/lib/administration/invitation/accept/service'
import { acceptSchema, joinSchema } from '@/lib/administration/invitation/schema'
import { passwordAnswer } from '@/lib/web/forms/password'
import { defineAction } from '@/lib/web/gate/action'
import { clearCookie, keepDevice } from '@/lib/web/gate/cookies'
import { openedLink, requireAssured } from '@/lib/web/gate/guard'
import { LINK_COOKIE } from '@/lib/web/server/request'

/** The link is spent by this post alone (R10, R12); it signs nobody in, and the browser is known (D5). */
export const acceptInvited = defineAction({
  schema: acceptSchema,
  gate: () => openedLink('invitation'),
  run: async (deps, { actor, token }, input) => {
    const accepted = await acceptInvitation(deps, actor, token, input.next)
    if (accepted.ok) {
      await clearCookie(LINK_COOKIE)
      await keepDevice(accepted.value.deviceToken)
      return { to: '/sign-in?notice=invited' }
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
  gate: async () => ({ actor: await requireAssured(), token: (await openedLink('invitation')).token }),
  run: async (deps, { actor, token }) => {
    const joined = await joinByInvitation(deps, actor, token)
    if (joined.ok) {
      await clearCookie(LINK_COOKIE)
      return { to: '/account' }
    }
    if (joined.code === 'throttled') return { error: joined.code, until: joined.detail.until }
    return { error: joined.code === 'link_dead' ? 'mail_link_dead' : joined.code }
  },
})
