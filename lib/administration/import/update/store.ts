import type { DbOrTx } from '../../../core/db'
import type { There } from './rules'

/** Those of a tenant who have one of these addresses, but for memberships that cannot be read. */
export async function listThere(
  db: DbOrTx,
  tenantId: string,
  emails: readonly string[],
  now: Date,
  without: readonly string[],
): Promise<(There & { email: string })[]> {
  const rows = await db.membership.findMany({
    where: { tenantId, user: { email: { in: [...emails] } }, id: { notIn: [...without] } },
    select: {
      role: true,
      suspended: true,
      user: {
        select: {
          id: true,
          tenantId: true,
          email: true,
          name: true,
          locale: true,
          suspendedAt: true,
          kind: true,
          serviceUntil: true,
        },
      },
    },
  })
  return rows.map(({ role, suspended, user }) => ({
    userId: user.id,
    email: user.email,
    name: user.name,
    role,
    locale: user.locale,
    guest: user.tenantId !== tenantId,
    suspended: suspended || user.suspendedAt !== null,
    service: user.kind === 'service' && (user.serviceUntil === null || user.serviceUntil > now),
  }))
}
