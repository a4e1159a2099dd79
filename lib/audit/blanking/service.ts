import { nextTurn, transact } from '../../core/db'
import type { Deps } from '../../core/deps'
import type { RequestInfo } from '../../core/kernel/request'
import { splitData } from '../chain/rules'
import { recordEvent } from '../service'
import { findNextTenant } from '../store'
import { listEntriesOf, type Side, updateBlank, updateSaltGone, type Whose } from './store'

/** Entries of one transaction. */
const BLANK_BATCH = 200

export interface Blanked {
  /** Entries of which something was blanked. */
  blanked: number
  /** Entries of before there were digests: the chain holds what they say. */
  kept: number
  /** Entries that are not sealed yet: to be done once they are. */
  unsealed: number
}

/**
 * Blanks what is personal to somebody in the whole log: name, address and browser where they did something; name and
 * what was written of them where it was done to them. Ids, kinds and times stay, and the chains stay whole. In batches;
 * interrupted, the same again goes on, since what is blank is passed over. Each tenant's log says that it was done, and
 * not of whom by name.
 */
export async function blankPerson(
  deps: Deps,
  whose: readonly Whose[],
  operator: { request: RequestInfo },
): Promise<Blanked> {
  const all: Blanked = { blanked: 0, kept: 0, unsealed: 0 }
  const perTenant = new Map<string, Blanked>()
  for (let id = await findNextTenant(deps.db, ''); id !== null; id = await findNextTenant(deps.db, id)) {
    const told: Blanked = { blanked: 0, kept: 0, unsealed: 0 }
    perTenant.set(id, told)
    for (const each of whose) {
      const sides: readonly Side[] = 'id' in each ? ['actor', 'subject'] : ['subject']
      for (const side of sides) await blankSide(deps, { tenantId: id, side, whose: each }, told)
    }
  }
  for (const [tenantId, told] of perTenant) {
    all.blanked += told.blanked
    all.kept += told.kept
    all.unsealed += told.unsealed
    if (told.blanked === 0) continue
    const id = whose.map((each) => ('id' in each ? each.id : null)).find((each) => each !== null) ?? null
    await recordEvent(deps, {
      tenantId,
      kind: 'audit_forgotten',
      actor: { kind: 'operator' },
      request: operator.request,
      ...(id === null ? {} : { subject: { id, name: '' } }),
      data: { ...told },
    })
  }
  return all
}

async function blankSide(
  deps: Deps,
  scope: { tenantId: string; side: Side; whose: Whose },
  told: Blanked,
): Promise<void> {
  const { side } = scope
  for (let after = ''; ; ) {
    const page = await listEntriesOf(deps.db, scope, after, BLANK_BATCH)
    const counts = await transact(deps, async (deps) => {
      const counts: Blanked = { blanked: 0, kept: 0, unsealed: 0 }
      for (const { id, data, seal } of page) {
        if (seal === null) counts.unsealed += 1
        else if (seal.actorDigest === null) counts.kept += 1
        else if (await updateSaltGone(deps.db, id, side)) {
          const blank =
            side === 'actor'
              ? { actorName: null, address: null, userAgent: null }
              : { subjectName: null, data: splitData(data).others }
          await updateBlank(deps.db, id, blank)
          counts.blanked += 1
        }
      }
      return counts
    })
    told.blanked += counts.blanked
    told.kept += counts.kept
    told.unsealed += counts.unsealed
    const last = page.at(-1)
    if (last === undefined || page.length < BLANK_BATCH) return
    after = last.id
    await nextTurn()
  }
}
