import { exportedEvent } from '../../audit/reading/rules'
import type { ExportFormat, StoredEvent } from '../../audit/types'
import type { Locale } from '../../i18n/locales'
import { type Translate, translator } from '../../i18n/translate'
import { knownKind } from '../words/audit'
import { csvText, streamOf } from './csv'

/** In the order of the columns; `event` is the kind in words. */
export const CSV_COLUMNS = [
  'at',
  'event',
  'subjectName',
  'actorName',
  'MfaFactorType',
  'address',
  'userAgent',
  'data',
  'kind',
  'actorKind',
  'subjectId',
  'actorId',
  'requestId',
  'id',
] as const

/** In the words of the reader, but for the name that M7 gives to a factor's kind. */
export function headingOf(column: (typeof CSV_COLUMNS)[number], t: Translate): string {
  return column === 'MfaFactorType' ? column : t(`audit.column.${column}`)
}

type Page = readonly StoredEvent[]

/** The text of an export before its first page, and that of a page. */
export function writerOf(format: ExportFormat, locale: Locale): { head: string; page(events: Page): string } {
  if (format === 'jsonl') {
    return {
      head: '',
      page: (events) => events.map((event) => `${JSON.stringify(exportedEvent(event))}\n`).join(''),
    }
  }
  const t = translator(locale)
  const write = (rows: (string | null)[][], bom: boolean) => csvText(locale, rows, { bom })
  const cells = (event: StoredEvent) => {
    const kind = knownKind(event.kind)
    const row = {
      ...event,
      at: event.at.toISOString(),
      event: kind === null ? event.kind : t(`event.${kind}`),
      MfaFactorType: event.factorType,
    }
    return CSV_COLUMNS.map((column) => row[column])
  }
  return {
    head: write([CSV_COLUMNS.map((column) => headingOf(column, t))], true),
    page: (events) => write(events.map(cells), false),
  }
}

/** Reads a page when the one before was taken: an export of any size needs the memory of two. */
export function exportStream(
  pages: AsyncGenerator<Page, void>,
  writer: ReturnType<typeof writerOf>,
): ReadableStream<Uint8Array> {
  return streamOf(writer.head, pages, writer.page)
}
