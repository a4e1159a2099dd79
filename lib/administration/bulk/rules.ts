import { minutes } from '../../core/kernel/time'
import type { Role } from '../../identity/user/types'
import type { ConsoleAct } from '../doors/types'
import type { InvitationRow } from '../invitation/types'
import type { PersonRow } from '../people/list/types'
import { may, mayGive, relationOfRow } from '../people/rules'
import type { PeopleAction } from '../people/types'
import {
  BULK_ACTS,
  type BulkActName,
  type BulkChoice,
  type BulkOutcome,
  type Judge,
  MEMBER_ACTS,
  type MemberActName,
} from './types'

/** How long a worker may be silent before another goes on. */
export const BULK_LEASE = minutes(2)
/** After a part that failed: what is wrong with it is seldom over at once. */
export const AFTER_FAILURE = minutes(5)
/** After as many of them in a row the rows of a part are tried one by one, and those that fail are left out. */
export const MAX_PART_FAILURES = 3
/** Found in one step; done in one transaction, which holds the tenant. */
export const GATHER_ROWS = 500
export const BATCH_ACTS = 25
/** Rows that a page can tick. */
export const MAX_PICKED = 100
/** Choices of one admin that wait to be confirmed; the oldest go. */
export const MAX_UNCONFIRMED = 10

/** What each act on people is in the permission matrix. */
export const ACTION_OF = {
  end_sessions: 'end_sessions',
  remind: 'remind',
  role: 'change_role',
  language: 'change_profile',
} as const satisfies Record<MemberActName, PeopleAction>

/** The act of one that each is, and with it the proof (S29). */
export const ACT_OF = {
  ...ACTION_OF,
  send: 'invite',
  send_again: 'invite',
  withdraw: 'withdraw_invitation',
  invited_role: 'change_invitation',
  invited_language: 'change_invitation',
} as const satisfies Record<BulkActName, ConsoleAct>

/** Nobody is made an owner among many. */
export const BULK_ROLES = ['admin', 'agent', 'end_user'] as const
export const BULK_LANGUAGES = ['en', 'de', 'ja', 'ko'] as const

export function isMemberAct(act: BulkActName): act is MemberActName {
  return MEMBER_ACTS.some((each) => each === act)
}

/** As a form or a row names it. */
export function writeChoice({ act, value }: BulkChoice): string {
  return value === '' ? act : `${act}.${value}`
}

/** What `writeChoice` wrote, as far as a role may choose it; null for anything else (R3). */
export function readChoice(text: string, own: Role): BulkChoice | null {
  return choicesFor(own).find((each) => writeChoice(each) === text) ?? null
}

export function choicesFor(own: Role, acts: readonly BulkActName[] = BULK_ACTS): BulkChoice[] {
  return acts.flatMap((act): BulkChoice[] => {
    if (act === 'invited_role' || act === 'role')
      return BULK_ROLES.filter((role) => mayGive(own, role)).map((value) => ({ act, value }))
    if (act === 'invited_language' || act === 'language') return BULK_LANGUAGES.map((value) => ({ act, value }))
    return [{ act, value: '' }]
  })
}

/** Whether an act reaches an invitation, as it is now; the act itself asks once more (S8). */
export function judgeInvitation(
  { act, value }: BulkChoice,
  judge: Judge,
  row: Pick<InvitationRow, 'role' | 'sentAt' | 'locale'>,
): BulkOutcome {
  if (!mayGive(judge.role, row.role)) return 'higher_role'
  if (act === 'send' && row.sentAt !== null) return 'sent_already'
  if (act === 'invited_role' && row.role === 'owner') return 'owner'
  if (act === 'invited_role' && row.role === value) return 'already_so'
  if (act === 'invited_language' && row.locale === value) return 'already_so'
  return 'open'
}

/** Whether an act reaches a person of the list, as they are now; likewise. */
export function judgeMember(
  { value }: BulkChoice,
  act: MemberActName,
  judge: Judge,
  row: Pick<PersonRow, 'userId' | 'guest' | 'role' | 'suspended' | 'locale'> & {
    coverage: Pick<PersonRow['coverage'], 'state'>
  },
): BulkOutcome {
  const relation = relationOfRow(judge.id, row)
  if (relation === 'self' || relation === 'guest') return relation
  if (!may(judge.role, ACTION_OF[act], relation, row.role)) return 'higher_role'
  if (row.suspended) return 'suspended'
  if (row.coverage.state === 'service') return 'service_account'
  if (act === 'role' && row.role === 'owner') return 'owner'
  if (act === 'role' && row.role === value) return 'already_so'
  if (act === 'language' && row.locale === value) return 'already_so'
  if (act === 'remind' && row.coverage.state !== 'setup_required') return 'not_outstanding'
  return 'open'
}

/** What a refusal of the act of one is in the list of all. */
export function outcomeOfCode(
  code: 'not_found' | 'not_permitted' | 'throttled',
): Extract<BulkOutcome, 'gone' | 'higher_role' | 'throttled'> {
  if (code === 'not_found') return 'gone'
  return code === 'throttled' ? code : 'higher_role'
}
