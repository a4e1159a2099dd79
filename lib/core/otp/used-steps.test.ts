import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchTotp, TOTP_DEFAULTS, totpAt } from './totp'
import { isFree, STEPS_KEPT, type UsedSteps, usedUntil, withStep } from './used-steps'

const NONE: UsedSteps = { lastUsedStep: null, usedBefore: '' }
const TODAY = 59_000_000
const PHONE = { key: new Uint8Array(20).fill(7), ...TOTP_DEFAULTS }

/** As a server whose clock shows this step reads the code of another one; gives what it accepted. */
function type(used: UsedSteps, clock: number, step: number): number | null {
  const options = { window: 1, after: usedUntil(used, clock) }
  return matchTotp(PHONE, totpAt(PHONE, step), new Date(clock * 30_000), options)
}
const using = (steps: readonly number[]) => steps.reduce(withStep, NONE)

describe('S3: the steps that were used, under a clock that jumps', () => {
  test('S3: a clock two hours ahead for a minute shuts nobody out, and its codes are not good once more', () => {
    const ahead = TODAY + 240
    const used = using([TODAY - 5, ahead, ahead + 1])
    expect(type(used, TODAY, TODAY)).toBe(TODAY)
    // Neither what was used before it …
    expect(type(used, TODAY - 5, TODAY - 5)).toBeNull()
    // … nor what it used, when the time comes; what comes after is.
    for (const clock of [ahead - 1, ahead, ahead + 1]) expect(type(withStep(used, TODAY), clock, ahead)).toBeNull()
    expect(type(withStep(used, TODAY), ahead + 1, ahead + 1)).toBeNull()
    expect(type(withStep(used, TODAY), ahead + 2, ahead + 2)).toBe(ahead + 2)
  })

  test('S3: no step is accepted twice, however the clock jumps', () => {
    const jump = fc.oneof(fc.nat(3), fc.integer({ min: -300, max: 300 }), fc.constantFrom(-STEPS_KEPT, 240, -240))
    const tries = fc.array(fc.tuple(jump, fc.integer({ min: -2, max: 2 })), { minLength: 30, maxLength: 200 })
    fc.assert(
      fc.property(tries, (walk) => {
        let [clock, used] = [TODAY, NONE]
        const accepted = new Set<number>()
        for (const [jumped, drift] of walk) {
          clock += jumped
          const step = clock + drift
          if (Math.abs(drift) > 1 || !isFree(used, step, clock)) continue
          expect(accepted.has(step)).toBe(false)
          accepted.add(step)
          used = withStep(used, step)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('once the clock is right, a person is in within two steps, whatever a wrong one accepted', () => {
    const steps = fc.uniqueArray(fc.integer({ min: TODAY - 300, max: TODAY + 300 }), { maxLength: STEPS_KEPT })
    fc.assert(
      fc.property(steps, (wrong) => {
        const used = using(wrong)
        // Who waits for a code that no clock has used yet gets in with it, but for what was used just before it.
        const fresh = [0, 1, 2].filter((n) => ![0, 1, 2].some((near) => wrong.includes(TODAY + n + near - 1)))
        for (const n of fresh) expect(isFree(used, TODAY + n, TODAY + n)).toBe(true)
      }),
    )
  })

  test.each([0, 1])('after the one that was accepted %i ahead, two steps later at most', (early) => {
    const used = using([TODAY + 240, TODAY + early])
    expect([1, 2].some((n) => isFree(used, TODAY + n, TODAY + n))).toBe(true)
  })

  test('S3: of more than are kept the smallest one stands for all below it', () => {
    const ahead = Array.from({ length: STEPS_KEPT + 1 }, (_, n) => TODAY + 100 + n)
    const used = using([TODAY, ...ahead])
    expect(used.usedBefore.split(' ')).toHaveLength(STEPS_KEPT)
    expect(isFree(used, TODAY, TODAY)).toBe(false)
    expect(isFree(using([TODAY, ...ahead.slice(2)]), TODAY + 1, TODAY)).toBe(true)
  })
})
