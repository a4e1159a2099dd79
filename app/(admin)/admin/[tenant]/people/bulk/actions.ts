'use server'

import { bulkSchema, prepareSchema } from '@/lib/administration/bulk/schema'
import { confirmBulk, dropBulk, prepareBulk } from '@/lib/administration/bulk/service'
import { bulkAnswer, bulkListPath } from '@/lib/web/forms/bulk'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { bulkPath } from '@/lib/web/paths'

/** Only writes down what was chosen: the page that it leads to says whom it reaches, and asks. */
export const prepareBulkOf = defineAdminAction({
  schema: prepareSchema,
  kept: ['choice', 'reach'],
  act: 'prepare_bulk',
  run: async (deps, admin, { tenant, ...chosen }) => {
    const prepared = await prepareBulk(deps, admin, chosen)
    return prepared.ok ? { to: bulkPath(tenant, prepared.value.id) } : { error: prepared.code }
  },
})

export const dropBulkOf = defineAdminAction({
  schema: bulkSchema,
  act: 'prepare_bulk',
  run: async (deps, admin, input) => {
    const dropped = await dropBulk(deps, admin, input.bulk)
    return dropped.ok ? { to: bulkListPath(input.tenant, dropped.value.act) } : { error: dropped.code }
  },
})

/** From the step-up to the same page, with everybody who was chosen (X7). */
const back = (input: { tenant: string; bulk: string }) => bulkPath(input.tenant, input.bulk)

export const confirmInvitations = defineAdminAction({
  schema: bulkSchema,
  act: 'invite',
  back,
  run: async (deps, admin, input) =>
    bulkAnswer(input, await confirmBulk(deps, admin, input.bulk, ['send', 'send_again'])),
})

export const confirmWithdrawals = defineAdminAction({
  schema: bulkSchema,
  act: 'withdraw_invitation',
  back,
  run: async (deps, admin, input) => bulkAnswer(input, await confirmBulk(deps, admin, input.bulk, ['withdraw'])),
})

export const confirmInvitationChanges = defineAdminAction({
  schema: bulkSchema,
  act: 'change_invitation',
  back,
  run: async (deps, admin, input) =>
    bulkAnswer(input, await confirmBulk(deps, admin, input.bulk, ['invited_role', 'invited_language'])),
})

export const confirmSessionEnds = defineAdminAction({
  schema: bulkSchema,
  act: 'end_sessions',
  back,
  run: async (deps, admin, input) => bulkAnswer(input, await confirmBulk(deps, admin, input.bulk, ['end_sessions'])),
})

export const confirmReminders = defineAdminAction({
  schema: bulkSchema,
  act: 'remind',
  back,
  run: async (deps, admin, input) => bulkAnswer(input, await confirmBulk(deps, admin, input.bulk, ['remind'])),
})

export const confirmRoles = defineAdminAction({
  schema: bulkSchema,
  act: 'change_role',
  back,
  run: async (deps, admin, input) => bulkAnswer(input, await confirmBulk(deps, admin, input.bulk, ['role'])),
})

export const confirmLanguages = defineAdminAction({
  schema: bulkSchema,
  act: 'change_profile',
  back,
  run: async (deps, admin, input) => bulkAnswer(input, await confirmBulk(deps, admin, input.bulk, ['language'])),
})
