'use server'

import { invitationSchema, oneInvitationSchema } from '@/lib/administration/invitation/schema'
import { invite, sendAgain, withdraw } from '@/lib/administration/invitation/service'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { invitationsPath, withTyped } from '@/lib/web/paths'

/** R10. Without a fresh proof what was typed is kept in the address while the admin gives it. */
export const invitePerson = defineAdminAction({
  schema: invitationSchema,
  kept: ['email', 'name', 'role', 'locale'],
  act: 'invite',
  back: ({ tenant, ...typed }) => withTyped(invitationsPath(tenant), typed),
  run: async (deps, admin, { tenant, ...typed }) => {
    const invited = await invite(deps, admin, typed)
    if (invited.ok) return { to: `${invitationsPath(tenant)}?notice=sent` }
    switch (invited.code) {
      case 'throttled':
        return { error: invited.code, until: invited.detail.until }
      case 'not_permitted':
        return { error: invited.code, field: 'role' }
      default:
        return { error: invited.code, field: 'email' }
    }
  },
})

export const inviteAgain = defineAdminAction({
  schema: oneInvitationSchema,
  act: 'invite',
  back: ({ tenant }) => invitationsPath(tenant),
  run: async (deps, admin, input) => {
    const sent = await sendAgain(deps, admin, input.invitation)
    if (sent.ok) return { to: `${invitationsPath(input.tenant)}?notice=sent` }
    return sent.code === 'throttled' ? { error: sent.code, until: sent.detail.until } : { error: sent.code }
  },
})

export const withdrawInvitation = defineAdminAction({
  schema: oneInvitationSchema,
  act: 'withdraw_invitation',
  back: ({ tenant }) => invitationsPath(tenant),
  run: async (deps, admin, input) => {
    const withdrawn = await withdraw(deps, admin, input.invitation)
    return withdrawn.ok ? { to: `${invitationsPath(input.tenant)}?notice=withdrawn` } : { error: withdrawn.code }
  },
})
