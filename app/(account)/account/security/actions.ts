'use server'

import { z } from 'zod'
import { renewOwnCodes, typeOwnCodeBack } from '@/lib/authentication/account/codes/service'
import {
  beginFactor,
  confirmBegunFactor,
  nameFactor,
  preferOwnFactor,
  removeFactor,
  sendUnfinishedPasscode,
} from '@/lib/authentication/account/factors/service'
import { changePassword } from '@/lib/authentication/account/password/service'
import { addFactorSchema, changePasswordSchema, factorSchema, renameSchema } from '@/lib/authentication/account/schema'
import { turnOff, turnOn } from '@/lib/authentication/account/two-factor/service'
import { emailChangeSchema } from '@/lib/authentication/email-change/schema'
import { requestNewEmail } from '@/lib/authentication/email-change/service'
import { safeReturnPath } from '@/lib/authentication/signin/rules'
import { enrolSchema, shownOnce, typedBackAnswer } from '@/lib/web/forms/enrol'
import { passwordAnswer } from '@/lib/web/forms/password'
import { defineAction } from '@/lib/web/gate/action'
import { keepSession } from '@/lib/web/gate/cookies'
import { requireAssured, requireCodeRenewer, requireSteppedUp } from '@/lib/web/gate/guard'
import { addFactorFor } from '@/lib/web/paths'

const HERE = '/account/security'
const steppedUp = () => requireSteppedUp(HERE)

/** A kind, and the number beside it (E1). */
export const addFactor = defineAction({
  schema: addFactorSchema,
  kept: ['phone'],
  gate: () => requireSteppedUp(addFactorFor(null)),
  run: async (deps, actor, { kind, phone, returnTo }, { t }) => {
    const begun = await beginFactor(deps, actor, { kind, phone }, t(`factor.${kind}`))
    if (begun.ok) return { to: addFactorFor(safeReturnPath(returnTo)) }
    switch (begun.code) {
      case 'mail_throttled':
        return { error: begun.code, until: begun.detail.until }
      case 'not_a_phone':
      case 'phone_refused':
        return { error: begun.code, field: 'phone' }
      default:
        return { error: begun.code }
    }
  },
})

/** The form of /account/security/add: confirm, then the codes of a first factor typed back. */
export const confirmOwnFactor = defineAction({
  schema: enrolSchema,
  gate: requireAssured,
  run: async (deps, actor, input) => {
    const returnTo = safeReturnPath(input.returnTo)
    const here = addFactorFor(returnTo)
    const done = returnTo ?? `${HERE}?notice=factor_added`
    switch (input.intent) {
      case 'confirm': {
        const confirmed = await confirmBegunFactor(deps, await requireSteppedUp(here), input.passcode)
        if (confirmed.ok) {
          await keepSession(actor, confirmed.value.token)
          const { codes, number } = confirmed.value
          return codes === null ? { to: done } : shownOnce({ codes, number })
        }
        const { code } = confirmed
        switch (code) {
          case 'nothing_open':
            return { to: `${HERE}?notice=begin_again` }
          case 'wrong':
            return { error: 'setup_code_wrong', field: 'passcode' }
          case 'expired':
            return { error: 'passcode_old', field: 'passcode' }
          case 'throttled':
            return { error: code, until: confirmed.detail?.until ?? null }
          case 'code_wrong':
            return { error: code, field: 'passcode' }
          default:
            return { error: code }
        }
      }
      case 'resend': {
        const sent = await sendUnfinishedPasscode(deps, await requireSteppedUp(here))
        if (sent.ok) return { done: 'device.sent' }
        return sent.code === 'mail_throttled'
          ? { error: sent.code, until: sent.detail.until }
          : { to: `${HERE}?notice=begin_again` }
      }
      case 'renew':
        return { to: `${HERE}/codes` }
      case 'type_back': {
        const typed = await typeOwnCodeBack(deps, actor, input.typed)
        if (typed.ok) return { to: done }
        return typedBackAnswer(typed.code, input)
      }
    }
  },
})

/** The form of /account/security/codes (E6, R2). */
export const makeOwnCodes = defineAction({
  schema: enrolSchema,
  gate: requireAssured,
  run: async (deps, actor, input) => {
    switch (input.intent) {
      case 'confirm':
      case 'resend':
        return { to: `${HERE}/codes` }
      case 'renew': {
        const made = await renewOwnCodes(deps, await requireCodeRenewer(`${HERE}/codes`))
        if (made.ok) {
          await keepSession(actor, made.value.token)
          return shownOnce(made.value)
        }
        return made.code === 'no_factor' ? { to: HERE } : { error: made.code }
      }
      case 'type_back': {
        const typed = await typeOwnCodeBack(deps, actor, input.typed)
        if (typed.ok) return { to: `${HERE}?notice=codes_made` }
        return typedBackAnswer(typed.code, input)
      }
    }
  },
})

export const removeOwnFactor = defineAction({
  schema: factorSchema,
  gate: steppedUp,
  run: async (deps, actor, input) => {
    const removed = await removeFactor(deps, actor, input.factor)
    if (!removed.ok) return { error: removed.code === 'required' ? 'still_required' : removed.code }
    await keepSession(actor, removed.value.token)
    return { to: `${HERE}?notice=factor_removed` }
  },
})

export const renameOwnFactor = defineAction({
  schema: renameSchema,
  kept: ['name'],
  gate: requireAssured,
  run: async (deps, actor, input) => {
    const renamed = await nameFactor(deps, actor, input.factor, input.name)
    return renamed.ok ? { to: HERE } : { error: renamed.code }
  },
})

/** The factor that a sign-in asks for first (E5). */
export const askFirst = defineAction({
  schema: factorSchema,
  gate: requireAssured,
  run: async (deps, actor, input) => {
    const preferred = await preferOwnFactor(deps, actor, input.factor)
    return preferred.ok ? { to: HERE } : { error: preferred.code }
  },
})

/** Nothing changes until the new address has confirmed it (R11). */
export const changeOwnAddress = defineAction({
  schema: emailChangeSchema,
  kept: ['email'],
  gate: () => requireSteppedUp(`${HERE}/address`),
  run: async (deps, actor, input) => {
    const asked = await requestNewEmail(deps, actor, input.email)
    if (asked.ok) return { done: 'security.addressSent' }
    return asked.code === 'throttled'
      ? { error: asked.code, until: asked.detail.until }
      : { error: asked.code, field: 'email' }
  },
})

export const turnTwoFactorOn = defineAction({
  schema: z.object({}),
  gate: steppedUp,
  run: async (deps, actor) => {
    const turned = await turnOn(deps, actor)
    return turned.ok ? { to: `${HERE}?notice=turned_on` } : { to: HERE }
  },
})

export const turnTwoFactorOff = defineAction({
  schema: z.object({}),
  gate: steppedUp,
  run: async (deps, actor) => {
    const turned = await turnOff(deps, actor)
    return turned.ok ? { to: `${HERE}?notice=turned_off` } : { error: 'still_required' }
  },
})

/** ASVS 6.2.3: the current password is the proof. */
export const changeOwnPassword = defineAction({
  schema: changePasswordSchema,
  gate: requireAssured,
  run: async (deps, actor, input) => {
    const changed = await changePassword(deps, actor, input)
    if (changed.ok) {
      await keepSession(actor, changed.value.token)
      return { to: `${HERE}?notice=password_changed` }
    }
    return changed.code === 'throttled'
      ? { error: changed.code, until: changed.detail.until }
      : passwordAnswer(changed.code)
  },
})
