import { days, earlier, later, minutes } from '../../../core/kernel/time'
import type { InvitationRow, ReminderStep } from '../types'

/** Of a link that is valid for less than this nobody is reminded (R10). */
export const MIN_REMINDED_LIFE = days(2)
/** So long before the end of a link its last reminder goes out. */
export const LAST_REMINDER = days(1)
/** Whoever was mailed about an invitation within this time is passed over, by whichever rule (R10, P8). */
export const REMINDER_PAUSE = days(1)
/** By so much a worker may be late, without the reminder of the next day being passed over for it. */
const WORKER_LATE = minutes(15)
/** Links of one invitation that work at a time: that of its mail, and those of the newest reminders (R10). */
export const MAX_INVITATION_LINKS = 3

type Life = Pick<InvitationRow, 'sentAt' | 'expiresAt'>
type Mailed = Pick<InvitationRow, 'sentAt' | 'remindedAt'>

/**
 * When somebody is reminded of a link:
 * 1. of one that is valid for less than two days never;
 * 2. a day before its end;
 * 3. at half of its life, where that is a day or more before 2.
 */
export function reminderPlan({ sentAt, expiresAt }: Life): readonly { step: ReminderStep; at: Date }[] {
  if (sentAt === null || expiresAt === null) return []
  const life = expiresAt.getTime() - sentAt.getTime()
  if (life < MIN_REMINDED_LIFE) return []
  const last = { step: 'last_day', at: earlier(expiresAt, LAST_REMINDER) } as const
  const half = { step: 'half_way', at: later(sentAt, Math.floor(life / 2)) } as const
  return later(half.at, REMINDER_PAUSE) <= last.at ? [half, last] : [last]
}

/** The next moment of the plan after this one; null where none is to come. */
export function nextReminderAt(life: Life, after: Date): Date | null {
  return reminderPlan(life).find(({ at }) => at > after)?.at ?? null
}

/** What falls due for whoever looks now: of those that are late the newest alone, and none once the link is over. */
export function dueReminder(row: Life & Pick<InvitationRow, 'remindAt'>, now: Date): ReminderStep | null {
  const { remindAt, expiresAt } = row
  if (remindAt === null || expiresAt === null || now >= expiresAt) return null
  return reminderPlan(row).findLast(({ at }) => remindAt <= at && at <= now)?.step ?? null
}

/** When it was last mailed about, by the mail or a reminder of it. */
export function lastMailedAt({ sentAt, remindedAt }: Mailed): Date | null {
  return sentAt !== null && remindedAt !== null && remindedAt > sentAt ? remindedAt : sentAt
}

export function wasMailedLately(row: Mailed, now: Date): boolean {
  const last = lastMailedAt(row)
  return last !== null && now < later(last, REMINDER_PAUSE - WORKER_LATE)
}

/** When a reminder that still waits says what is no longer so: a day later, or at the end of what it tells of. */
export function reminderExpiry(until: Date, given: Date | null, now: Date): Date {
  const latest = given ?? later(now, REMINDER_PAUSE)
  return until < latest ? until : latest
}
