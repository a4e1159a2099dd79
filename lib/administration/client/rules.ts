import type { Progress } from '../../coverage/types'
import type { Policy, RuleChanges, TypePolicy } from '../../identity/policy/types'
import type { UserType } from '../../identity/user/types'
import type { ClientCursor, ClientState } from './types'

/** How deep forms let a tree grow; the tree itself has no such limit. */
export const MAX_DEPTH = 8

/** The parent is below this many. */
export function isTooDeep(above: number): boolean {
  return above + 2 > MAX_DEPTH
}

/** What the page of a customer says first: what matters more comes before. */
export function clientState(
  { suspended = false, required }: { suspended?: boolean; required: Record<UserType, boolean> },
  { enrolled, of, exempt, notRequired, suspended: people, service, mustSetUp, invited }: Progress,
): ClientState {
  if (suspended) return 'suspended'
  if (of + exempt + notRequired + people + service - invited === 0) return 'empty'
  if (!required.team && !required.end) return 'off'
  if (mustSetUp + invited > 0 || enrolled === 0) return 'outstanding'
  return required.team && required.end ? 'done' : 'partly'
}

/** What a policy becomes when 2FA is required of everybody (U7): what is required already goes on counting (P4). */
export function requiredOfAll(policy: Policy, now: Date): RuleChanges {
  const from = ({ required, firstRequiredAt }: TypePolicy): Partial<TypePolicy> =>
    required ? {} : { required: true, requiredSince: now, firstRequiredAt: firstRequiredAt ?? now }
  return { team: from(policy.team), end: from(policy.end) }
}

export function writeClientCursor({ value, key, id }: ClientCursor): string {
  return `${value}.${id}.${key}`
}

/** What `writeClientCursor` wrote; null for anything else. */
export function readClientCursor(text: string): ClientCursor | null {
  const match = /^(\d{1,9})\.([0-9A-Za-z-]{1,60})\.([^\p{Cc}]{0,320})$/u.exec(text)
  return match === null ? null : { value: Number(match[1]), id: match[2] ?? '', key: match[3] ?? '' }
}
