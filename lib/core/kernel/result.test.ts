import { expect, test } from 'vitest'
import { err, never, ok } from './result'

test('an outcome is a value, or a code with an optional detail', () => {
  expect(ok(7)).toEqual({ ok: true, value: 7 })
  expect(err('busy')).toEqual({ ok: false, code: 'busy', detail: undefined })
  expect(err('throttled', { until: null })).toEqual({ ok: false, code: 'throttled', detail: { until: null } })
})

test('a case that the types rule out throws when it comes all the same', () => {
  expect(() => never('surprise' as never)).toThrow('unexpected value: surprise')
})
