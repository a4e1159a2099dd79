/** Failures since the last sign-in, after which the next one is told by mail (N19). */
export const FAILURES_TOLD = 5
export const SIGN_IN_OUTCOMES = ['sign_in_failed', 'sign_in_succeeded'] as const

/** Whether the last tries, newest first, were failures all and that many. */
export function isAfterFailures(outcomes: readonly string[]): boolean {
  const last = outcomes.slice(0, FAILURES_TOLD)
  return last.length === FAILURES_TOLD && last.every((each) => each === 'sign_in_failed')
}
