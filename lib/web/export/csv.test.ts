import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LOCALES } from '../../i18n/locales'
import { csvText } from './csv'

const SEPARATORS = [',', ';', '\t', '|'] as const

/** What a program may take for the cells of a file that it splits by this separator, minding quotes or not. */
function cellsOf(text: string, separator: string): string[] {
  let minding: string[][] = []
  try {
    minding = parse(text, { delimiter: separator, relax_quotes: true, relax_column_count: true })
  } catch {
    // By another separator than ours quotes need not match: then the others are what is seen.
  }
  const notMinding = text.split(/\r\n|[\r\n\v\f\u0085\u2028\u2029]/).flatMap((line) => line.split(separator))
  return [...minding.flat(), ...notMinding.flatMap((cell) => [cell, cell.replace(/^[ "\u00a0\u3000]+/, '')])]
}

const COMPUTED = /^[=+\-@\uff1d\uff0b\uff0d\uff20]/

test.each([
  ['=1+1', "'=1+1"],
  ['\t=1+1', "'\t'=1+1"],
  ['\r=1', "'\r'=1"],
  ['Mozilla/5.0 (X11; =HYPERLINK("https://evil.example"))', `Mozilla/5.0 (X11;' =HYPERLINK("https://evil.example"))`],
  ['a,b;-1|@x\n+2', "a,b;'-1|'@x\n'+2"],
  ['a; "=1"', `a;' "=1"`],
  ['＝1', "'＝1"],
  ['-', "'-"],
])('N35: the cell %j is written as %j', (cell, written) => {
  expect(parse(csvText('en', [[cell]], { bom: false }))).toEqual([[written]])
})

test.each([
  'Ann Lee',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)',
  '2026-11-28 18:20:05',
  'ann+x@example.com',
  '山田 太郎',
  '{"role":"agent","imported":true}',
])('N35: the cell %j is written as it is', (cell) => {
  expect(parse(csvText('en', [[cell]], { bom: false }))).toEqual([[cell]])
})

test('N35: whatever a cell holds, no program computes it, by whatever separator it splits the file', () => {
  const unit = fc.constantFrom(...'=+-@\t\r\n,;|"\' a1'.split(''), '\r\n', '\u2028', '＝')
  const cell = fc.string({ unit, maxLength: 8 })
  const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(rows, fc.constantFrom(...LOCALES), fc.constantFrom(...SEPARATORS), (rows, locale, separator) => {
      const text = csvText(locale, rows, { bom: false })
      expect(cellsOf(text, separator).filter((cell) => COMPUTED.test(cell))).toEqual([])
    }),
    { numRuns: 2000 },
  )
})
