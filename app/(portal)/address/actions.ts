'use server'

import { z } from 'zod'
import { confirmNewEmail, undoNewEmail } from '@/lib/authentication/email-change/service'
import { addressAnswer } from '@/lib/web/forms/address'
import { defineAction } from '@/lib/web/gate/action'
import { openedLink } from '@/lib/web/gate/guard'

/** The new address is confirmed by this post alone (R11, R12). */
export const confirmNewAddress = defineAction({
  schema: z.object({}),
  gate: () => openedLink('address'),
  run: async (deps, { actor, token }) => addressAnswer(await confirmNewEmail(deps, actor, token), 'address_confirmed'),
})

/** Only ever stops things, and asks nobody to sign in (R11). */
export const undoNewAddress = defineAction({
  schema: z.object({}),
  gate: () => openedLink('undo'),
  run: async (deps, { actor, token }) => addressAnswer(await undoNewEmail(deps, actor, token), 'address_restored'),
})
