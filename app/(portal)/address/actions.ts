'use server'

import { z } from 'zod'
import { confirmAddress, undoAddress } from '@/lib/authentication/email-change/service'
import { addressAnswer } from '@/lib/web/forms/address'
import { defineAction } from '@/lib/web/gate/action'
import { openedLink } from '@/lib/web/gate/guard'

/** R11, R12: the new address is confirmed by this post alone. */
export const confirmNewAddress = defineAction({
  schema: z.object({}),
  gate: () => openedLink('address'),
  run: async (deps, { actor, token }) => addressAnswer(await confirmAddress(deps, actor, token), 'address_confirmed'),
})

/** R11: only ever stops things, and asks nobody to sign in. */
export const undoNewAddress = defineAction({
  schema: z.object({}),
  gate: () => openedLink('undo'),
  run: async (deps, { actor, token }) => addressAnswer(await undoAddress(deps, actor, token), 'address_restored'),
})
