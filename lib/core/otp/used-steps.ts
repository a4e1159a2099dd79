import { MAX_WINDOW } from './totp'

/** The time steps that were accepted of an app: the one accepted last, and those before it, the greatest first. */
export interface UsedSteps {
  lastUsedStep: number | null
  usedBefore: string
}

/** So many are kept beside the last one; where more came, the smallest that is kept stands for all below it. */
export const STEPS_KEPT = 20

function before({ usedBefore }: UsedSteps): number[] {
  return usedBefore === '' ? [] : usedBefore.split(' ').map(Number)
}

function allOf(used: UsedSteps): number[] {
  return used.lastUsedStep === null ? before(used) : [used.lastUsedStep, ...before(used)]
}

/**
 * The step up to which none is accepted at this step of the clock (S3). One that the window does not reach yet was
 * accepted by a clock that was ahead: it counts once its time comes, and those before it are free.
 */
export function usedUntil(used: UsedSteps, current: number): number | null {
  const all = allOf(used)
  const reached = all.filter((step) => step <= current + MAX_WINDOW)
  const floor = before(used).length < STEPS_KEPT ? [] : [Math.min(...all)]
  const counted = [...reached, ...floor]
  return counted.length === 0 ? null : Math.max(...counted)
}

/** Whether a step that is in the window of `current` was not accepted, nor a later one. */
export function isFree(used: UsedSteps, step: number, current: number): boolean {
  const after = usedUntil(used, current)
  return (after === null || step > after) && step <= current + MAX_WINDOW
}

export function withStep(used: UsedSteps, step: number): UsedSteps {
  const kept = allOf(used).sort((a, b) => b - a)
  return { lastUsedStep: step, usedBefore: kept.slice(0, STEPS_KEPT).join(' ') }
}
