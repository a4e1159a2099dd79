'use server'

import { nearestAccent } from '@/lib/administration/company/accent/rules'
import { removeLogo } from '@/lib/administration/company/logo/service'
import {
  accentSchema,
  companySchema,
  helpLineSchema,
  invitationDaysSchema,
  startPageSchema,
} from '@/lib/administration/company/schema'
import {
  changeAccent,
  changeHelp,
  changeInvitationDays,
  changeStartPage,
  changeZone,
} from '@/lib/administration/company/service'
import { typedDays } from '@/lib/administration/invitation/rules'
import {
  deviceRulesSchema,
  recoveryRulesSchema,
  requirementSchema,
  sessionLimitsSchema,
  tenantAndPersonSchema,
  tenantSchema,
} from '@/lib/administration/policy/schema'
import {
  changeDeviceRules,
  changeIssuedCodes,
  changeRequirement,
  changeSessionLimits,
  viewRequirement,
} from '@/lib/administration/policy/service'
import { askForReminders } from '@/lib/administration/reminder/service'
import { forgetDevicesOfPerson, forgetDevicesOfTenant } from '@/lib/administration/sessions/service'
import { turningOffSchema } from '@/lib/administration/turning-off/schema'
import { turnOffForAll } from '@/lib/administration/turning-off/service'
import { deliverableKinds } from '@/lib/identity/policy/rules'
import {
  belowFloorAnswer,
  deviceRulesDraft,
  fieldOfDeadline,
  fieldOfLimit,
  fieldOutOfRange,
  fieldWithoutKind,
  requirementDraft,
  sessionLimitsDraft,
  wantedDeadlines,
  wantedDeviceRules,
  wantedKinds,
  wantedSessionLimits,
} from '@/lib/web/forms/policy'
import type { Answer } from '@/lib/web/gate/action'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import {
  companyPath,
  deviceRulesPath,
  disablePath,
  recoveryRulesPath,
  requirementPath,
  sessionLimitsPath,
  withTyped,
} from '@/lib/web/paths'

/** P1, P3, P7, P10. Without a fresh proof the draft is kept in the address while the admin gives one. */
export const saveRequirement = defineAdminAction({
  schema: requirementSchema,
  kept: [
    'teamRequired',
    'endRequired',
    'endSessions',
    'teamDeadline',
    'endDeadline',
    'team_totp',
    'team_email',
    'team_sms',
    'end_totp',
    'end_email',
    'end_sms',
  ],
  act: 'change_requirement',
  also: ['contain'],
  back: (input) => `${requirementPath(input.tenant)}?${requirementDraft(input)}`,
  unproved: (input) =>
    input.preview === undefined ? null : { to: `${requirementPath(input.tenant)}?${requirementDraft(input)}&look=1` },
  run: async (deps, admin, input) => {
    const kinds = wantedKinds(input)
    const wanted = {
      required: { team: input.teamRequired, end: input.endRequired },
      kinds,
      endSessions: input.endSessions,
      deadlines: wantedDeadlines(input),
    }
    const changed = await changeRequirement(deps, admin, { version: input.version, ...wanted })
    if (changed.ok)
      return { to: `${requirementPath(input.tenant)}?notice=${changed.value === 'changed' ? 'saved' : 'unchanged'}` }
    if (changed.code === 'deadline_out_of_range') {
      const { policy } = await viewRequirement(deps, admin)
      const { tenant } = admin.tenant
      return { error: changed.code, field: fieldOfDeadline(policy, wanted, tenant, deps.clock.now()) }
    }
    if (changed.code === 'below_floor') return belowFloorAnswer(changed.detail)
    if (changed.code !== 'no_kind') return { error: changed.code }
    return { error: 'no_kind', field: fieldWithoutKind(kinds, deliverableKinds(deps)) }
  },
})

/** P6. Without a fresh proof the typed name is kept in the address while the admin gives one. */
export const turnTwoFactorOffForAll = defineAdminAction({
  schema: turningOffSchema,
  kept: ['name'],
  act: 'turn_off_2fa',
  back: (input) => withTyped(disablePath(input.tenant), { name: input.name }),
  run: async (deps, admin, input) => {
    const done = await turnOffForAll(deps, admin, input)
    if (done.ok)
      return { to: `${requirementPath(input.tenant)}?notice=${done.value === 'changed' ? 'turned_off' : 'unchanged'}` }
    if (done.code === 'below_floor') return { error: done.code, name: done.detail.partner.name }
    return done.code === 'name_differs' ? { error: done.code, field: 'name' } : { error: done.code }
  },
})

/** How long a device may be trusted, with effect at once (D1, D3), and whether end users' are verified (D5). */
export const saveDeviceRules = defineAdminAction({
  schema: deviceRulesSchema,
  kept: ['teamTrust', 'teamDays', 'endTrust', 'endDays', 'endVerification'],
  act: 'change_device_rules',
  back: (input) => `${deviceRulesPath(input.tenant)}?${deviceRulesDraft(input)}`,
  run: async (deps, admin, input) => {
    const wanted = wantedDeviceRules(input)
    const changed = await changeDeviceRules(deps, admin, { version: input.version, ...wanted })
    if (changed.ok)
      return { to: `${deviceRulesPath(input.tenant)}?notice=${changed.value === 'changed' ? 'saved' : 'unchanged'}` }
    if (changed.code === 'below_floor') return belowFloorAnswer(changed.detail)
    if (changed.code !== 'trust_out_of_range') return { error: changed.code }
    return { error: 'trust_out_of_range', field: fieldOutOfRange(wanted) }
  },
})

/** Whether codes may be issued for end users (R4). */
export const saveRecoveryRules = defineAdminAction({
  schema: recoveryRulesSchema,
  kept: ['endCodes'],
  act: 'change_recovery_rules',
  back: (input) => `${recoveryRulesPath(input.tenant)}?end=${input.endCodes ? 1 : 0}`,
  run: async (deps, admin, input) => {
    const changed = await changeIssuedCodes(deps, admin, { endUsers: input.endCodes, version: input.version })
    if (!changed.ok) return changed.code === 'below_floor' ? belowFloorAnswer(changed.detail) : { error: changed.code }
    return { to: `${recoveryRulesPath(input.tenant)}?notice=${changed.value === 'changed' ? 'saved' : 'unchanged'}` }
  },
})

/** How long sessions may be idle, and last in all (SE2). */
export const saveSessionLimits = defineAdminAction({
  schema: sessionLimitsSchema,
  kept: ['teamIdle', 'teamHours', 'endIdle', 'endHours'],
  act: 'change_session_limits',
  back: (input) => `${sessionLimitsPath(input.tenant)}?${sessionLimitsDraft(input)}`,
  unproved: (input) => {
    if (input.preview === undefined) return null
    const field = fieldOfLimit(wantedSessionLimits(input))
    if (field !== undefined) return { error: 'limits_out_of_range', field }
    return { to: `${sessionLimitsPath(input.tenant)}?${sessionLimitsDraft(input)}&look=1` }
  },
  run: async (deps, admin, input) => {
    const limits = wantedSessionLimits(input)
    const changed = await changeSessionLimits(deps, admin, { limits, version: input.version })
    if (changed.ok)
      return { to: `${sessionLimitsPath(input.tenant)}?notice=${changed.value === 'changed' ? 'saved' : 'unchanged'}` }
    if (changed.code === 'below_floor') return belowFloorAnswer(changed.detail)
    if (changed.code !== 'limits_out_of_range') return { error: changed.code }
    return { error: 'limits_out_of_range', field: fieldOfLimit(limits) }
  },
})

/** A mail to everybody who is not done, once a day (P8). */
export const remindEverybody = defineAdminAction({
  schema: tenantSchema,
  act: 'remind',
  back: (input) => `${requirementPath(input.tenant)}?notice=now_remind`,
  run: async (deps, admin, input) => {
    const asked = await askForReminders(deps, admin)
    if (!asked.ok) return { error: asked.code, until: asked.detail?.until }
    return { to: `${requirementPath(input.tenant)}?notice=reminded` }
  },
})

/** The zone of mails, and of people who chose none (X10). */
export const saveCompany = defineAdminAction({
  schema: companySchema,
  kept: ['zone'],
  act: 'change_company',
  back: (input) => `${companyPath(input.tenant)}?zone=${encodeURIComponent(input.zone)}`,
  run: async (deps, admin, input) => {
    const changed = await changeZone(deps, admin, input.zone)
    if (!changed.ok) return { error: changed.code }
    return { to: `${companyPath(input.tenant)}?notice=${changed.value === 'changed' ? 'saved' : 'unchanged'}` }
  },
})

/** Where people go on to after the setup (X9). */
export const saveStartPage = defineAdminAction({
  schema: startPageSchema,
  kept: ['start'],
  act: 'change_company',
  back: (input) => withTyped(companyPath(input.tenant), { start: input.start ?? '' }),
  run: async (deps, admin, input) => {
    const changed = await changeStartPage(deps, admin, input.start)
    if (!changed.ok) return { error: changed.code }
    return { to: `${companyPath(input.tenant)}?notice=${changed.value === 'changed' ? 'start' : 'unchanged'}` }
  },
})

/** Where people get help (X9). */
export const saveHelp = defineAdminAction({
  schema: helpLineSchema,
  kept: ['help', 'helpUrl'],
  act: 'change_company',
  back: (input) => withTyped(companyPath(input.tenant), { help: input.help ?? '', helpUrl: input.helpUrl ?? '' }),
  run: async (deps, admin, input) => {
    const changed = await changeHelp(deps, admin, { helpText: input.help, helpUrl: input.helpUrl })
    if (!changed.ok) return { error: changed.code }
    return { to: `${companyPath(input.tenant)}?notice=${changed.value === 'changed' ? 'help' : 'unchanged'}` }
  },
})

/** Of buttons and links on pages of the sign-in and in mails (X6); to refuse a faint one asks for no proof. */
export const saveAccent = defineAdminAction({
  schema: accentSchema,
  kept: ['accent'],
  act: 'change_company',
  back: (input) => withTyped(companyPath(input.tenant), { accent: input.accent ?? '' }),
  unproved: ({ accent }) => (accent === null ? null : faint(accent, nearestAccent(accent))),
  run: async (deps, admin, input) => {
    const changed = await changeAccent(deps, admin, input.accent)
    if (changed.ok)
      return { to: `${companyPath(input.tenant)}?notice=${changed.value === 'changed' ? 'accent' : 'unchanged'}` }
    if (changed.code === 'not_permitted') return { error: changed.code }
    return faint(input.accent, changed.detail.nearest) ?? { error: changed.code }
  },
})

function faint(accent: string | null, nearest: string): Answer | null {
  return accent === nearest ? null : { error: 'accent_faint', field: 'accent', nearest, data: { nearest } }
}

/** What was above mails and pages of the sign-in (X9). */
export const removeLogoOf = defineAdminAction({
  schema: tenantSchema,
  act: 'change_company',
  back: (input) => companyPath(input.tenant),
  run: async (deps, admin, input) => {
    const removed = await removeLogo(deps, admin)
    return removed.ok ? { to: `${companyPath(input.tenant)}?notice=no_logo` } : { error: removed.code }
  },
})

/** For how long invitations are valid that say nothing else (R10). */
export const saveInvitationDays = defineAdminAction({
  schema: invitationDaysSchema,
  kept: ['days'],
  act: 'change_company',
  back: (input) => withTyped(companyPath(input.tenant), { days: typedDays(input.days) }),
  run: async (deps, admin, input) => {
    const changed = await changeInvitationDays(deps, admin, input.days)
    if (changed.ok)
      return { to: `${companyPath(input.tenant)}?notice=${changed.value === 'changed' ? 'days' : 'unchanged'}` }
    return changed.code === 'no_day_named' ? { error: changed.code, field: 'days' } : { error: changed.code }
  },
})

/** Everybody at home here, by one write (D4). */
export const forgetDevicesOfAll = defineAdminAction({
  schema: tenantSchema,
  act: 'forget_all_devices',
  back: (input) => `${deviceRulesPath(input.tenant)}?forget=all`,
  run: async (deps, admin, input) => {
    const forgotten = await forgetDevicesOfTenant(deps, admin)
    if (!forgotten.ok) return { error: forgotten.code }
    return { to: `${deviceRulesPath(input.tenant)}?notice=all_forgotten` }
  },
})

export const forgetDevicesOfOne = defineAdminAction({
  schema: tenantAndPersonSchema,
  kept: ['email'],
  act: 'forget_devices',
  back: (input) => `${deviceRulesPath(input.tenant)}?person=${encodeURIComponent(input.email)}`,
  run: async (deps, admin, input) => {
    const forgotten = await forgetDevicesOfPerson(deps, admin, input.email)
    return forgotten.ok
      ? { to: `${deviceRulesPath(input.tenant)}?notice=one_forgotten` }
      : { error: forgotten.code, field: 'email' }
  },
})
