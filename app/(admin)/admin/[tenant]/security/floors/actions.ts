'use server'

import { floorsSchema } from '@/lib/administration/floors/schema'
import { changeFloors } from '@/lib/administration/floors/service'
import { fieldOfFloor, postedFloors, wantedFloors, writeFloorsDraft } from '@/lib/web/forms/floors'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { floorsPath } from '@/lib/web/paths'

/** What everybody below must meet at least (T5). */
export const saveFloors = defineAdminAction({
  schema: floorsSchema,
  kept: [
    'teamRequired',
    'endRequired',
    'teamDeadline',
    'endDeadline',
    'team_totp',
    'team_email',
    'team_sms',
    'end_totp',
    'end_email',
    'end_sms',
    'teamTrust',
    'endTrust',
    'teamIdle',
    'endIdle',
    'teamHours',
    'endHours',
  ],
  act: 'change_floors',
  back: (input) => `${floorsPath(input.tenant)}?${writeFloorsDraft(postedFloors(input))}`,
  unproved: (input) =>
    input.preview === undefined
      ? null
      : { to: `${floorsPath(input.tenant)}?${writeFloorsDraft(postedFloors(input))}&look=1` },
  run: async (deps, admin, input) => {
    const wanted = wantedFloors(postedFloors(input))
    const changed = await changeFloors(deps, admin, { wanted, version: input.version })
    if (changed.ok)
      return { to: `${floorsPath(input.tenant)}?notice=${changed.value === 'changed' ? 'saved' : 'unchanged'}` }
    switch (changed.code) {
      case 'leaves_no_kind': {
        const { userType, tenant } = changed.detail
        return { error: changed.code, field: fieldOfFloor({ userType, setting: 'kinds' }), name: tenant.name }
      }
      case 'no_kind':
      case 'deadline_out_of_range':
      case 'trust_out_of_range':
      case 'limits_out_of_range':
        return { error: changed.code, field: fieldOfFloor(changed.detail) }
      default:
        return { error: changed.code }
    }
  },
})
