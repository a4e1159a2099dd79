import type { DbOrTx } from '../../../core/db'
import { findInvitation, listInvitations, listInvitationsAmong } from '../store'
import type { InvitationRow } from '../types'

/** For many at once (X7): one as it is now, by its id. */
export function invitationOf(
  db: DbOrTx,
  scope: { tenantId: string; id: string },
): Promise<(InvitationRow & { tokenHash: string | null }) | null> {
  return findInvitation(db, scope)
}

/** For many at once (X7): those of a list that were there at a time, in the order of addresses. */
export function invitationsFrom(
  db: DbOrTx,
  tenantId: string,
  from: { search: string; after: string; until: Date; limit: number; without: readonly string[] },
): Promise<InvitationRow[]> {
  return listInvitations(db, tenantId, from)
}

/** Those of these ids that are of this tenant. */
export function invitationsAmong(db: DbOrTx, tenantId: string, ids: readonly string[]): Promise<InvitationRow[]> {
  return listInvitationsAmong(db, tenantId, ids)
}
