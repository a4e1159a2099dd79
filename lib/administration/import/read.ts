import { type Charset, CharsetScan } from '../../core/kernel/charset'
import { CsvError, CsvReader } from '../../core/kernel/csv'
import { type Headings, readHeadings, readHint, separatorOf, type WishedColumns } from './columns/rules'
import { isBlank, readRow } from './row/rules'
import { BATCH_ROWS, MAX_BYTES, MAX_ROWS, ROW_BOUNDS } from './rules'
import type { FallbackRole, FileProblem, Reading, ReadRow, Separator, UnreadableFile } from './types'

/** Gives the bytes of a file, from its beginning, as often as it is asked. */
export type OpenFile = () => AsyncIterable<Uint8Array>

/** What an admin says of a file; null, or nothing, for what is to be recognised. */
export interface Wishes {
  charset: Charset | null
  separator: Separator | null
  columns: WishedColumns
  role: FallbackRole | null
}

class Unreadable extends Error {
  constructor(
    readonly problem: FileProblem,
    readonly row: number | null = null,
    /** How far the reading got, where it got to the headings. */
    readonly reading: Reading | null = null,
  ) {
    super(problem)
  }
}

async function* textOf(bytes: AsyncIterable<Uint8Array>, charset: Charset): AsyncGenerator<string> {
  const decoder = new TextDecoder(charset, { fatal: true })
  try {
    for await (const chunk of bytes) {
      const text = decoder.decode(chunk, { stream: true })
      if (text.includes('\0')) throw new Unreadable('wrong_encoding')
      yield text
    }
    yield decoder.decode()
  } catch (error) {
    throw error instanceof TypeError ? new Unreadable('wrong_encoding') : error
  }
}

/** The lines above the headings that are none, the headings as a line, and then all of the text from them on. */
async function sniffed(text: AsyncGenerator<string>) {
  let head = ''
  let ended = false
  let separator: Separator | null = null
  let skipped = 0
  const more = async () => {
    const next = await text.next()
    if (next.done) ended = true
    else head += next.value
  }
  const line = () => /^[^\r\n]*(?=(\r\n|\n|\r)[\s\S])/.exec(head)
  const firstLine = async () => {
    while (!ended && line() === null && head.length < ROW_BOUNDS.characters) await more()
    return line()?.[0] ?? head.slice(0, ROW_BOUNDS.characters).split(/[\r\n]/)[0] ?? ''
  }
  for (let hint = readHint(await firstLine()); hint !== null; hint = readHint(await firstLine())) {
    separator ??= hint.separator
    // A spreadsheet takes in the line that names the separator, and numbers the next one.
    if (hint.separator === null) skipped += 1
    head = head.replace(/^[^\r\n]*(\r\n|\n|\r)?/, '')
    if (head === '' && ended) break
  }
  while (!ended && !/[^\s,;"][^\r\n]*[\r\n]/.test(head) && head.length < ROW_BOUNDS.characters) await more()
  const headings = /^[\s,;"]*[^\s,;"][^\r\n]*/.exec(head.slice(0, ROW_BOUNDS.characters))?.[0] ?? ''
  async function* whole() {
    yield head
    yield* text
  }
  return { headings: headings.replace(/^[\s\S]*[\r\n]/, ''), separator, skipped, whole: whole() }
}

interface NumberedRow {
  /** As a spreadsheet numbers it; empty lines count. */
  number: number
  cells: readonly string[]
}

interface Shape {
  charset: Charset
  separator: Separator | null
}

/** Every row there is, empty ones too; never more than the file may have. */
async function* rowsOf(
  bytes: AsyncIterable<Uint8Array>,
  shape: Shape,
): AsyncGenerator<{ separator: Separator; rows: Iterable<NumberedRow> }> {
  const { headings, separator: hinted, skipped, whole } = await sniffed(textOf(bytes, shape.charset))
  const separator = shape.separator ?? hinted ?? separatorOf(headings)
  const reader = new CsvReader(separator, ROW_BOUNDS)
  let number = skipped
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
  for await (const text of whole) yield { separator, rows: numbered(reader.read(text)) }
  yield { separator, rows: numbered(reader.end()) }
}

/** What a heading may be shown as. */
const MAX_HEADING = 100

/** Reads to the end before anything is made of the first row (N36): a file is taken as a whole or not at all. */
async function headingsOf(
  bytes: AsyncIterable<Uint8Array>,
  shape: Shape,
  wished: WishedColumns,
): Promise<{ headings: Headings; reading: Reading }> {
  let found: { headings: Headings; reading: Reading } | null = null
  let people = 0
  for await (const { separator, rows } of rowsOf(bytes, shape)) {
    for (const { number, cells } of rows) {
      if (isBlank(cells)) continue
      if (found !== null) people += 1
      else {
        const read = readHeadings(cells, wished)
        const reading = {
          charset: shape.charset,
          separator,
          headings: cells.map((cell) => cell.trim().slice(0, MAX_HEADING)),
          columns: read.ok ? read.value.columns : {},
        }
        if (!read.ok) throw new Unreadable(read.code, number, reading)
        found = { headings: read.value, reading }
      }
    }
  }
  if (found === null || people === 0) throw new Unreadable('empty')
  return found
}

async function recognised(bytes: AsyncIterable<Uint8Array>): Promise<Charset> {
  const scan = new CharsetScan()
  let read = 0
  for await (const chunk of bytes) {
    scan.read(chunk)
    read += chunk.length
    if (read > MAX_BYTES) break
  }
  const charset = scan.end()
  if (charset === 'mixed') throw new Unreadable('mixed_encoding')
  if (charset === 'binary') throw new Unreadable('not_text')
  return charset
}

/** Read as UTF-8 first, as most files are; where that fails, as what its bytes say. */
async function settled(open: OpenFile, { charset, separator, columns }: Wishes) {
  if (charset !== null) return headingsOf(open(), { charset, separator }, columns)
  try {
    return await headingsOf(open(), { charset: 'utf-8', separator }, columns)
  } catch (error) {
    if (!(error instanceof Unreadable) || error.problem !== 'wrong_encoding') throw error
  }
  return headingsOf(open(), { charset: await recognised(open()), separator }, columns)
}

const NOTHING_WISHED: Wishes = { charset: null, separator: null, columns: {}, role: null }

/**
 * How the file is read, and its rows in batches, in the order of the file; the last thing given may be why the file
 * cannot be read further.
 */
export async function* readPeople(
  open: OpenFile,
  wishes: Wishes = NOTHING_WISHED,
): AsyncGenerator<
  { reading: Reading } | { rows: readonly ReadRow[] } | { unreadable: UnreadableFile; reading: Reading | null }
> {
  try {
    const { headings, reading } = await settled(open, wishes)
    yield { reading }
    const seen = new Set<string>()
    let afterHeadings = false
    let batch: ReadRow[] = []
    for await (const { rows } of rowsOf(open(), reading)) {
      for (const { number, cells } of rows) {
        if (isBlank(cells)) continue
        if (afterHeadings) batch.push(once(readRow(number, cells, headings, wishes.role), seen))
        afterHeadings = true
        if (batch.length < BATCH_ROWS) continue
        yield { rows: batch }
        batch = []
      }
    }
    if (batch.length > 0) yield { rows: batch }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    yield { unreadable: { problem: error.problem, row: error.row }, reading: error.reading }
  }
}

/** Of two rows with one address the first counts. */
function once(row: ReadRow, seen: Set<string>): ReadRow {
  if ('problem' in row && row.said === undefined) return row
  if (seen.has(row.email)) return { number: row.number, email: row.email, column: 'email', problem: 'twice_in_file' }
  seen.add(row.email)
  return row
}
