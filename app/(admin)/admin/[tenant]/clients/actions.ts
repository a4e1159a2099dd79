'use server'

import { makeClient } from '@/lib/administration/client/make/service'
import { clientRequirementSchema, clientSchema, makeClientSchema } from '@/lib/administration/client/schema'
import { changeStage, reactivateClient, suspendClient } from '@/lib/administration/client/stage/service'
import { changeRequirement } from '@/lib/administration/policy/service'
import { belowFloorAnswer, writeRequirementDraft } from '@/lib/web/forms/policy'
import { defineClientAction, definePartnerAction } from '@/lib/web/gate/admin-action'
import { clientPath, clientSecurityPath, newClientPath, withTyped } from '@/lib/web/paths'

/** A customer or a partner below this one, with the invitation of its first owner. */
export const makeClientOf = definePartnerAction({
  schema: makeClientSchema,
  kept: ['name', 'slug', 'kind', 'stage', 'ownerName', 'email', 'locale'],
  act: 'make_client',
  back: ({ tenant, ...typed }) => withTyped(newClientPath(tenant), typed),
  run: async (deps, partner, { tenant, ownerName, email, locale, ...typed }) => {
    const made = await makeClient(deps, partner, { ...typed, owner: { name: ownerName, email, locale } })
    if (made.ok) return { to: `${clientPath(tenant, made.value.slug)}?notice=made` }
    switch (made.code) {
      case 'throttled':
        return { error: made.code, until: made.detail.until }
      case 'slug_taken':
        return { error: made.code, field: 'slug' }
      case 'not_an_address':
        return { error: made.code, field: 'email' }
      case 'too_deep':
      case 'not_permitted':
        return { error: made.code }
    }
  },
})

/** P1, P3, P10, of a tenant below, by the same service as its own admins (T3). */
export const saveClientRequirement = defineClientAction({
  schema: clientRequirementSchema,
  kept: ['teamRequired', 'endRequired', 'endSessions'],
  act: 'change_requirement',
  back: (input) => `${clientSecurityPath(input.tenant, input.client)}?${writeRequirementDraft(draftOf(input))}`,
  unproved: (input) =>
    input.preview === undefined
      ? null
      : {
          to: `${clientSecurityPath(input.tenant, input.client)}?${writeRequirementDraft(draftOf(input))}&look=1#preview`,
        },
  run: async (deps, client, input) => {
    const saved = await changeRequirement(deps, client, { ...draftOf(input), version: input.version })
    if (saved.ok) return { to: `${clientSecurityPath(input.tenant, input.client)}?notice=${saved.value}` }
    return saved.code === 'below_floor' ? belowFloorAnswer(saved.detail) : { error: saved.code }
  },
})

function draftOf(input: { teamRequired: boolean; endRequired: boolean; endSessions: boolean }) {
  const { teamRequired: team, endRequired: end, endSessions } = input
  return { required: { team, end }, kinds: null, endSessions }
}

/** Its own people cannot sign in any more; everything stays. */
export const suspendClientOf = defineClientAction({
  schema: clientSchema,
  act: 'suspend_client',
  back: ({ tenant, client }) => clientSecurityPath(tenant, client),
  run: async (deps, actor, { tenant, client }) => {
    const done = await suspendClient(deps, actor)
    return done.ok ? { to: `${clientPath(tenant, client)}?notice=suspended` } : { error: done.code }
  },
})

export const reactivateClientOf = defineClientAction({
  schema: clientSchema,
  act: 'reactivate_client',
  back: ({ tenant, client }) => clientSecurityPath(tenant, client),
  run: async (deps, actor, { tenant, client }) => {
    const done = await reactivateClient(deps, actor)
    return done.ok ? { to: `${clientPath(tenant, client)}?notice=reactivated` } : { error: done.code }
  },
})

/** From trial to production, and never back (U7). */
export const changeStageOf = defineClientAction({
  schema: clientSchema,
  act: 'change_stage',
  back: ({ tenant, client }) => clientSecurityPath(tenant, client),
  run: async (deps, actor, { tenant, client }) => {
    const done = await changeStage(deps, actor)
    return done.ok ? { to: `${clientPath(tenant, client)}?notice=production` } : { error: done.code }
  },
})
