'use server'

import { z } from 'zod'
import { changePasswordSchema, factorSchema, renameSchema } from '@/lib/account/schema'
import {
  beginFactor,
  confirmFactor,
  nameFactor,
  removeFactor,
  renewOwnCodes,
  turnOff,
  turnOn,
  typeOwnCodeBack,
} from '@/lib/account/service'
import { changePassword } from '@/lib/password/service'
import { defineAction } from '@/lib/web/action'
import { codesAnswer, enrolSchema, shownCodes } from '@/lib/web/enrol'
import { requireAssured, requireCodeRenewer, requireSteppedUp } from '@/lib/web/guard'
import { keepSession } from '@/lib/web/session'

const HERE = '/account/security'
const steppedUp = () => requireSteppedUp(HERE)

export const addFactor = defineAction({
  schema: z.object({}),
  gate: () => requireSteppedUp(HERE),
  run: async (deps, actor, _input, { t }) => {
    const begun = await beginFactor(deps, actor, t('factor.totp'))
    return begun.ok ? { to: `${HERE}/add` } : { error: begun.code }
  },
})

/** The form of /account/security/add: confirm, then the codes of a first factor typed back. */
export const confirmOwnFactor = defineAction({
  schema: enrolSchema,
  gate: requireAssured,
  run: async (deps, actor, input) => {
    switch (input.intent) {
      case 'confirm': {
        const confirmed = await confirmFactor(deps, await requireSteppedUp(`${HERE}/add`), input.passcode)
        if (confirmed.ok) {
          await keepSession(actor, confirmed.value.token)
          const { codes, number } = confirmed.value
          if (codes === null) return { to: `${HERE}?notice=factor_added` }
          return codesAnswer({ ok: true, value: { codes, number } }, HERE)
        }
        if (confirmed.code === 'nothing_open') return { to: `${HERE}?notice=begin_again` }
        return confirmed.code === 'wrong' ? { error: 'setup_code_wrong', field: 'passcode' } : { error: confirmed.code }
      }
      case 'renew':
        return { to: `${HERE}/codes` }
      case 'type_back': {
        const typed = await typeOwnCodeBack(deps, actor, input.typed)
        if (typed.ok) return { to: `${HERE}?notice=factor_added` }
        return { error: typed.code === 'busy' ? 'busy' : 'typed_back_wrong', data: shownCodes(input) }
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
        return { to: `${HERE}/codes` }
      case 'renew': {
        const made = await renewOwnCodes(deps, await requireCodeRenewer(`${HERE}/codes`))
        if (made.ok) {
          await keepSession(actor, made.value.token)
          return codesAnswer(made, HERE)
        }
        return made.code === 'no_factor' ? { to: HERE } : { error: made.code }
      }
      case 'type_back': {
        const typed = await typeOwnCodeBack(deps, actor, input.typed)
        if (typed.ok) return { to: `${HERE}?notice=codes_made` }
        return { error: typed.code === 'busy' ? 'busy' : 'typed_back_wrong', data: shownCodes(input) }
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
    switch (changed.code) {
      case 'throttled':
        return { error: changed.code, until: changed.detail.until }
      case 'wrong_password':
        return { error: changed.code, field: 'current' }
      case 'busy':
      case 'conflict':
        return { error: changed.code }
      case 'password_too_short':
      case 'password_too_long':
      case 'password_common':
      case 'password_context':
        return { error: changed.code, field: 'next' }
    }
  },
})
