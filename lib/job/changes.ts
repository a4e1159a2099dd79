import { changeMark } from '../core/db'
import type { Deps } from '../core/deps'
import { seconds } from '../core/kernel/time'

/** What waits for a time, and not for a change, is looked for this often. */
export const TIMED_INTERVAL = seconds(15)
/** One look serves all that ask within this time. */
const LOOK_INTERVAL = seconds(0.5)

export type WorkerStep = (woken: boolean) => Promise<boolean>

/**
 * Makes steps that do nothing where nothing was committed since they last found nothing to do: an idle server asks its
 * database one small question and not one for each kind of work.
 */
export function workOnChange(deps: Pick<Deps, 'db' | 'clock'>): (step: () => Promise<boolean>) => WorkerStep {
  let look: Promise<string> | null = null

  function mark(): Promise<string> {
    if (look === null) {
      look = changeMark(deps.db)
      setTimeout(() => {
        look = null
      }, LOOK_INTERVAL).unref()
    }
    return look
  }

  return (step) => {
    let idle: { mark: string; at: Date } | null = null
    return async (woken) => {
      // Before the step: what is committed while it looks is found the next time.
      const before = { mark: await mark(), at: deps.clock.now() }
      if (!woken && idle !== null && idle.mark === before.mark && isRecent(idle.at, before.at)) return false
      idle = null
      const more = await step()
      if (!more) idle = before
      return more
    }
  }
}

/** A clock that was put back ends a pause too. */
function isRecent(at: Date, now: Date): boolean {
  return Math.abs(now.getTime() - at.getTime()) < TIMED_INTERVAL
}
