import type { DbOrTx } from '../../core/db'
import type { StoredEvent } from '../types'

export type Side = 'actor' | 'subject'

/** Whose entries: by id, or of an invitation by the address that stands for a name. */
export type Whose = { id: string } | { invited: string }

const OF_INVITATIONS = [
  'user_invited',
  'invitation_changed',
  'invitation_reminded',
  'invitation_withdrawn',
  'invitation_accepted',
]

interface Found {
  id: string
  tenantId: string
  data: string
  /** Its seal, where there is one: with a salt it can be blanked, with a digest and no salt it was. */
  seal: {
    actorSalt: string | null
    actorDigest: string | null
    subjectSalt: string | null
    subjectDigest: string | null
  } | null
}

/** Entries of one tenant in which somebody stands on this side, by id, after the last one of the page before. */
export function listEntriesOf(
  db: DbOrTx,
  { tenantId, side, whose }: { tenantId: string; side: Side; whose: Whose },
  after: string,
  limit: number,
): Promise<Found[]> {
  const of =
    'id' in whose
      ? { [side === 'actor' ? 'actorId' : 'subjectId']: whose.id }
      : { kind: { in: OF_INVITATIONS }, subjectName: whose.invited }
  return db.auditEvent.findMany({
    where: { tenantId, ...of, id: { gt: after } },
    orderBy: { id: 'asc' },
    take: limit,
    select: {
      id: true,
      tenantId: true,
      data: true,
      seal: { select: { actorSalt: true, actorDigest: true, subjectSalt: true, subjectDigest: true } },
    },
  })
}

/** The salt goes first: from then on the digest tells nothing, and the triggers let the fields go. */
export async function updateSaltGone(db: DbOrTx, eventId: string, side: Side): Promise<boolean> {
  const salt = side === 'actor' ? 'actorSalt' : 'subjectSalt'
  const digest = side === 'actor' ? 'actorDigest' : 'subjectDigest'
  const { count } = await db.auditSeal.updateMany({
    where: { eventId, [salt]: { not: null }, [digest]: { not: null } },
    data: { [salt]: null },
  })
  return count === 1
}

export async function updateBlank(db: DbOrTx, id: string, data: Partial<StoredEvent>): Promise<void> {
  await db.auditEvent.updateMany({ where: { id }, data })
}
