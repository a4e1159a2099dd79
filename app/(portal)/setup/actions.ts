'use server'

import { setupSchema } from '@/lib/administration/setup/schema'
import { setUpByLink } from '@/lib/administration/setup/service'
import { defineAction } from '@/lib/web/gate/action'
import { keepDevice } from '@/lib/web/gate/cookies'
import { visitor } from '@/lib/web/gate/guard'

/** Makes the first tenant and its owner; the browser that did it is known (D5). */
export const setUp = defineAction({
  schema: setupSchema,
  kept: ['tenantName', 'kind', 'name', 'email'],
  gate: visitor,
  run: async (deps, actor, input, { locale }) => {
    const made = await setUpByLink(deps, actor, input.token, {
      tenantName: input.tenantName,
      kind: input.kind,
      owner: { name: input.name, email: input.email, password: input.password, locale },
    })
    if (made.ok) {
      await keepDevice(made.value.deviceToken)
      return { to: '/sign-in?notice=set_up' }
    }
    switch (made.code) {
      case 'throttled':
        return { error: made.code, until: made.detail.until }
      case 'not_an_address':
      case 'address_held':
      case 'address_taken':
        return { error: made.code, field: 'email' }
      case 'password_too_short':
      case 'password_too_long':
      case 'password_common':
      case 'password_context':
      case 'password_breached':
        return { error: made.code, field: 'password' }
      case 'busy':
      case 'already_set_up':
      case 'link_dead':
        return { error: made.code }
    }
  },
})
