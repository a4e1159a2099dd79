import { expect, test } from 'vitest'
import { ownChange } from './rules'

const ANN = { name: 'Ann', locale: 'en' }
const ALL = { name: 'Ann', locale: 'en' }

test('R3: a form that was left as it was shown asks for nothing', () => {
  expect(ownChange(ALL, ANN, ANN)).toEqual({ change: {}, overtaken: false })
  expect(ownChange({ name: 'Ann' }, { ...ANN, locale: null }, { ...ANN, locale: null })).toMatchObject({ change: {} })
})

test('R3: what a colleague changed meanwhile is not asked back by a form that shows the older', () => {
  const renamed = { name: 'Anna', locale: 'en' }
  expect(ownChange({ ...ALL, locale: 'de' }, ANN, renamed)).toEqual({ change: { locale: 'de' }, overtaken: false })
  expect(ownChange(ALL, ANN, renamed)).toEqual({ change: {}, overtaken: false })
})

test.each([
  ['another name', { ...ALL, name: 'Anne' }, { ...ANN, name: 'Anna' }, true],
  ['the same name', { ...ALL, name: 'Anna' }, { ...ANN, name: 'Anna' }, false],
  ['another language', { ...ALL, locale: 'de' }, { ...ANN, locale: 'ja' }, true],
  ['a first language', { ...ALL, locale: 'de' }, { ...ANN, locale: null }, true],
])('R3: what both changed, here to %s, is written over only where it is the same', (_, wanted, is, overtaken) => {
  expect(ownChange(wanted, ANN, is).overtaken).toBe(overtaken)
})
