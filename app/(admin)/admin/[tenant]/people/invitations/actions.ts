'use server'

import { changeInvitation } from '@/lib/administration/invitation/change/service'
import { typedDays } from '@/lib/administration/invitation/rules'
import { changeInvitationSchema, invitationSchema, oneInvitationSchema } from '@/lib/administration/invitation/schema'
import { invite, sendAgain, withdraw } from '@/lib/administration/invitation/service'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { invitationPath, invitationsPath, withTyped } from '@/lib/web/paths'

/** R10. Without a fresh proof what was typed is kept in the address while the admin gives it. */
export const invitePerson = defineAdminAction({
  schema: invitationSchema,
  kept: ['email', 'name', 'role', 'locale', 'days'],
  act: 'invite',
  back: ({ tenant, days, ...typed }) => withTyped(invitationsPath(tenant), { ...typed, days: typedDays(days) }),
  run: async (deps, admin, { tenant, ...typed }) => {
    const invited = await invite(deps, admin, typed)
    if (invited.ok) return { to: `${invitationsPath(tenant)}?notice=sent` }
    switch (invited.code) {
      case 'throttled':
        return { error: invited.code, until: invited.detail.until }
      case 'not_permitted':
        return { error: invited.code, field: 'role' }
      case 'days_out_of_range':
      case 'no_day_named':
        return { error: invited.code, field: 'days' }
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

/** What it gives, in which language the next mail is, and for how long its links are valid (R10). */
export const changeInvitationOf = defineAdminAction({
  schema: changeInvitationSchema,
  kept: ['role', 'locale', 'days'],
  act: 'change_invitation',
  back: ({ tenant, invitation, days, ...typed }) =>
    withTyped(invitationPath(tenant, invitation), { ...typed, days: typedDays(days) }),
  run: async (deps, admin, { tenant, invitation, ...wanted }) => {
    const changed = await changeInvitation(deps, admin, invitation, wanted)
    if (changed.ok) return { to: `${invitationsPath(tenant)}?notice=${changed.value}` }
    switch (changed.code) {
      case 'not_permitted':
        return { error: changed.code, field: 'role' }
      case 'days_out_of_range':
      case 'no_day_named':
        return { error: changed.code, field: 'days' }
      default:
        return { error: changed.code }
    }
  },
})
