'use server'

import { z } from 'zod'
import { confirmNewEmail } from '@/lib/authentication/email-change/service'
import { takeBack } from '@/lib/authentication/undoing/service'
import { confirmedAnswer, takenBackAnswer } from '@/lib/web/forms/address'
import { defineAction } from '@/lib/web/gate/action'
import { leaveUsedLink } from '@/lib/web/gate/cookies'
import { openedLink } from '@/lib/web/gate/guard'

/** The new address is confirmed by this post alone (R11, R12). */
export const confirmNewAddress = defineAction({
  schema: z.object({}),
  gate: (link) => openedLink('address', link),
  run: async (deps, { actor, token }) => {
    const confirmed = await confirmNewEmail(deps, actor, token)
    if (confirmed.ok) await leaveUsedLink('address', token)
    return confirmedAnswer(confirmed)
  },
})

/** Only ever takes away, and asks nobody to sign in (R11). */
export const undoNewAddress = defineAction({
  schema: z.object({}),
  gate: (link) => openedLink('undo', link),
  run: async (deps, { actor, token }) => {
    const undone = await takeBack(deps, actor, 'undo', token)
    if (undone.ok) await leaveUsedLink('undo', token)
    return takenBackAnswer(undone, 'address_restored')
  },
})
