import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { days, earlier, later } from '../../core/kernel/time'
import { setExemptUntil } from '../user/membership/service'
import { daysLeft, EXEMPT_WINDOW_DAYS, mayExempt, moreTime } from './rules'
import { type ExemptionScope, insertExemption, listExemptions, updateExemptionEnded } from './store'

/** The longest exemption that somebody may be given now, in days. */
export async function exemptionDaysLeft(deps: Pick<Deps, 'db' | 'clock'>, scope: ExemptionScope): Promise<number> {
  const now = deps.clock.now()
  return daysLeft(await listExemptions(deps.db, scope, earlier(now, days(EXEMPT_WINDOW_DAYS))), now)
}

/** Until when, or null when 14 days in 90 are used up (U9); the caller holds the person's row. */
export async function giveExemption(
  deps: TransactionDeps<'clock' | 'random'>,
  scope: ExemptionScope,
  { givenById, reason, wanted }: { givenById: string; reason: string; wanted: number },
): Promise<Date | null> {
  const now = deps.clock.now()
  const past = await listExemptions(deps.db, scope, earlier(now, days(EXEMPT_WINDOW_DAYS)))
  if (!mayExempt(past, wanted, now)) return null
  await updateExemptionEnded(deps.db, scope, now)
  const endsAt = later(now, days(wanted))
  await insertExemption(deps.db, { ...scope, id: newId(now, deps.random), reason, givenById, startsAt: now, endsAt })
  await setExemptUntil(deps.db, scope, { exemptUntil: endsAt, moreTimeUntil: null })
  return endsAt
}

/**
 * More days after the one that was named, or from today on where that is over (P8), within the limits of U9; null when
 * these are used up. The caller holds the person's row.
 */
export async function giveTime(
  deps: TransactionDeps<'clock' | 'random'>,
  scope: ExemptionScope,
  given: { givenById: string; reason: string; wanted: number; deadline: Date; zone: string },
): Promise<Date | null> {
  const now = deps.clock.now()
  const { givenById, reason, wanted, deadline, zone } = given
  const { startsAt, endsAt } = moreTime(deadline, wanted, now, zone)
  const past = await listExemptions(deps.db, scope, earlier(now, days(EXEMPT_WINDOW_DAYS)))
  if (!mayExempt(past, wanted, startsAt)) return null
  await updateExemptionEnded(deps.db, scope, now)
  const id = newId(now, deps.random)
  await insertExemption(deps.db, { ...scope, id, reason, givenById, startsAt, endsAt, moreTime: true })
  await setExemptUntil(deps.db, scope, { exemptUntil: null, moreTimeUntil: endsAt })
  return endsAt
}

/** False when none lasts. */
export async function endExemption(deps: TransactionDeps<'clock'>, scope: ExemptionScope): Promise<boolean> {
  const ended = await updateExemptionEnded(deps.db, scope, deps.clock.now())
  await setExemptUntil(deps.db, scope, { exemptUntil: null, moreTimeUntil: null })
  return ended > 0
}
