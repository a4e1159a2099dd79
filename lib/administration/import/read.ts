import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { BATCH_ROWS, type Headings, isBlank, MAX_ROWS, readHeadings, readRow, separatorOf } from './rules'
import type { FileProblem, ReadRow, UnreadableFile } from './types'

/** Characters of one row; more is a quote that was never closed. */
const MAX_ROW_LENGTH = 20_000

class NotText extends Error {}

/** UTF-8, or UTF-16 with its mark, as spreadsheets save it; throws `NotText` on anything else. */
async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null
  try {
    for await (const chunk of bytes) {
      decoder ??= new TextDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? 'utf-16le' : 'utf-8', { fatal: true })
      const text = decoder.decode(chunk, { stream: true })
      if (text.includes('\0')) throw new NotText()
      yield text
    }
    yield decoder?.decode() ?? ''
  } catch (error) {
    throw error instanceof TypeError ? new NotText() : error
  }
}

/** The first line, to see what separates its cells, and then all of the text. */
async function sniffed(text: AsyncGenerator<string>): Promise<{ first: string; whole: AsyncIterable<string> }> {
  let head = ''
  while (!/[\r\n]/.test(head) && head.length < MAX_ROW_LENGTH) {
    const next = await text.next()
    if (next.done) break
    head += next.value
  }
  async function* whole() {
    yield head
    yield* text
  }
  return { first: head.split(/[\r\n]/)[0] ?? '', whole: whole() }
}

/** Rows in batches, in the order of the file; the last thing given may be why the file cannot be read further. */
export async function* readPeople(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ rows: readonly ReadRow[] } | { unreadable: UnreadableFile }> {
  let number = 0
  let headings: Headings | null = null
  let batch: ReadRow[] = []
  const no = (problem: FileProblem, row: number | null = null) => ({ unreadable: { problem, row } })
  const seen = new Set<string>()
  let rows = 0
  try {
    const { first, whole } = await sniffed(textOf(bytes))
    const parser = parse({
      bom: true,
      delimiter: separatorOf(first),
      relax_column_count: true,
      skip_empty_lines: false,
      max_record_size: MAX_ROW_LENGTH,
    })
    const source = Readable.from(whole)
    source.on('error', (error) => parser.destroy(error))
    for await (const cells of source.pipe(parser) as AsyncIterable<string[]>) {
      number += 1
      if (isBlank(cells)) continue
      if (headings === null) {
        const read = readHeadings(cells)
        if (!read.ok) {
          yield no(read.code, number)
          return
        }
        headings = read.value
        continue
      }
      rows += 1
      if (rows > MAX_ROWS) {
        yield no('too_many_rows', number)
        return
      }
      batch.push(once(readRow(number, cells, headings), seen))
      if (batch.length === BATCH_ROWS) {
        yield { rows: batch }
        batch = []
      }
    }
  } catch (error) {
    if (error instanceof NotText) yield no('not_text')
    else if (error instanceof CsvError) yield no('broken', Number(error.records ?? number) + 1)
    else throw error
    return
  }
  if (batch.length > 0) yield { rows: batch }
  if (rows === 0) yield no('empty')
}

/** Of two rows with one address the first counts. */
function once(row: ReadRow, seen: Set<string>): ReadRow {
  if ('problem' in row) return row
  if (seen.has(row.email)) return { number: row.number, email: row.email, column: 'email', problem: 'twice_in_file' }
  seen.add(row.email)
  return row
}
