import { describe, expect, test } from 'vitest'
import { emailField, nameField, newPasswordField } from './schema'

describe('nameField', () => {
  test.each([
    [' Olga Owner ', 'Olga Owner'],
    ['Zoë van Dyk-O’Neil', 'Zoë van Dyk-O’Neil'],
    ['山田 太郎', '山田 太郎'],
    ['x'.repeat(100), 'x'.repeat(100)],
    ['<b>Olga</b>', '<b>Olga</b>'],
  ])('%j is a name', (typed, name) => {
    expect(nameField.parse(typed)).toBe(name)
  })

  test.each([
    ['', 'required'],
    ['   ', 'required'],
    ['x'.repeat(101), 'too_long'],
    ['Olga\u0000', 'control_characters'],
    ['Ol\nga', 'control_characters'],
    ['Ol\u001b[31mga', 'control_characters'],
    ['Ol\u0085ga', 'control_characters'],
    ['Ol\u200bga', 'control_characters'],
    ['Ol\u{e0067}ga', 'control_characters'],
  ])('ASVS 16.4.1: %j is none: %s', (typed, code) => {
    expect(nameField.safeParse(typed).error?.issues[0]?.message).toBe(code)
  })
})

test('an address is trimmed; what it means, the rules say', () => {
  expect(emailField.parse(' Olga@Example.com ')).toBe('Olga@Example.com')
  expect(emailField.safeParse('').error?.issues[0]?.message).toBe('required')
  expect(emailField.safeParse('x'.repeat(255)).error?.issues[0]?.message).toBe('not_an_address')
})

test('ASVS 6.2.8, 6.2.9: a password is taken as it was typed, far beyond the longest one there is', () => {
  expect(newPasswordField.parse('  a b  ')).toBe('  a b  ')
  expect(newPasswordField.safeParse('😀'.repeat(128)).success).toBe(true)
  expect(newPasswordField.safeParse('').error?.issues[0]?.message).toBe('required')
  expect(newPasswordField.safeParse('x'.repeat(1025)).error?.issues[0]?.message).toBe('too_long')
})
