/** Why text is not cells: a quote that is never closed, one where none belongs, or a row beyond its bounds. */
export type CsvFault = 'open_quote' | 'stray_quote' | 'row_too_long'

export class CsvError extends Error {
  override name = 'CsvError'
  constructor(readonly fault: CsvFault) {
    super(fault)
  }
}

export interface CsvBounds {
  /** Characters of a row, quotes and separators included. */
  characters: number
  cells: number
}

/**
 * Cells of a text that comes in parts (RFC 4180). Each of CRLF, LF and CR ends a row, in whatever mixture: what ends
 * the first says nothing about the others. A row is bounded while it is read, whatever it is made of.
 */
export class CsvReader {
  private cells: string[] = []
  private cell = ''
  private length = 0
  private state: 'start' | 'plain' | 'quoted' | 'closed' = 'start'
  private afterReturn = false

  constructor(
    private readonly separator: string,
    private readonly bounds: CsvBounds,
  ) {}

  /** The rows that end within this part. */
  *read(text: string): Generator<string[]> {
    let at = 0
    while (at < text.length) {
      const char = text[at] ?? ''
      if (this.state === 'quoted') {
        at = this.readQuoted(text, at)
      } else if (char === '\n' && this.afterReturn) {
        this.afterReturn = false
        at += 1
      } else if (char === '\n' || char === '\r') {
        this.afterReturn = char === '\r'
        at += 1
        yield this.endRow()
      } else if (char === this.separator) {
        this.afterReturn = false
        this.endCell()
        this.count(1)
        at += 1
      } else {
        this.afterReturn = false
        at = char === '"' ? this.readQuote(at) : this.readPlain(text, at)
      }
    }
  }

  /** The last row, where no line end follows it. */
  *end(): Generator<string[]> {
    if (this.state === 'quoted') throw new CsvError('open_quote')
    if (this.state !== 'start' || this.cells.length > 0) yield this.endRow()
  }

  private readQuoted(text: string, from: number): number {
    const quote = text.indexOf('"', from)
    const to = quote < 0 ? text.length : quote
    this.count(to - from)
    this.cell += text.slice(from, to)
    if (quote < 0) return to
    this.state = 'closed'
    this.count(1)
    return to + 1
  }

  private readQuote(at: number): number {
    if (this.state === 'plain') throw new CsvError('stray_quote')
    // After the end of a quoted cell it was no end: two quotes are one.
    if (this.state === 'closed') this.cell += '"'
    this.state = 'quoted'
    this.count(1)
    return at + 1
  }

  private readPlain(text: string, from: number): number {
    if (this.state === 'closed') throw new CsvError('stray_quote')
    let to = from
    for (let char = text[to]; to < text.length && char !== this.separator; char = text[to]) {
      if (char === '\n' || char === '\r' || char === '"') break
      to += 1
    }
    this.state = 'plain'
    this.count(to - from)
    this.cell += text.slice(from, to)
    return to
  }

  private count(characters: number): void {
    this.length += characters
    if (this.length <= this.bounds.characters) return
    throw new CsvError(this.state === 'quoted' ? 'open_quote' : 'row_too_long')
  }

  private endCell(): void {
    this.cells.push(this.cell)
    this.cell = ''
    this.state = 'start'
    if (this.cells.length >= this.bounds.cells) throw new CsvError('row_too_long')
  }

  private endRow(): string[] {
    const row = [...this.cells, this.cell]
    this.cells = []
    this.cell = ''
    this.length = 0
    this.state = 'start'
    return row
  }
}
