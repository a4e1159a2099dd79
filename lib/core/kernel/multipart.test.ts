import { expect, test } from 'vitest'
import { delimiterIn, hasFewParts } from './multipart'

test('N36: a form of parts says what is between them, and no other has anything', () => {
  expect(delimiterIn('multipart/form-data; boundary=X')).toBe('--X')
  expect(delimiterIn('Multipart/Form-Data;boundary="X y"')).toBe('--X y')
  for (const type of ['', 'multipart/form-data', 'multipart/form-data; boundary=', 'application/x-www-form-urlencoded'])
    expect(delimiterIn(type)).toBeNull()
})

test('N36: the parts of a form are counted, however they are laid out', () => {
  const few = (text: string, type = 'multipart/form-data; boundary=X') => hasFewParts(type, Buffer.from(text), 2)
  const part = '--X\r\na: b\r\n\r\n\r\n'
  expect(few(`${part}--X--`)).toBe(true)
  expect(few(`${part}${part}--X--`)).toBe(true)
  expect(few(`${part}${part}${part}--X--`)).toBe(false)
  expect(few(`${part}${part}${part}`.replaceAll('\r', ''))).toBe(true)
  expect(few('--X--X--X--X')).toBe(false)
  expect(few('a=b', 'application/x-www-form-urlencoded')).toBe(false)
})
