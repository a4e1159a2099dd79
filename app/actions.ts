'use server'

import { z } from 'zod'
import { endSession } from '@/lib/authentication/session/service'
import { safePath } from '@/lib/authentication/signin/rules'
import { LOCALES } from '@/lib/i18n/locales'
import { chooseLocale } from '@/lib/identity/user/service'
import { defineButton } from '@/lib/web/action'
import { ATTEMPT_COOKIE, SESSION_COOKIE } from '@/lib/web/cookie-names'
import { clearCookie, readCookie, setLocaleCookie } from '@/lib/web/cookies'
import { assured, visitor } from '@/lib/web/guard'
import { clearSiteData } from '@/lib/web/response'

export const setLanguage = defineButton({
  schema: z.object({ locale: z.enum(LOCALES), back: z.string().optional() }),
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
  gate: visitor,
  run: async (deps, actor) => {
    const token = await readCookie(SESSION_COOKIE)
    if (token !== null) await endSession(deps, token, 'signed_out', actor.request)
    await clearCookie(SESSION_COOKIE)
    await clearCookie(ATTEMPT_COOKIE)
    clearSiteData()
    return { to: '/sign-in?notice=signed_out' }
  },
})
