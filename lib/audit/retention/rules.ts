import { days, later } from '../../core/kernel/time'

/** The least that a log is kept, in days; the database itself lets go of nothing younger. */
export const RETENTION_FLOOR_DAYS = 90
/** The most that can be named; beyond it there is "for ever". */
export const RETENTION_CEILING_DAYS = 36_500
/** After so many days a shorter time takes effect, so that whoever is told can still object. */
export const SHORTENING_DAYS = 7

/** How long a log is kept, in days; null is for ever. */
export type Kept = number | null

export interface RetentionState {
  days: Kept
  /** What counts from `at` on. */
  next: { days: Kept; at: Date } | null
}

export const FOR_EVER: RetentionState = { days: null, next: null }

/** What counts at this time: what was announced for it or before does, also before a worker has come by. */
export function retentionAt(state: RetentionState, now: Date): RetentionState {
  return state.next === null || state.next.at > now ? state : { days: state.next.days, next: null }
}

export type RetentionDecision =
  | { outcome: 'out_of_range' }
  | { outcome: 'unchanged' }
  | { outcome: 'change'; to: RetentionState; effectiveAt: Date; shorter: boolean }

/**
 * 1. 90 days at least. 2. What keeps more counts at once, and takes back what was announced. 3. What keeps less counts
 * after seven days, counted from the last time that it was said.
 */
export function decideRetention(now: RetentionState, wanted: Kept, at: Date): RetentionDecision {
  if (wanted !== null && !isRetention(wanted)) return { outcome: 'out_of_range' }
  if (wanted === (now.next === null ? now.days : now.next.days)) return { outcome: 'unchanged' }
  if (keepsLess(wanted, now.days)) {
    const effectiveAt = later(at, days(SHORTENING_DAYS))
    const to = { days: now.days, next: { days: wanted, at: effectiveAt } }
    return { outcome: 'change', to, effectiveAt, shorter: true }
  }
  return { outcome: 'change', to: { days: wanted, next: null }, effectiveAt: at, shorter: false }
}

function isRetention(wanted: number): boolean {
  return Number.isInteger(wanted) && wanted >= RETENTION_FLOOR_DAYS && wanted <= RETENTION_CEILING_DAYS
}

function keepsLess(one: Kept, other: Kept): boolean {
  return one !== null && (other === null || one < other)
}

/** The file of entries that are deleted; it sorts by their places. */
export function exportName(tenantId: string, first: number, last: number): string {
  const place = (seq: number) => String(seq).padStart(10, '0')
  return `${tenantId}.${place(first)}-${place(last)}.jsonl.gz`
}
