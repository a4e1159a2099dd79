import { describe, expect, test } from 'vitest'
import { initialFormState, keptValues, nextSubmission } from './form-state'

describe('keptValues', () => {
  test('keeps the named input and nothing else', () => {
    const data = new FormData()
    data.set('email', 'ann@example.com')
    data.set('password', 'secret')
    expect(keptValues(data, ['email'])).toEqual({ email: 'ann@example.com' })
  })

  test('says of a box that is not ticked that it is empty, so that it stays unticked', () => {
    expect(keptValues(new FormData(), ['trust'])).toEqual({ trust: '' })
  })

  test('joins boxes of one name and leaves files out', () => {
    const data = new FormData()
    data.append('kinds', 'totp')
    data.append('kinds', 'passkey')
    data.append('kinds', new File(['x'], 'x.txt'))
    expect(keptValues(data, ['kinds'])).toEqual({ kinds: 'totp\npasskey' })
  })
})

test('submissions of a form are counted from 1', () => {
  expect(nextSubmission(initialFormState)).toBe(1)
  expect(nextSubmission({ status: 'error', submission: 1 })).toBe(2)
})
