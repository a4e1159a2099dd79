'use server'

import { z } from 'zod'
import { takeBack } from '@/lib/authentication/undoing/service'
import { takenBackAnswer } from '@/lib/web/forms/address'
import { defineAction } from '@/lib/web/gate/action'
import { leaveUsedLink } from '@/lib/web/gate/cookies'
import { openedLink } from '@/lib/web/gate/guard'

/** By this post alone (R6, R12); nobody needs to sign in for it. */
export const cancelReset = defineAction({
  schema: z.object({}),
  gate: (link) => openedLink('cancel', link),
  run: async (deps, { actor, token }) => {
    const cancelled = await takeBack(deps, actor, 'cancel', token)
    if (cancelled.ok) await leaveUsedLink('cancel', token)
    return takenBackAnswer(cancelled, 'reset_cancelled')
  },
})

/** The "this was not me" of a notice: only ever takes away. */
export const stopEverything = defineAction({
  schema: z.object({}),
  gate: (link) => openedLink('stop', link),
  run: async (deps, { actor, token }) => {
    const stopped = await takeBack(deps, actor, 'stop', token)
    if (stopped.ok) await leaveUsedLink('stop', token)
    return takenBackAnswer(stopped, 'stopped')
  },
})
