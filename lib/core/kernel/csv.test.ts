import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CsvError, CsvReader } from './csv'

const BOUNDS = { characters: 50, cells: 5 }

function read(parts: readonly string[], separator = ','): string[][] {
  const reader = new CsvReader(separator, BOUNDS)
  return [...parts.flatMap((part) => [...reader.read(part)]), ...reader.end()]
}

test('X8: each of CRLF, LF and CR ends a row, in one file too', () => {
  expect(read(['a,b\r\nc,d\ne,f\rg,h\r\n\r\n\n\ri'])).toEqual([
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
    ['g', 'h'],
    [''],
    [''],
    [''],
    ['i'],
  ])
})

test('X8: whatever is written as cells is read as these cells, in whatever parts it comes and whatever ends its rows', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', ';', '"', '\r', '\n', '字'), maxLength: 5 })
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 })
  const ends = fc.array(fc.constantFrom('\r\n', '\n', '\r'), { minLength: 6, maxLength: 6 })
  fc.assert(
    fc.property(rows, ends, fc.constantFrom(',', ';', '\t'), fc.integer({ min: 1, max: 9 }), (rows, ends, by, size) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
      const text = rows.map((cells, index) => cells.map(quoted).join(by) + (ends[index] ?? '\n')).join('')
      const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.substr(at * size, size))
      expect(read(parts, by)).toEqual(rows)
    }),
  )
})

test.each([
  ['a,"b', 'open_quote'],
  [`"${'x\n'.repeat(30)}"`, 'open_quote'],
  ['a"b', 'stray_quote'],
  ['"a"b', 'stray_quote'],
  ['x'.repeat(51), 'row_too_long'],
  [`${'x'.repeat(10)},`.repeat(4) + 'x'.repeat(20), 'row_too_long'],
  [','.repeat(5), 'row_too_long'],
])('N36: %j is no row: %s', (text, fault) => {
  for (const parts of [[text], [...text]]) {
    expect(() => read(parts)).toThrow(expect.objectContaining({ fault }) as CsvError)
  }
})

test('N36: a row is bounded by itself, and not with those before it', () => {
  const row = ['x'.repeat(12), 'y'.repeat(12), '', 'z']
  expect(read([`${row.join(',')}\n`.repeat(20)])).toEqual(Array(20).fill(row))
})
