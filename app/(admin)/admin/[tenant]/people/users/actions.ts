'use server'

import {
  addressSchema,
  exemptSchema,
  personSchema,
  personWithReasonSchema,
  resetSchema,
  roleSchema,
  sessionOfPersonSchema,
  sessionsOfPersonSchema,
} from '@/lib/administration/people/schema'
import {
  changeRole,
  containPerson,
  endExemptionOf,
  endMembership,
  endSessionsOfPerson,
  exempt,
  forgetDevicesOf,
  issueCode,
  reactivate,
  resetTwoFactor,
  suspend,
} from '@/lib/administration/people/service'
import { giveAddress } from '@/lib/authentication/email-change/service'
import { defineAction } from '@/lib/web/gate/action'
import { asFreshAdmin, requireAssured, tenantAdmin } from '@/lib/web/gate/guard'
import { actPath, boxWish, peoplePath, personPath, stepUpFor } from '@/lib/web/people'

const NOT_ALLOWED = { error: 'not_allowed', status: 403 } as const
const done = (input: { tenant: string; user: string }, notice: string) => ({
  to: `${personPath(input.tenant, input.user)}?notice=${notice}`,
})

/** R5. With the box ticked the answer holds the code, once (S10). */
export const resetPerson = defineAction({
  schema: resetSchema,
  kept: ['reason', 'withCode'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null)
      return {
        to: stepUpFor(
          actPath(input.tenant, input.user, 'reset', { reason: input.reason, withCode: boxWish(input.withCode) }),
        ),
      }
    const reset = await resetTwoFactor(deps, fresh, input.user, input)
    if (!reset.ok) return { error: reset.code }
    return reset.value.code === null ? done(input, 'reset') : { data: { code: reset.value.code } }
  },
})

/** R3, S10: the code is in this one answer. */
export const makeCodeFor = defineAction({
  schema: personWithReasonSchema,
  kept: ['reason'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null) return { to: stepUpFor(actPath(input.tenant, input.user, 'code', { reason: input.reason })) }
    const issued = await issueCode(deps, fresh, input.user, input.reason)
    return issued.ok ? { data: { code: issued.value.code } } : { error: issued.code }
  },
})

/** SE1; with the box SE4. */
export const endAllSessionsOf = defineAction({
  schema: sessionsOfPersonSchema,
  kept: ['devices'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null)
      return { to: stepUpFor(actPath(input.tenant, input.user, 'sessions', { devices: boxWish(input.devices) })) }
    const ended = input.devices
      ? await containPerson(deps, fresh, input.user)
      : await endSessionsOfPerson(deps, fresh, input.user, null)
    return ended.ok ? done(input, 'sessions') : { error: ended.code }
  },
})

export const endSessionOf = defineAction({
  schema: sessionOfPersonSchema,
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null) return { to: stepUpFor(personPath(input.tenant, input.user)) }
    const ended = await endSessionsOfPerson(deps, fresh, input.user, input.session)
    if (!ended.ok) return { error: ended.code }
    return done(input, ended.value.ended > 0 ? 'session' : 'unchanged')
  },
})

/** D4. */
export const forgetAllDevicesOf = defineAction({
  schema: personSchema,
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null) return { to: stepUpFor(actPath(input.tenant, input.user, 'devices')) }
    const forgotten = await forgetDevicesOf(deps, fresh, input.user)
    return forgotten.ok ? done(input, 'devices') : { error: forgotten.code }
  },
})

export const suspendPerson = defineAction({
  schema: personWithReasonSchema,
  kept: ['reason'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null) return { to: stepUpFor(actPath(input.tenant, input.user, 'suspend', { reason: input.reason })) }
    const suspended = await suspend(deps, fresh, input.user, input.reason)
    if (suspended.ok) return done(input, 'suspended')
    return suspended.code === 'already_so' ? done(input, 'unchanged') : { error: suspended.code }
  },
})

export const reactivatePerson = defineAction({
  schema: personSchema,
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null) return { to: stepUpFor(actPath(input.tenant, input.user, 'reactivate')) }
    const active = await reactivate(deps, fresh, input.user)
    if (active.ok) return done(input, 'reactivated')
    return active.code === 'already_so' ? done(input, 'unchanged') : { error: active.code }
  },
})

export const changeRoleOf = defineAction({
  schema: roleSchema,
  kept: ['role'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null) return { to: stepUpFor(actPath(input.tenant, input.user, 'role', { role: input.role })) }
    const changed = await changeRole(deps, fresh, input.user, input.role)
    if (changed.ok) return done(input, 'role')
    return changed.code === 'already_so' ? done(input, 'unchanged') : { error: changed.code }
  },
})

/** R11. */
export const changeAddressOf = defineAction({
  schema: addressSchema,
  kept: ['email', 'reason'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null)
      return {
        to: stepUpFor(actPath(input.tenant, input.user, 'address', { email: input.email, reason: input.reason })),
      }
    const changed = await giveAddress(deps, fresh, input.user, input)
    if (changed.ok) return done(input, 'address')
    switch (changed.code) {
      case 'not_found':
      case 'not_permitted':
        return { error: changed.code }
      default:
        return { error: changed.code, field: 'email' }
    }
  },
})

/** U9. */
export const exemptPerson = defineAction({
  schema: exemptSchema,
  kept: ['days', 'reason'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null)
      return {
        to: stepUpFor(actPath(input.tenant, input.user, 'exempt', { days: String(input.days), reason: input.reason })),
      }
    const exempted = await exempt(deps, fresh, input.user, input)
    if (exempted.ok) return done(input, 'exempt')
    return { error: exempted.code, ...(exempted.code === 'no_days_left' ? { field: 'days' } : {}) }
  },
})

export const endExemption = defineAction({
  schema: personSchema,
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null) return { to: stepUpFor(actPath(input.tenant, input.user, 'unexempt')) }
    const ended = await endExemptionOf(deps, fresh, input.user)
    if (ended.ok) return done(input, 'unexempt')
    return ended.code === 'already_so' ? done(input, 'unchanged') : { error: ended.code }
  },
})

/** U6: of a guest. */
export const endMembershipOf = defineAction({
  schema: personWithReasonSchema,
  kept: ['reason'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const fresh = asFreshAdmin(admin)
    if (fresh === null)
      return { to: stepUpFor(actPath(input.tenant, input.user, 'membership', { reason: input.reason })) }
    const ended = await endMembership(deps, fresh, input.user, input.reason)
    return ended.ok ? { to: `${peoplePath(input.tenant)}?notice=membership` } : { error: ended.code }
  },
})
