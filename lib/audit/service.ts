import type { AnyDeps, TransactionDeps } from '../core/deps'
import { newId } from '../core/kernel/ids'
import { eventRow } from './rules'
import { insertEvent, insertEvents } from './store'
import type { AuditEntry } from './types'

/** A plain insert, in the transaction of the change it tells of (S14). The chain is made later by `sealEvents`. */
export async function recordEvent(deps: AnyDeps<'clock' | 'random'>, event: AuditEntry): Promise<void> {
  const now = deps.clock.now()
  await insertEvent(deps.db, eventRow(event, newId(now, deps.random), now))
}

/** Many of one change, likewise. */
export async function recordEvents(
  deps: TransactionDeps<'clock' | 'random'>,
  events: readonly AuditEntry[],
): Promise<void> {
  const now = deps.clock.now()
  await insertEvents(
    deps.db,
    events.map((event) => eventRow(event, newId(now, deps.random), now)),
  )
}
