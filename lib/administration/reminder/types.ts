import type { UserType } from '../../identity/user/types'

/** The slots of rounds to people whom an admin picked begin so. */
export const PICKED = 'picked '

export interface ReminderRound {
  id: string
  tenantId: string
  /** Null for everybody of whom it is required. */
  userType: UserType | null
  /** Days before the day; null where an admin asked. */
  milestone: number | null
  askedByName: string | null
  locale: string | null
  position: string | null
  mailed: number
  createdAt: Date
  finishedAt: Date | null
}

/** Where a round is: the last one it came to, of those who are here and then of the invited. */
export interface ReminderPosition {
  section: 'members' | 'invited'
  after: string
}

/** What became of the mails of a round. */
export interface Deliveries {
  sent: number
  failed: number
  waiting: number
}

export type RoundView = Omit<ReminderRound, 'tenantId' | 'locale' | 'position'> & Deliveries

export interface RemindersView {
  /** Of anybody: where it is of nobody, nobody is done or not done. */
  required: boolean
  /** Who is not done: to be set up, or invited. */
  outstanding: number
  /** Mails that the worker will send by itself, the next one first. */
  planned: readonly { userType: UserType; milestone: number; at: Date }[]
  rounds: readonly RoundView[]
  /** When an admin may ask again; null when that is now. */
  askAgainAt: Date | null
}

/** The plan in three facts. */
export interface PlanView {
  /** Who is not done: to be set up, or invited. */
  outstanding: number
  /** Until when the setup can be put off; null where no day is named. */
  deadlines: Record<UserType, Date | null>
  /** The next mail that the worker will send by itself. */
  nextAt: Date | null
}

/** What became of the last mail to somebody. */
export interface LastReminder {
  at: Date
  as: keyof Deliveries
}
