import { describe, expect, test } from 'vitest'
import { enrolSchema, shownCodes, shownOnce, typedBackAnswer } from './enrol'

const CODES = ['ABCD-EFGH-IJKL-MNOP', 'QRST-UVWX-YZ23-4567']

describe('shownCodes (E4)', () => {
  test('E4: a wrong entry shows the codes of the same post again', () => {
    expect(shownCodes({ codes: CODES.join(' '), number: '2' })).toEqual({ codes: CODES, number: '2' })
  })

  test.each([
    '',
    ' ',
    'hello',
    `${CODES[0]} <script>alert(1)</script>`,
    `${CODES[0]}  ${CODES[1]}`,
    'ABCD-EFGH-IJKL-MNO1',
    'ABCD-EFGH-IJKL-MNOPQ',
    'https://evil.example/ABCD',
  ])('what does not look like codes is not shown: %j', (codes) => {
    expect(shownCodes({ codes, number: '1' })).toBeUndefined()
  })
})

test('E4: a wrong entry is said at its field, with the codes; a busy server above all', () => {
  const input = { codes: CODES.join(' '), number: '2' }
  const data = { codes: CODES, number: '2' }
  expect(typedBackAnswer('wrong', input)).toEqual({ error: 'typed_back_wrong', field: 'typed', data })
  expect(typedBackAnswer('busy', input)).toEqual({ error: 'busy', data })
})

describe('enrolSchema', () => {
  test.each([
    { intent: 'confirm', passcode: '' },
    { intent: 'confirm', passcode: '1'.repeat(401) },
    { intent: 'type_back', typed: 'x', codes: 'y', number: 'ten' },
    { intent: 'type_back', typed: 'x', codes: 'y', number: '100' },
    { intent: 'type_back', typed: 'x'.repeat(4001), codes: 'y', number: '1' },
    { intent: 'type_back', typed: 'x', codes: 'y'.repeat(401), number: '1' },
    { intent: 'finish' },
    {},
  ])('what the form does not send is refused: %#', (sent) => {
    expect(enrolSchema.safeParse(sent).success).toBe(false)
  })

  test('S2: takes no person, no factor and no key from the form', () => {
    expect(enrolSchema.parse({ intent: 'confirm', passcode: ' 123456 ', factor: 'x', user: 'y', key: 'z' })).toEqual({
      intent: 'confirm',
      passcode: '123456',
    })
  })
})

test('S10: codes that were just made are in the one answer, and in no address', () => {
  expect(shownOnce({ codes: CODES, number: 7 })).toEqual({ data: { codes: CODES, number: '7' } })
})
