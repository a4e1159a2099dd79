'use server'

import { z } from 'zod'
import { LOCALES } from '@/lib/i18n/locales'
import { signOut as endSession } from '@/lib/session/service'
import { safePath } from '@/lib/signin/rules'
import { chooseLocale } from '@/lib/user/service'
import { defineButton } from '@/lib/web/action'
import { ATTEMPT_COOKIE, clearCookie, SESSION_COOKIE, setLocaleCookie } from '@/lib/web/cookies'
import { assured } from '@/lib/web/guard'
import { clearSiteData } from '@/lib/web/response'

export const setLanguage = defineButton({
  schema: z.object({ locale: z.enum(LOCALES), back: z.string().max(700).optional() }),
  gate: assured,
  run: async (deps, actor, input) => {
    await setLocaleCookie(input.locale)
    if (actor !== null) await chooseLocale(deps.db, actor.person.id, input.locale)
    return { to: safePath(input.back) ?? '/' }
  },
})

/** SE1. Works also when the session is gone already. */
export const signOut = defineButton({
  schema: z.object({}),
  gate: assured,
  run: async (deps, actor) => {
    if (actor !== null) await endSession(deps, actor)
    await clearCookie(SESSION_COOKIE)
    await clearCookie(ATTEMPT_COOKIE)
    clearSiteData()
    return { to: '/sign-in?notice=signed_out' }
  },
})
