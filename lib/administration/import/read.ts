import { CsvError, CsvReader } from '../../core/kernel/csv'
import { BATCH_ROWS, type Headings, isBlank, MAX_ROWS, ROW_BOUNDS, readHeadings, readRow, separatorOf } from './rules'
import type { FileProblem, ReadRow, UnreadableFile } from './types'

/** Gives the bytes of a file, from its beginning, as often as it is asked. */
export type OpenFile = () => AsyncIterable<Uint8Array>

class Unreadable extends Error {
  constructor(
    readonly problem: FileProblem,
    readonly row: number | null = null,
  ) {
    super(problem)
  }
}

/** UTF-8, or UTF-16 with its mark, as spreadsheets save it. */
async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null
  try {
    for await (const chunk of bytes) {
      decoder ??= new TextDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? 'utf-16le' : 'utf-8', { fatal: true })
      const text = decoder.decode(chunk, { stream: true })
      if (text.includes('\0')) throw new Unreadable('not_text')
      yield text
    }
    yield decoder?.decode() ?? ''
  } catch (error) {
    throw error instanceof TypeError ? new Unreadable('not_text') : error
  }
}

/** The first line, to see what separates its cells, and then all of the text. */
async function sniffed(text: AsyncGenerator<string>): Promise<{ first: string; whole: AsyncIterable<string> }> {
  let head = ''
  while (!/[\r\n]/.test(head) && head.length < ROW_BOUNDS.characters) {
    const next = await text.next()
    if (next.done) break
    head += next.value
  }
  async function* whole() {
    yield head
    yield* text
  }
  const line = head.slice(0, ROW_BOUNDS.characters).split(/[\r\n]/)[0]
  return { first: line ?? '', whole: whole() }
}

interface NumberedRow {
  /** As a spreadsheet numbers it; empty lines count. */
  number: number
  cells: readonly string[]
}

/** Every row there is, empty ones too; never more than the file may have. */
async function* rowsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Iterable<NumberedRow>> {
  const { first, whole } = await sniffed(textOf(bytes))
  const reader = new CsvReader(separatorOf(first), ROW_BOUNDS)
  let number = 0
  function* numbered(rows: Iterable<string[]>) {
    try {
      for (const cells of rows) {
        number += 1
        // Beside the headings.
        if (number > MAX_ROWS + 1) throw new Unreadable('too_many_rows', number)
        yield { number, cells }
      }
    } catch (error) {
      if (!(error instanceof CsvError)) throw error
      throw new Unreadable(error.fault === 'row_too_long' ? 'row_too_long' : 'broken', number + 1)
    }
  }
  for await (const text of whole) yield numbered(reader.read(text))
  yield numbered(reader.end())
}

/** Reads to the end before anything is made of the first row (N36): a file is taken as a whole or not at all. */
async function headingsOf(bytes: AsyncIterable<Uint8Array>): Promise<Headings> {
  let headings: Headings | null = null
  let people = 0
  for await (const rows of rowsOf(bytes)) {
    for (const { number, cells } of rows) {
      if (isBlank(cells)) continue
      if (headings !== null) people += 1
      else {
        const read = readHeadings(cells)
        if (!read.ok) throw new Unreadable(read.code, number)
        headings = read.value
      }
    }
  }
  if (headings === null || people === 0) throw new Unreadable('empty')
  return headings
}

/** Rows in batches, in the order of the file; the last thing given may be why the file cannot be read further. */
export async function* readPeople(
  open: OpenFile,
): AsyncGenerator<{ rows: readonly ReadRow[] } | { unreadable: UnreadableFile }> {
  try {
    const headings = await headingsOf(open())
    const seen = new Set<string>()
    let afterHeadings = false
    let batch: ReadRow[] = []
    for await (const rows of rowsOf(open())) {
      for (const { number, cells } of rows) {
        if (isBlank(cells)) continue
        if (afterHeadings) batch.push(once(readRow(number, cells, headings), seen))
        afterHeadings = true
        if (batch.length < BATCH_ROWS) continue
        yield { rows: batch }
        batch = []
      }
    }
    if (batch.length > 0) yield { rows: batch }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    yield { unreadable: { problem: error.problem, row: error.row } }
  }
}

/** Of two rows with one address the first counts. */
function once(row: ReadRow, seen: Set<string>): ReadRow {
  if ('problem' in row) return row
  if (seen.has(row.email)) return { number: row.number, email: row.email, column: 'email', problem: 'twice_in_file' }
  seen.add(row.email)
  return row
}
