'use server'

import { z } from 'zod'
import { endSession } from '@/lib/authentication/session/service'
import { safePath } from '@/lib/authentication/signin/rules'
import { LOCALES } from '@/lib/i18n/locales'
import { chooseLocale } from '@/lib/identity/user/service'
import { defineButton } from '@/lib/web/gate/action'
import { clearCookie, readCookie, setLocaleCookie } from '@/lib/web/gate/cookies'
import { DRAWN_FIELD, drawnFor } from '@/lib/web/gate/drawn'
import { assured, browserSession, visitor } from '@/lib/web/gate/guard'
import { ATTEMPT_COOKIE, SESSION_COOKIE } from '@/lib/web/server/request'
import { clearSiteData } from '@/lib/web/server/response'

export const setLanguage = defineButton({
  schema: z.object({ locale: z.enum(LOCALES), back: z.string().optional(), [DRAWN_FIELD]: z.string().optional() }),
  gate: async () => ({ reader: await assured() }),
  run: async (deps, { reader: actor }, input) => {
    await setLocaleCookie(input.locale)
    // For this browser in any case; as the setting of a person only where the page was theirs (S26).
    if (actor !== null && drawnFor(actor.session) === input[DRAWN_FIELD])
      await chooseLocale(deps.db, actor.person.id, input.locale)
    return { to: safePath(input.back) ?? '/' }
  },
})

/** SE1. Works also when the session is gone already; one that the page was not drawn for is asked about first (S26). */
export const signOut = defineButton({
  otherwise: '/sign-out',
  schema: z.object({}),
  gate: async () => ({ ...(await visitor()), session: (await browserSession())?.session ?? null }),
  run: async (deps, actor) => {
    const token = await readCookie(SESSION_COOKIE)
    if (token !== null) await endSession(deps, token, 'signed_out', actor.request)
    await clearCookie(SESSION_COOKIE)
    await clearCookie(ATTEMPT_COOKIE)
    clearSiteData()
    return { to: '/sign-in?notice=signed_out' }
  },
})
