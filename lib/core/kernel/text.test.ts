import { expect, test } from 'vitest'
import { hasHidden, withoutCopiedMarks } from './text'

test.each([
  'Olga Owner',
  'Zoë van Dyk-O’Neil',
  '山田 太郎',
  '김 민준',
  'ألف باء',
  'אלף',
  // Joined letters: Persian, Sinhala, Hindi, Malayalam at the end of a word.
  'علی\u200cرضا',
  'ශ්\u200dරී',
  'क्\u200dष',
  'അനില്\u200d',
  // Forms of one character, and pictures of several.
  '辻\u{e0100}',
  '👩🏽\u200d💻',
  '❤\ufe0f 1\ufe0f\u20e3',
])('N43: %s is seen as it is', (text) => {
  expect(hasHidden(text)).toBe(false)
})

test.each([
  ['a direction overridden', 'Ann\u202eeeL'],
  ['a direction isolated', 'Ann\u2066 Lee'],
  ['a mark of direction', 'Ann\u200f'],
  ['tag characters', 'Ann\u{e0041}\u{e007f}'],
  ['a space without width', 'An\u200bn'],
  ['a joiner of words', 'An\u2060n'],
  ['a mark of byte order', 'An\ufeffn'],
  ['a soft hyphen', 'An\u00adn'],
  ['a Hangul filler', 'Ann\u3164'],
  ['a non-joiner between letters that do not join', 'An\u200cn'],
  ['a joiner between letters that do not join', 'An\u200dn'],
  ['a non-joiner at an end', 'علی\u200c'],
  ['a joiner after a picture alone', '👩\u200d'],
  ['a form of a letter that has none', 'Ann\ufe0f'],
  ['a line end', 'Ann\nLee'],
  ['a line separator', 'Ann\u2028Lee'],
  ['an escape', 'Ann\u001b[31m'],
  ['half a character', 'Ann\ud83d'],
])('N43: %s is hidden', (_, text) => {
  expect(hasHidden(text)).toBe(true)
})

test.each([
  ['Mara\u200b Quill', 'Mara Quill'],
  ['\u200fTom Ode', 'Tom Ode'],
  ['\u202atom@example.com\u202c', 'tom@example.com'],
  ['\u00a0Kim\u00a0Park\u00a0', 'Kim Park'],
  ['Ka\u200bren', 'Ka\u200bren'],
  ['Ann\u202e', 'Ann\u202e'],
])('X8: marks around the words of %j go, and no other', (cell, text) => {
  expect(withoutCopiedMarks(cell)).toBe(text)
})
