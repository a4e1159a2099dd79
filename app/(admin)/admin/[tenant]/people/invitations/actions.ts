'use server'

import { invitationSchema, oneInvitationSchema } from '@/lib/administration/invitation/schema'
import { invite, sendAgain, withdraw } from '@/lib/administration/invitation/service'
import { defineAction } from '@/lib/web/gate/action'
import { asSteppedUpAdmin, requireAssured, tenantAdmin } from '@/lib/web/gate/guard'
import { invitationsPath, stepUpFor, withWish } from '@/lib/web/people'

const NOT_ALLOWED = { error: 'not_allowed', status: 403 } as const

/** R10. Without a fresh proof what was typed is kept in the address while the admin gives it. */
export const invitePerson = defineAction({
  schema: invitationSchema,
  kept: ['email', 'name', 'role', 'locale'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const { tenant, ...wish } = input
    const here = invitationsPath(tenant)
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) return { to: stepUpFor(withWish(here, wish)) }
    const invited = await invite(deps, steppedUp, wish)
    if (invited.ok) return { to: `${here}?notice=sent` }
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

export const inviteAgain = defineAction({
  schema: oneInvitationSchema,
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const here = invitationsPath(input.tenant)
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) return { to: stepUpFor(here) }
    const sent = await sendAgain(deps, steppedUp, input.invitation)
    if (sent.ok) return { to: `${here}?notice=sent` }
    return sent.code === 'throttled' ? { error: sent.code, until: sent.detail.until } : { error: sent.code }
  },
})

export const withdrawInvitation = defineAction({
  schema: oneInvitationSchema,
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const here = invitationsPath(input.tenant)
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) return { to: stepUpFor(here) }
    const withdrawn = await withdraw(deps, steppedUp, input.invitation)
    return withdrawn.ok ? { to: `${here}?notice=withdrawn` } : { error: withdrawn.code }
  },
})
