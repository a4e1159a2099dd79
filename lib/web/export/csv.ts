import { stringify } from 'csv-stringify/sync'
import type { Locale } from '../../i18n/locales'

type Cell = string | number | null

/**
 * Where a program that splits the file by whatever separator would see a cell begin that it computes: at the beginning
 * of ours, and behind each separator and line end within it. Some programs pass over spaces and quotes there, and some
 * take the wide signs of East Asian keyboards (N35, ASVS 1.2.10).
 */
const FORMULA = /(?<=^|[,;|\t\r\n\v\f\u0085\u2028\u2029])(?=[ "\u00a0\u3000]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/g

function harmless(cell: Cell): Cell {
  return typeof cell === 'string' ? cell.replace(FORMULA, "'") : cell
}

/**
 * Lines that spreadsheet programs open right: with a mark in front of the first (`bom`), line ends of Windows, and `'`
 * before what would be a formula.
 */
export function csvText(locale: Locale, rows: readonly (readonly Cell[])[], { bom }: { bom: boolean }): string {
  return stringify(
    rows.map((row) => row.map(harmless)),
    {
      bom,
      // What a spreadsheet in German expects.
      delimiter: locale === 'de' ? ';' : ',',
      record_delimiter: 'windows',
      // A line end of any system, too: unquoted it would end the row for some programs.
      quoted_match: /[,;|\t\r\n]/,
    },
  )
}

/** A download whose parts are made when the one before was taken: of any size it needs the memory of two. */
export function streamOf<T>(
  head: string,
  parts: AsyncGenerator<T, void>,
  text: (part: T) => string,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      start: (stream) => {
        if (head !== '') stream.enqueue(encoder.encode(head))
      },
      pull: async (stream) => {
        const next = await parts.next()
        if (next.done) stream.close()
        else stream.enqueue(encoder.encode(text(next.value)))
      },
      cancel: async () => {
        await parts.return()
      },
    },
    { highWaterMark: 1 },
  )
}
