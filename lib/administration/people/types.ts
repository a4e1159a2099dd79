/** What an owner or admin may do to somebody, each a cell of the permission matrix (docs/permissions.md). */
export const PEOPLE_ACTIONS = [
  'see',
  'see_security',
  'reset_2fa',
  'issue_code',
  'end_sessions',
  'forget_devices',
  'suspend',
  'reactivate',
  'change_role',
  'change_profile',
  'change_address',
  'exempt',
  'remind',
  'make_service',
  'end_service',
  'end_membership',
] as const
export type PeopleAction = (typeof PEOPLE_ACTIONS)[number]

/**
 * Who somebody is to the tenant in whose console one acts: oneself; at home here; a guest, at home elsewhere; a member
 * of any other tenant, and not of this one.
 */
export const RELATIONS = ['self', 'home', 'guest', 'other'] as const
export type Relation = (typeof RELATIONS)[number]
