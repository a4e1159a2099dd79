import { dropOldBulks } from '../administration/bulk/work/service'
import { dropOldFiles } from '../administration/import/kept/service'
import { dropOldImports } from '../administration/import/work/service'
import { dropOldReports } from '../administration/report/service'
import { nextTurn } from '../core/db'
import type { Deps } from '../core/deps'
import { days, earlier, hours } from '../core/kernel/time'
import { fillKeys } from '../identity/user/membership/service'
import {
  deleteDoneMail,
  deleteEndedWindows,
  deleteExpiredAttempts,
  deleteExpiredLinks,
  deleteExpiredPasscodes,
} from './store'

/** How long rows stay after their end: pages still tell an expired passcode from an unknown one, admins look back. */
export const PASSCODES_RETENTION = hours(1)
export const ATTEMPTS_RETENTION = days(1)
export const LINKS_RETENTION = days(1)
export const MAIL_RETENTION = days(30)

const BATCH = 500
/** Where each is a write of its own. */
const SMALL_BATCH = 50

/** Deletes what is over, in batches; stops between two of them when `stopped` says so. */
export async function cleanUp(deps: Pick<Deps, 'db' | 'clock'>, stopped: () => boolean = () => false): Promise<void> {
  const { db } = deps
  const now = deps.clock.now()
  const sweeps = [
    () => deleteExpiredPasscodes(db, earlier(now, PASSCODES_RETENTION), BATCH),
    () => deleteExpiredLinks(db, earlier(now, LINKS_RETENTION), BATCH),
    () => deleteExpiredAttempts(db, earlier(now, ATTEMPTS_RETENTION), BATCH),
    () => deleteEndedWindows(db, now, BATCH),
    () => deleteDoneMail(db, earlier(now, MAIL_RETENTION), BATCH),
    () => dropOldImports(deps, BATCH),
    () => dropOldFiles(deps, BATCH),
    async () => ((await fillKeys(deps, SMALL_BATCH)) === SMALL_BATCH ? BATCH : 0),
    // One at a time: its parts go with it.
    async () => ((await dropOldBulks(deps, 1)) === 1 ? BATCH : 0),
    async () => ((await dropOldReports(deps, 1)) === 1 ? BATCH : 0),
  ]
  for (const sweep of sweeps) {
    while (!stopped() && (await sweep()) === BATCH) await nextTurn()
  }
}
