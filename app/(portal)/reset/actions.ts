'use server'

import { z } from 'zod'
import { cancelRequest, stopChange } from '@/lib/authentication/reset/service'
import { type Answer, defineAction } from '@/lib/web/gate/action'
import { clearCookie } from '@/lib/web/gate/cookies'
import { openedLink } from '@/lib/web/gate/guard'
import { LINK_COOKIE } from '@/lib/web/server/request'

type Stopped = Awaited<ReturnType<typeof cancelRequest>>

async function answerOf(result: Stopped, notice: string): Promise<Answer> {
  if (result.ok) {
    await clearCookie(LINK_COOKIE)
    return { to: `/sign-in?notice=${notice}` }
  }
  return result.code === 'throttled'
    ? { error: result.code, until: result.detail.until }
    : { error: 'mail_link_dead', status: 403 }
}

/** By this post alone (R6, R12); nobody needs to sign in for it. */
export const cancelReset = defineAction({
  schema: z.object({}),
  gate: () => openedLink('cancel'),
  run: async (deps, { actor, token }) => answerOf(await cancelRequest(deps, actor, token), 'reset_cancelled'),
})

/** The "this was not me" of a notice: only ever stops things. */
export const stopEverything = defineAction({
  schema: z.object({}),
  gate: () => openedLink('stop'),
  run: async (deps, { actor, token }) => answerOf(await stopChange(deps, actor, token), 'stopped'),
})
