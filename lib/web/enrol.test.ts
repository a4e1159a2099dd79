import { describe, expect, test } from 'vitest'
import { codesAnswer, enrolSchema, shownCodes } from './enrol'

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

describe('enrolSchema', () => {
  test.each([
    { intent: 'confirm', passcode: '' },
    { intent: 'confirm', passcode: '1'.repeat(41) },
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

describe('codesAnswer', () => {
  test.each([
    ['start_over', { to: '/sign-in?notice=start_over' }],
    ['elsewhere', { to: '/here' }],
    ['wrong', { error: 'setup_code_wrong', field: 'passcode' }],
    ['busy', { error: 'busy' }],
  ] as const)('an outcome of %s is answered with %j', (code, answer) => {
    expect(codesAnswer({ ok: false, code }, '/here')).toEqual(answer)
  })

  test('S10: the codes are in the one answer, and in no address', () => {
    expect(codesAnswer({ ok: true, value: { codes: CODES, number: 7 } }, '/here')).toEqual({
      data: { codes: CODES, number: '7' },
    })
  })
})
