import { expect, test } from 'vitest'
import { isAfterFailures } from './rules'

test('N19: a sign-in is told of after five failures since the one before, and not after four', () => {
  const failed = (times: number) => Array<string>(times).fill('sign_in_failed')
  expect(isAfterFailures(failed(5))).toBe(true)
  expect(isAfterFailures([...failed(5), 'sign_in_succeeded'])).toBe(true)
  expect(isAfterFailures([...failed(4), 'sign_in_succeeded', ...failed(5)])).toBe(false)
  expect(isAfterFailures(['sign_in_succeeded', ...failed(5)])).toBe(false)
  expect(isAfterFailures(failed(4))).toBe(false)
  expect(isAfterFailures([])).toBe(false)
})
