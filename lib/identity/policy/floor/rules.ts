import { asBoolean, asDate, asNumber, asText, asTextOrNull, columnsOf } from '../../../core/kernel/stored'
import { isUnreadableRow, type UnreadableRow } from '../../../core/kernel/unreadable'
import type { UserType } from '../../user/types'
import {
  kindsMeet,
  readKinds,
  SESSION_CEILING_HOURS,
  strictest,
  TRUST_CEILING_DAYS,
  trustDaysOf,
  withChanges,
} from '../rules'
import {
  type BoundPolicy,
  FACTOR_KINDS,
  type FactorKind,
  type Floor,
  type FloorAbove,
  type FloorsAbove,
  type Policy,
  type RuleChanges,
  type TypePolicy,
} from '../types'

type Read = { readonly [K in keyof Floor]: (stored: unknown) => Floor[K] }
type Stored = Readonly<Record<string, unknown>>

const orNull =
  <T>(read: (stored: unknown) => T) =>
  (stored: unknown): T | null =>
    stored === null || stored === undefined ? null : read(stored)

/** Every setting of a floor, by the name of its column in `policy_floor`. */
const READ: Read = {
  required: asBoolean,
  requiredSince: asDate,
  firstRequiredAt: asDate,
  deadline: asDate,
  kinds: orNull((stored) => readKinds(asText(stored))),
  trustDays: orNull((stored) => trustDaysOf(asNumber(stored))),
  trustFloor: asDate,
  idleMinutes: orNull(asNumber),
  sessionHours: orNull(asNumber),
}

export const FLOOR_NAMES = Object.keys(READ) as (keyof Floor)[]

/** Asks nothing. */
export const NO_FLOOR: Floor = {
  required: false,
  requiredSince: null,
  firstRequiredAt: null,
  deadline: null,
  kinds: null,
  trustDays: null,
  trustFloor: null,
  idleMinutes: null,
  sessionHours: null,
}

/** The floor in a row, whose columns have this before their names. */
export function floorOf(row: Stored, prefix: string, id: string): Floor {
  const column = columnsOf(row, 'policy_floor', prefix, id)
  return Object.fromEntries(FLOOR_NAMES.map((name) => [name, column<unknown>(name, READ[name])])) as unknown as Floor
}

/**
 * The floors above a tenant, the nearest first, of rows as `FLOOR_COLUMNS` reads them.
 * @throws UnreadableRow for a floor that says nothing, unless `otherwise` has what counts instead.
 */
export function floorsOf(
  userType: UserType,
  rows: readonly Stored[],
  otherwise?: (unreadable: UnreadableRow) => Floor,
): FloorAbove[] {
  const read = (row: Stored, id: string) => {
    try {
      return floorOf(row, 'f_', `${id} ${userType}`)
    } catch (error) {
      if (otherwise === undefined || !isUnreadableRow(error)) throw error
      return otherwise(error)
    }
  }
  return rows
    .filter((row) => asTextOrNull(row.f_tenantId) !== null)
    .sort((one, other) => asNumber(one.x_distance) - asNumber(other.x_distance))
    .map((row) => {
      const id = asText(row.f_tenantId)
      return { partner: { id, name: asText(row.f_name) }, version: asNumber(row.f_version), floor: read(row, id) }
    })
}

/** A floor as one more level of the strictest: what it does not ask for is the most that may be. */
function asPolicy({ kinds, trustDays, idleMinutes, sessionHours, ...dated }: Floor, userType: UserType): TypePolicy {
  return {
    ...dated,
    kinds: kinds ?? FACTOR_KINDS,
    trustDays: trustDays ?? TRUST_CEILING_DAYS,
    idleMinutes: idleMinutes ?? Number.POSITIVE_INFINITY,
    sessionHours: sessionHours ?? SESSION_CEILING_HOURS[userType],
    sessionsVoidedAt: null,
    deviceVerification: false,
    issuedRecoveryCodes: true,
  }
}

/**
 * What counts in a tenant (T5): the strictest of its own settings and of every floor above, setting by setting. Kinds
 * that have none in common are those of whoever is higher up.
 */
export function underFloors(own: TypePolicy, userType: UserType, floors: readonly FloorAbove[]): TypePolicy {
  if (floors.length === 0) return own
  const joined = strictest([own, ...floors.map(({ floor }) => asPolicy(floor, userType))])
  return { ...joined, kinds: kindsUnder(own.kinds, floors) }
}

function kindsUnder(own: readonly FactorKind[], floors: readonly FloorAbove[]): readonly FactorKind[] {
  return floors.reduce<readonly FactorKind[]>((kinds, { floor }) => {
    if (floor.kinds === null) return kinds
    return kindsMeet(kinds, floor.kinds) ? kinds.filter((kind) => floor.kinds?.includes(kind)) : floor.kinds
  }, own)
}

/** The version is of everything that counts: a floor that moved since a form was drawn is a change in between. */
export function boundPolicy(own: Policy, floors: FloorsAbove): BoundPolicy {
  const versions = [...floors.team, ...floors.end].map(({ version }) => version)
  return {
    tenantId: own.tenantId,
    version: versions.reduce((sum, each) => sum + each, own.version),
    own,
    floors,
    team: underFloors(own.team, 'team', floors.team),
    end: underFloors(own.end, 'end', floors.end),
  }
}

/** What would count with other settings of the tenant's own. */
export function boundWith({ own, floors }: Pick<BoundPolicy, 'own' | 'floors'>, changes: RuleChanges): BoundPolicy {
  return boundPolicy(withChanges(own, changes), floors)
}

/** A setting that a floor holds. */
export const FLOOR_SETTINGS = ['required', 'deadline', 'kinds', 'trustDays', 'idleMinutes', 'sessionHours'] as const
export type FloorSetting = (typeof FLOOR_SETTINGS)[number]

export interface BelowFloor {
  userType: UserType
  setting: FloorSetting
  partner: FloorAbove['partner']
}

/** The first change that is below a floor, and whose that is: the nearest one's (T5). */
export function belowFloor(changes: RuleChanges, floors: FloorsAbove): BelowFloor | null {
  for (const userType of ['team', 'end'] as const) {
    const change = changes[userType]
    if (change === undefined) continue
    for (const setting of FLOOR_SETTINGS) {
      const above = floors[userType].find(({ floor }) => isBelow(setting, change, floor))
      if (above !== undefined) return { userType, setting, partner: above.partner }
    }
  }
  return null
}

function isBelow(setting: FloorSetting, change: Partial<TypePolicy>, floor: Floor): boolean {
  switch (setting) {
    case 'required':
      return change.required === false && floor.required
    case 'deadline':
      return floor.required && isLater(change.deadline ?? null, floor.deadline)
    case 'kinds':
      return floor.kinds !== null && (change.kinds ?? []).some((kind) => floor.kinds?.includes(kind) === false)
    case 'trustDays':
    case 'idleMinutes':
    case 'sessionHours': {
      const most = floor[setting]
      return most !== null && (change[setting] ?? 0) > most
    }
  }
}

/** Than a day that may be missing: then there is no time at all. */
function isLater(deadline: Date | null, than: Date | null): boolean {
  return deadline !== null && (than === null || deadline > than)
}

/** Whose floor it is that holds a setting where it is, the nearest one's; null where the tenant is free in it. */
export function floorThatHolds(floors: readonly FloorAbove[], setting: FloorSetting): FloorAbove | null {
  const asking = floors.filter(({ floor }) =>
    setting === 'required' || setting === 'deadline' ? floor.required : floor[setting] !== null,
  )
  if (setting === 'required' || setting === 'kinds') return asking[0] ?? null
  const strictness = ({ floor }: FloorAbove) =>
    setting === 'deadline' ? (floor.deadline?.getTime() ?? 0) : (floor[setting] ?? Number.POSITIVE_INFINITY)
  return asking.reduce<FloorAbove | null>(
    (one, other) => (one === null || strictness(other) < strictness(one) ? other : one),
    null,
  )
}
