import type { Deps } from '../../../core/deps'
import { progressOf } from '../../../coverage/rules'
import { viewCoverageBelow } from '../../../coverage/service'
import type { PartnerAdmin } from '../../../identity/actor/types'
import { searchKey } from '../../../identity/user/rules'
import { readClientCursor, writeClientCursor } from '../rules'
import type { ClientPage, ClientQuery, ListedTenant } from '../types'
import { isAnyBelow, listBelow } from './store'

export const CLIENTS_SHOWN = 50

/** One page of every tenant below, each with the same numbers as on its own pages (T1, P9). */
export async function listClients(
  deps: Pick<Deps, 'db' | 'clock' | 'smsAvailable'>,
  actor: PartnerAdmin,
  query: ClientQuery,
): Promise<ClientPage> {
  const partnerId = actor.tenant.tenant.id
  const { from } = query
  const backwards = typeof from === 'object' && 'before' in from
  const cursor = from === 'first' ? null : readClientCursor('after' in from ? from.after : from.before)
  const asked = { ...query, searchKey: searchKey(query.search) }
  const found = await listBelow(deps.db, partnerId, asked, { cursor, backwards, limit: CLIENTS_SHOWN + 1 })
  const page = found.slice(0, CLIENTS_SHOWN)
  if (backwards) page.reverse()
  const more = found.length > CLIENTS_SHOWN
  const counts = await viewCoverageBelow(deps, actor, page)
  const at = (row: ListedTenant | undefined) => (row === undefined ? null : writeClientCursor(row.cursor))
  return {
    rows: page.map(({ cursor: _, ...row }) => {
      const of = counts.get(row.id)
      return { ...row, progress: of === undefined ? progressOf() : progressOf(of.team, of.end) }
    }),
    previous: (backwards ? more : cursor !== null) ? at(page[0]) : null,
    next: backwards || more ? at(page.at(-1)) : null,
    any: page.length > 0 || (await isAnyBelow(deps.db, partnerId)),
  }
}
