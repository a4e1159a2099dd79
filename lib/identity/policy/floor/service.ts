import type { DbOrTx, Tx } from '../../../core/db'
import { asNumber, asOneOf, asText } from '../../../core/kernel/stored'
import { orPassedOver } from '../../../core/kernel/unreadable'
import type { UserType } from '../../user/types'
import { ruleOf, writeKinds } from '../rules'
import type { Floor, RuleBelow } from '../types'
import { floorOf, floorsOf, NO_FLOOR } from './rules'
import { listFloors, listRulesBelow, upsertFloor } from './store'

/** What a partner asks of those below, and the version of it: none is 0. */
export interface OwnFloors {
  version: number
  floors: Record<UserType, Floor>
}

export async function floorsById(db: DbOrTx, tenantId: string): Promise<OwnFloors> {
  const rows = await listFloors(db, tenantId)
  const of = (userType: UserType) => {
    const row = rows.find((each) => each.userType === userType)
    return row === undefined ? NO_FLOOR : floorOf(row, '', `${tenantId} ${userType}`)
  }
  return { version: rows.reduce((sum, { version }) => sum + version, 0), floors: { team: of('team'), end: of('end') } }
}

/** A row a user type that changes, however many tenants and people are below (P10). */
export async function writeFloors(tx: Tx, tenantId: string, changes: Partial<Record<UserType, Floor>>): Promise<void> {
  for (const userType of ['team', 'end'] as const) {
    const floor = changes[userType]
    if (floor === undefined) continue
    const kinds = floor.kinds === null ? null : writeKinds(floor.kinds)
    await upsertFloor(tx, { tenantId, userType }, { ...floor, kinds })
  }
}

const kindIn = asOneOf(['partner', 'customer'])
const stageIn = asOneOf(['trial', 'production'])
const userTypeIn = asOneOf(['team', 'end'])

/** Without those that cannot be read (N41). */
export async function rulesBelow(db: DbOrTx, ancestorId: string): Promise<RuleBelow[]> {
  const groups = new Map<string, [Record<string, unknown>, ...Record<string, unknown>[]]>()
  for (const row of await listRulesBelow(db, ancestorId)) {
    const key = `${row.t_id} ${row.userType}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return [...groups.values()].flatMap((rows) => orPassedOver(() => ruleBelowOf(rows)) ?? [])
}

function ruleBelowOf(rows: readonly [Record<string, unknown>, ...Record<string, unknown>[]]): RuleBelow {
  const [row] = rows
  const id = asText(row.t_id)
  const userType = userTypeIn(row.userType)
  const distance = asNumber(row.b_distance)
  return {
    tenant: {
      id,
      slug: asText(row.t_slug),
      name: asText(row.t_name),
      kind: kindIn(row.t_kind),
      stage: stageIn(row.t_stage),
    },
    userType,
    own: ruleOf(id, userType, row),
    floors: floorsOf(userType, rows),
    nearer: rows.filter((each) => each.f_tenantId !== null && asNumber(each.x_distance) < distance).length,
  }
}
