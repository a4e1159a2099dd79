/** Durations in milliseconds. */
export const seconds = (n: number): number => n * 1000
export const minutes = (n: number): number => n * 60_000
export const hours = (n: number): number => n * 3_600_000
export const days = (n: number): number => n * 86_400_000

export function later(from: Date, milliseconds: number): Date {
  return new Date(from.getTime() + milliseconds)
}

export function earlier(from: Date, milliseconds: number): Date {
  return new Date(from.getTime() - milliseconds)
}

export function earliest(a: Date, b: Date): Date {
  return a < b ? a : b
}

/** By so much the clocks of instances may differ; what lies further ahead was written by one that was wrong. */
export const CLOCK_TOLERANCE = hours(1)

/**
 * Whether this time was written by a clock that was ahead: what it began is taken for over, and does not live longer.
 */
export function isAhead(at: Date, now: Date): boolean {
  return at > later(now, CLOCK_TOLERANCE)
}
