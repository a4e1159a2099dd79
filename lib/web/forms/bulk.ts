import { isMemberAct } from '../../administration/bulk/rules'
import type { BulkActName } from '../../administration/bulk/types'
import type { Result } from '../../core/kernel/result'
import type { Answer } from '../gate/action'
import { bulkPath, invitationsPath, peoplePath } from '../paths'

/** The list that an act is chosen on. */
export function bulkListPath(tenant: string, act: BulkActName): string {
  return isMemberAct(act) ? peoplePath(tenant) : invitationsPath(tenant)
}

/** A second confirmation finds what the first one began. */
export function bulkAnswer(
  { tenant, bulk }: { tenant: string; bulk: string },
  confirmed: Result<null, 'not_found' | 'already_so' | 'not_permitted'>,
): Answer {
  if (confirmed.ok || confirmed.code === 'already_so') return { to: bulkPath(tenant, bulk) }
  return { error: confirmed.code }
}
