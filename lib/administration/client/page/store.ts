import type { DbOrTx } from '../../../core/db'

/** Of more owners than that the page says nothing by name. */
const MAX_OWNERS = 20

export async function listOwners(
  db: DbOrTx,
  tenantId: string,
): Promise<{ name: string; email: string; suspended: boolean }[]> {
  const rows = await db.membership.findMany({
    where: { tenantId, role: 'owner' },
    orderBy: [{ nameKey: 'asc' }, { id: 'asc' }],
    take: MAX_OWNERS,
    select: { suspended: true, user: { select: { name: true, email: true } } },
  })
  return rows.map(({ suspended, user }) => ({ ...user, suspended }))
}

export function listInvitedOwners(db: DbOrTx, tenantId: string): Promise<{ name: string; email: string }[]> {
  return db.invitation.findMany({
    where: { tenantId, role: 'owner' },
    orderBy: { email: 'asc' },
    take: MAX_OWNERS,
    select: { name: true, email: true },
  })
}
