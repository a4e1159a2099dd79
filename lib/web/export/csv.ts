import { stringify } from 'csv-stringify/sync'
import type { Locale } from '../../i18n/locales'

type Cell = string | number | null

/**
 * Lines that spreadsheet programs open right: with a mark in front of the first (`bom`), line ends of Windows, and `'`
 * before what would be a formula.
 */
export function csvText(locale: Locale, rows: readonly (readonly Cell[])[], { bom }: { bom: boolean }): string {
  return stringify(
    rows.map((row) => [...row]),
    {
      bom,
      // What a spreadsheet in German expects.
      delimiter: locale === 'de' ? ';' : ',',
      record_delimiter: 'windows',
      escape_formulas: true,
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
