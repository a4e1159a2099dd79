'use server'

import {
  endExemptionOf,
  endMembership,
  endSessionsOfPerson,
  exempt,
  forgetDevicesOf,
  giveMoreTime,
  reactivate,
  signOutPerson,
  suspend,
} from '@/lib/administration/people/acts/service'
import { issueCode, resetTwoFactor } from '@/lib/administration/people/codes/service'
import { makePerson, makeService } from '@/lib/administration/people/conversion/service'
import { giveEmail } from '@/lib/administration/people/email/service'
import { changeProfile } from '@/lib/administration/people/profile/service'
import { changeRole } from '@/lib/administration/people/role/service'
import {
  codeSchema,
  exemptSchema,
  givenEmailSchema,
  NO_LANGUAGE,
  personSchema,
  personWithReasonSchema,
  profileSchema,
  resetSchema,
  roleSchema,
  serviceSchema,
  sessionOfPersonSchema,
  sessionsOfPersonSchema,
} from '@/lib/administration/people/schema'
import { ownerAnswer } from '@/lib/web/forms/owner'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { actPath, peoplePath, personPath, typedBox } from '@/lib/web/paths'

const done = (input: { tenant: string; user: string }, notice: string) => ({
  to: `${personPath(input.tenant, input.user)}?notice=${notice}`,
})

/** R5. With the box ticked the answer holds the code, once (S10). */
export const resetPerson = defineAdminAction({
  schema: resetSchema,
  kept: ['reason', 'withCode', 'ownerEmail'],
  act: 'reset_2fa',
  also: ['issue_code'],
  back: (input) =>
    actPath(input.tenant, input.user, 'reset', { reason: input.reason, withCode: typedBox(input.withCode) }),
  run: async (deps, admin, input) => {
    const owner = { email: input.ownerEmail, passcode: input.ownerCode }
    const reset = await resetTwoFactor(deps, admin, input.user, { ...input, owner })
    if (!reset.ok) return ownerAnswer(reset)
    return reset.value.code === null ? done(input, 'reset') : { data: { code: reset.value.code } }
  },
})

/** The code is in this one answer (R3, S10). */
export const makeCodeFor = defineAdminAction({
  schema: codeSchema,
  kept: ['reason'],
  act: 'issue_code',
  back: (input) => actPath(input.tenant, input.user, 'code', { reason: input.reason }),
  run: async (deps, admin, input) => {
    const issued = await issueCode(deps, admin, input.user, input.reason, input.lastDone)
    return issued.ok ? { data: { code: issued.value.code } } : { error: issued.code }
  },
})

/** All sessions end (SE1); with the box ticked, what is known of devices as well (SE4). */
export const endAllSessionsOf = defineAdminAction({
  schema: sessionsOfPersonSchema,
  kept: ['devices'],
  act: 'end_sessions',
  also: ['forget_devices'],
  back: (input) => actPath(input.tenant, input.user, 'sessions', { devices: typedBox(input.devices) }),
  run: async (deps, admin, input) => {
    const ended = input.devices
      ? await signOutPerson(deps, admin, input.user)
      : await endSessionsOfPerson(deps, admin, input.user, null)
    return ended.ok ? done(input, 'sessions') : { error: ended.code }
  },
})

export const endSessionOf = defineAdminAction({
  schema: sessionOfPersonSchema,
  act: 'end_sessions',
  back: (input) => personPath(input.tenant, input.user),
  run: async (deps, admin, input) => {
    const ended = await endSessionsOfPerson(deps, admin, input.user, input.session)
    if (!ended.ok) return { error: ended.code }
    return done(input, ended.value.ended > 0 ? 'session' : 'unchanged')
  },
})

/** Every browser of theirs is unknown again (D4). */
export const forgetAllDevicesOf = defineAdminAction({
  schema: personSchema,
  act: 'forget_devices',
  back: (input) => actPath(input.tenant, input.user, 'devices'),
  run: async (deps, admin, input) => {
    const forgotten = await forgetDevicesOf(deps, admin, input.user)
    return forgotten.ok ? done(input, 'devices') : { error: forgotten.code }
  },
})

export const suspendPerson = defineAdminAction({
  schema: personWithReasonSchema,
  kept: ['reason'],
  act: 'suspend',
  back: (input) => actPath(input.tenant, input.user, 'suspend', { reason: input.reason }),
  run: async (deps, admin, input) => {
    const suspended = await suspend(deps, admin, input.user, input.reason)
    if (suspended.ok) return done(input, 'suspended')
    return suspended.code === 'already_so' ? done(input, 'unchanged') : { error: suspended.code }
  },
})

export const reactivatePerson = defineAdminAction({
  schema: personSchema,
  act: 'reactivate',
  back: (input) => actPath(input.tenant, input.user, 'reactivate'),
  run: async (deps, admin, input) => {
    const active = await reactivate(deps, admin, input.user)
    if (active.ok) return done(input, 'reactivated')
    return active.code === 'already_so' ? done(input, 'unchanged') : { error: active.code }
  },
})

export const changeRoleOf = defineAdminAction({
  schema: roleSchema,
  kept: ['role'],
  act: 'change_role',
  back: (input) => actPath(input.tenant, input.user, 'role', { role: input.role }),
  run: async (deps, admin, input) => {
    const changed = await changeRole(deps, admin, input.user, input.role)
    if (changed.ok) return done(input, 'role')
    return changed.code === 'already_so' ? done(input, 'unchanged') : { error: changed.code }
  },
})

export const changeProfileOf = defineAdminAction({
  schema: profileSchema,
  kept: ['name', 'locale', 'shownName', 'shownLocale'],
  act: 'change_profile',
  back: ({ tenant, user, ...typed }) => actPath(tenant, user, 'profile', typed),
  run: async (deps, admin, { tenant, user, name, locale, shownName, shownLocale }) => {
    const shown = { name: shownName, locale: shownLocale === NO_LANGUAGE ? null : shownLocale }
    const changed = await changeProfile(deps, admin, user, { name, ...(locale === '' ? {} : { locale }) }, shown)
    if (changed.ok) return done({ tenant, user }, 'profile')
    if (changed.code === 'profile_meanwhile') {
      // Once more with what they changed, beside what it is by now.
      const own = { ...(name === shown.name ? {} : { name }), ...(locale === (shown.locale ?? '') ? {} : { locale }) }
      return { to: actPath(tenant, user, 'profile', { ...own, meanwhile: '1' }) }
    }
    return changed.code === 'already_so' ? done({ tenant, user }, 'unchanged') : { error: changed.code }
  },
})

/** At once; the old address can take it back for seven days (R11). */
export const changeAddressOf = defineAdminAction({
  schema: givenEmailSchema,
  kept: ['email', 'reason'],
  act: 'change_address',
  back: (input) => actPath(input.tenant, input.user, 'address', { email: input.email, reason: input.reason }),
  run: async (deps, admin, input) => {
    const changed = await giveEmail(deps, admin, input.user, input)
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

/** With reason and end; it ends by itself (U9). */
export const exemptPerson = defineAdminAction({
  schema: exemptSchema,
  kept: ['days', 'reason'],
  act: 'exempt',
  back: (input) => actPath(input.tenant, input.user, 'exempt', { days: String(input.days), reason: input.reason }),
  run: async (deps, admin, input) => {
    const exempted = await exempt(deps, admin, input.user, input)
    if (exempted.ok) return done(input, 'exempt')
    return { error: exempted.code, ...(exempted.code === 'no_days_left' ? { field: 'days' } : {}) }
  },
})

/** More days to set 2FA up, with reason and end (P8). */
export const giveTimeTo = defineAdminAction({
  schema: exemptSchema,
  kept: ['days', 'reason'],
  act: 'exempt',
  back: (input) => actPath(input.tenant, input.user, 'time', { days: String(input.days), reason: input.reason }),
  run: async (deps, admin, input) => {
    const given = await giveMoreTime(deps, admin, input.user, input)
    if (given.ok) return done(input, 'time')
    return { error: given.code, ...(given.code === 'no_days_left' ? { field: 'days' } : {}) }
  },
})

export const endExemptionOfUser = defineAdminAction({
  schema: personSchema,
  act: 'exempt',
  back: (input) => actPath(input.tenant, input.user, 'unexempt'),
  run: async (deps, admin, input) => {
    const ended = await endExemptionOf(deps, admin, input.user)
    if (ended.ok) return done(input, 'unexempt')
    return ended.code === 'already_so' ? done(input, 'unchanged') : { error: ended.code }
  },
})

/** With reason and end; then it is a person again by itself (U8). */
export const makeServiceOf = defineAdminAction({
  schema: serviceSchema,
  kept: ['until', 'reason'],
  act: 'make_service',
  back: (input) => actPath(input.tenant, input.user, 'service', { until: input.until, reason: input.reason }),
  run: async (deps, admin, input) => {
    const made = await makeService(deps, admin, input.user, input)
    if (made.ok) return done(input, 'service')
    if (made.code === 'already_so') return done(input, 'unchanged')
    return { error: made.code, ...(made.code === 'service_until' ? { field: 'until' } : {}) }
  },
})

export const makePersonOf = defineAdminAction({
  schema: personSchema,
  act: 'end_service',
  back: (input) => actPath(input.tenant, input.user, 'unservice'),
  run: async (deps, admin, input) => {
    const ended = await makePerson(deps, admin, input.user)
    if (ended.ok) return done(input, 'person')
    return ended.code === 'already_so' ? done(input, 'unchanged') : { error: ended.code }
  },
})

/** A guest is of this tenant no more (U6). */
export const endMembershipOf = defineAdminAction({
  schema: personWithReasonSchema,
  kept: ['reason'],
  act: 'end_membership',
  back: (input) => actPath(input.tenant, input.user, 'membership', { reason: input.reason }),
  run: async (deps, admin, input) => {
    const ended = await endMembership(deps, admin, input.user, input.reason)
    return ended.ok ? { to: `${peoplePath(input.tenant)}?notice=membership` } : { error: ended.code }
  },
})
