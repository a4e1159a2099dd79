'use server'

import { forgetDevicesOfPerson, forgetDevicesOfTenant } from '@/lib/authentication/devices/service'
import { deliverableKinds } from '@/lib/identity/policy/rules'
import {
  deviceRulesSchema,
  recoveryRulesSchema,
  requirementSchema,
  tenantAndPersonSchema,
  tenantSchema,
} from '@/lib/identity/policy/schema'
import { changeDeviceRules, changeIssuedCodes, changeRequirement } from '@/lib/identity/policy/service'
import {
  deviceRulesWish,
  fieldOutOfRange,
  fieldWithoutKind,
  requirementWish,
  wantedDeviceRules,
  wantedKinds,
} from '@/lib/web/forms/policy'
import { defineAction } from '@/lib/web/gate/action'
import { asSteppedUpAdmin, requireAssured, tenantAdmin } from '@/lib/web/gate/guard'

const base = (tenant: string) => `/admin/${tenant}/security/advanced`
const devices = (tenant: string) => `${base(tenant)}/devices`
const stepUp = (path: string) => ({ to: `/reauthenticate?return=${encodeURIComponent(path)}` })

/** P1, P3, P7, P10. Without a fresh proof the wish is kept in the address while the admin gives one. */
export const saveRequirement = defineAction({
  schema: requirementSchema,
  kept: [
    'teamRequired',
    'endRequired',
    'endSessions',
    'team_totp',
    'team_email',
    'team_sms',
    'end_totp',
    'end_email',
    'end_sms',
  ],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return { error: 'not_allowed', status: 403 }
    const here = base(input.tenant)
    if (input.preview !== undefined) return { to: `${here}?${requirementWish(input)}&look=1` }
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) return stepUp(`${here}?${requirementWish(input)}`)
    const kinds = wantedKinds(input)
    const changed = await changeRequirement(deps, steppedUp, {
      version: input.version,
      required: { team: input.teamRequired, end: input.endRequired },
      kinds,
      endSessions: input.endSessions,
    })
    if (changed.ok) return { to: `${here}?notice=${changed.value === 'changed' ? 'saved' : 'unchanged'}` }
    if (changed.code !== 'no_kind') return { error: changed.code }
    return { error: 'no_kind', field: fieldWithoutKind(kinds, deliverableKinds(deps)) }
  },
})

/** How long a device may be trusted, with effect at once (D1, D3), and whether end users' are verified (D5). */
export const saveDeviceRules = defineAction({
  schema: deviceRulesSchema,
  kept: ['teamTrust', 'teamDays', 'endTrust', 'endDays', 'endVerification'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return { error: 'not_allowed', status: 403 }
    const here = devices(input.tenant)
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) return stepUp(`${here}?${deviceRulesWish(input)}`)
    const wanted = wantedDeviceRules(input)
    const changed = await changeDeviceRules(deps, steppedUp, { version: input.version, ...wanted })
    if (changed.ok) return { to: `${here}?notice=${changed.value === 'changed' ? 'saved' : 'unchanged'}` }
    if (changed.code !== 'trust_out_of_range') return { error: changed.code }
    return { error: 'trust_out_of_range', field: fieldOutOfRange(wanted) }
  },
})

/** Whether codes may be issued for end users (R4). */
export const saveRecoveryRules = defineAction({
  schema: recoveryRulesSchema,
  kept: ['endCodes'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return { error: 'not_allowed', status: 403 }
    const here = `${base(input.tenant)}/recovery`
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) return stepUp(`${here}?end=${input.endCodes ? 1 : 0}`)
    const changed = await changeIssuedCodes(deps, steppedUp, { endUsers: input.endCodes, version: input.version })
    if (!changed.ok) return { error: changed.code }
    return { to: `${here}?notice=${changed.value === 'changed' ? 'saved' : 'unchanged'}` }
  },
})

/** Everybody at home here, by one write (D4). */
export const forgetDevicesOfAll = defineAction({
  schema: tenantSchema,
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return { error: 'not_allowed', status: 403 }
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) return stepUp(`${devices(input.tenant)}?forget=all`)
    await forgetDevicesOfTenant(deps, steppedUp)
    return { to: `${devices(input.tenant)}?notice=all_forgotten` }
  },
})

export const forgetDevicesOfOne = defineAction({
  schema: tenantAndPersonSchema,
  kept: ['email'],
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return { error: 'not_allowed', status: 403 }
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) return stepUp(`${devices(input.tenant)}?person=${encodeURIComponent(input.email)}`)
    const forgotten = await forgetDevicesOfPerson(deps, steppedUp, input.email)
    return forgotten.ok
      ? { to: `${devices(input.tenant)}?notice=one_forgotten` }
      : { error: forgotten.code, field: 'email' }
  },
})
