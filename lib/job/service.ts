import { dropOldImports } from '../administration/import/service'
import { dropOldReports } from '../administration/report/service'
import type { Deps } from '../core/deps'
import { days, earlier, hours } from '../core/kernel/time'
import {
  deleteDoneMail,
  deleteEndedWindows,
  deleteExpiredAttempts,
  deleteExpiredLinks,
  deleteExpiredPasscodes,
} from './store'

/** How long rows stay after their end: pages still tell an expired passcode from an unknown one, admins look back. */
export const KEEP_PASSCODES = hours(1)
export const KEEP_ATTEMPTS = days(1)
export const KEEP_LINKS = days(1)
export const KEEP_MAIL = days(30)

const BATCH = 500

/** Deletes what is over, in batches; stops between two of them when `stopped` says so. */
export async function cleanUp(deps: Pick<Deps, 'db' | 'clock'>, stopped: () => boolean = () => false): Promise<void> {
  const { db } = deps
  const now = deps.clock.now()
  const sweeps = [
    () => deleteExpiredPasscodes(db, earlier(now, KEEP_PASSCODES), BATCH),
    () => deleteExpiredLinks(db, earlier(now, KEEP_LINKS), BATCH),
    () => deleteExpiredAttempts(db, earlier(now, KEEP_ATTEMPTS), BATCH),
    () => deleteEndedWindows(db, now, BATCH),
    () => deleteDoneMail(db, earlier(now, KEEP_MAIL), BATCH),
    () => dropOldImports(deps, BATCH),
    // One at a time: its parts go with it.
    async () => ((await dropOldReports(deps, 1)) === 1 ? BATCH : 0),
  ]
  for (const sweep of sweeps) {
    while (!stopped() && (await sweep()) === BATCH);
  }
}
