import { days, earlier, later } from '../../core/kernel/time'
import type { Coverage } from '../../coverage/types'
import { lastMomentOf, remindedUntil } from '../../identity/policy/rules'
import type { Policy } from '../../identity/policy/types'
import type { Person, UserType } from '../../identity/user/types'
import { readerOf } from '../../messaging/mail/rules'
import type { MailOrder } from '../../messaging/mail/types'
import { PICKED, type ReminderPosition, type RemindersView } from './types'

/** Days before the day at which those who are not done are reminded (P8). */
export const MILESTONES = [14, 7, 1] as const
/** A worker that was down for longer sends a reminder no more. */
const LATE = days(1)
/** Between two rounds that an admin asks for. */
export const ASK_AGAIN = days(1)

const USER_TYPES: readonly UserType[] = ['team', 'end']

type Tenant = Parameters<typeof remindedUntil>[0]

/** The milestone whose time is now: for a day from its moment on, and never after the day itself. */
export function milestoneAt(deadline: Date, now: Date): number | null {
  const isDue = (each: number) => {
    const at = earlier(deadline, days(each))
    return at <= now && now < later(at, LATE) && now < deadline
  }
  return MILESTONES.find(isDue) ?? null
}

/**
 * Another day has other reminders; the same one has each of them once, however often it is taken away and named again.
 */
export function slotOf(userType: UserType, deadline: Date, milestone: number): string {
  return `${userType} ${deadline.toISOString()} ${milestone}`
}

/** One round a confirmation for many (X7). */
export function pickedSlot(bulkId: string): string {
  return `${PICKED}${bulkId}`
}

export function plannedReminders(tenant: Tenant, policy: Policy, now: Date): RemindersView['planned'] {
  return USER_TYPES.flatMap((userType) => {
    const deadline = remindedUntil(tenant, policy[userType])
    if (deadline === null) return []
    return MILESTONES.map((milestone) => ({ userType, milestone, at: earlier(deadline, days(milestone)) }))
  })
    .filter(({ at }) => at > now)
    .sort((one, other) => one.at.getTime() - other.at.getTime())
}

/** When an admin may ask again; null when that is now. */
export function askAgainAt(lastAskedAt: Date | null, now: Date): Date | null {
  if (lastAskedAt === null) return null
  const at = later(lastAskedAt, ASK_AGAIN)
  return at > now ? at : null
}

/** The user types a round is for, as the policy is when it goes out. */
export function typesOf(userType: UserType | null, policy: Policy): UserType[] {
  return USER_TYPES.filter((type) => policy[type].required && (userType === null || userType === type))
}

/** What is still to be set up, and until when it can be put off. */
export function reminderTo(
  { person, locale, tenant, link }: { person: Person; locale: string | null; tenant: { name: string }; link: string },
  { path, deadline }: Pick<Coverage, 'path' | 'deadline'>,
  now: Date,
): MailOrder {
  const until = path === 'put_off' && deadline !== null ? lastMomentOf(deadline) : null
  const values = { tenant: tenant.name, until, link }
  return { ...readerOf(person, locale), template: 'setup_reminder', values, expiresAt: expiryOf(until, now) }
}

/** A reminder that waits for so long says what is no longer so. */
export function expiryOf(until: Date | null, now: Date): Date {
  const latest = later(now, ASK_AGAIN)
  return until !== null && until > now && until < latest ? until : latest
}

const END = 'end'

/** What `writeReminderPosition` wrote; the beginning for a round that was not begun, null for one that is through. */
export function readReminderPosition(text: string | null): ReminderPosition | null {
  if (text === null) return { section: 'members', after: '' }
  if (text === END) return null
  const [section, ...after] = text.split(' ')
  if (section !== 'members' && section !== 'invited') throw new Error('a round of reminders without a position')
  return { section, after: after.join(' ') }
}

/** Null is behind everybody. */
export function writeReminderPosition(position: ReminderPosition | null): string {
  return position === null ? END : `${position.section} ${position.after}`
}
