import type { z } from 'zod'
import type { WantedFloor } from '../../administration/floors/rules'
import { floorsDraftSchema, type floorsSchema } from '../../administration/floors/schema'
import { lastDayOf } from '../../identity/policy/rules'
import { FACTOR_KINDS, type FactorKind, type Floor } from '../../identity/policy/types'
import type { UserType } from '../../identity/user/types'
import { BOXED_KINDS } from './policy'

/** A floor as its form has it: numbers as they were typed. */
export interface FloorDraft {
  required: boolean
  deadline: string
  kinds: readonly FactorKind[]
  trust: string
  idle: string
  hours: string
}

export type FloorsDraft = Record<UserType, FloorDraft>

/** What stands in the form where nobody has typed anything. */
export function draftOfFloor(floor: Floor, zone: string): FloorDraft {
  const typed = (value: number | null) => (value === null ? '' : String(value))
  return {
    required: floor.required,
    deadline: floor.deadline === null ? '' : lastDayOf(floor.deadline, zone),
    kinds: floor.kinds ?? FACTOR_KINDS,
    trust: typed(floor.trustDays),
    idle: typed(floor.idleMinutes),
    hours: typed(floor.sessionHours),
  }
}

export function postedFloors(input: z.output<typeof floorsSchema>): FloorsDraft {
  const of = (type: UserType): FloorDraft => ({
    required: input[`${type}Required`],
    deadline: input[`${type}Deadline`],
    kinds: BOXED_KINDS.filter((kind) => input[`${type}_${kind}`]),
    trust: input[`${type}Trust`],
    idle: input[`${type}Idle`],
    hours: input[`${type}Hours`],
  })
  return { team: of('team'), end: of('end') }
}

export function writeFloorsDraft({ team, end }: FloorsDraft): string {
  const of = (type: UserType, draft: FloorDraft) => ({
    [type]: draft.required ? '1' : '0',
    [`${type}By`]: draft.deadline,
    [`${type}Kinds`]: draft.kinds.join(' '),
    [`${type}Trust`]: draft.trust,
    [`${type}Idle`]: draft.idle,
    [`${type}Hours`]: draft.hours,
  })
  return new URLSearchParams({ ...of('team', team), ...of('end', end) }).toString()
}

/** What `writeFloorsDraft` wrote; null for anything else. */
export function readFloorsDraft(search: Record<string, string | string[] | undefined>): FloorsDraft | null {
  const read = floorsDraftSchema.safeParse(search)
  if (!read.success) return null
  const { data } = read
  const of = (type: UserType): FloorDraft => ({
    required: data[type] === '1',
    deadline: data[`${type}By`],
    kinds: BOXED_KINDS.filter((kind) => data[`${type}Kinds`].split(' ').includes(kind)),
    trust: data[`${type}Trust`],
    idle: data[`${type}Idle`],
    hours: data[`${type}Hours`],
  })
  return { team: of('team'), end: of('end') }
}

export function wantedFloors(draft: FloorsDraft): Record<UserType, WantedFloor> {
  const of = ({ required, deadline, kinds, trust, idle, hours }: FloorDraft): WantedFloor => ({
    required,
    deadline,
    kinds,
    trustDays: wholeOrNone(trust),
    idleMinutes: wholeOrNone(idle),
    sessionHours: wholeOrNone(hours),
  })
  return { team: of(draft.team), end: of(draft.end) }
}

function wholeOrNone(typed: string): number | null {
  const text = typed.trim()
  if (text === '') return null
  return /^\d+$/.test(text) ? Number(text) : Number.NaN
}

const FIELDS: Readonly<Record<keyof WantedFloor, string>> = {
  required: 'Required',
  deadline: 'Deadline',
  kinds: '_totp',
  trustDays: 'Trust',
  idleMinutes: 'Idle',
  sessionHours: 'Hours',
}

/** Where a refusal is said. */
export function fieldOfFloor({ userType, setting }: { userType: UserType; setting: keyof WantedFloor }): string {
  return `${userType}${FIELDS[setting]}`
}
