/** In which people's programs save text, by the names of the Encoding standard. */
export const CHARSETS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'windows-1250',
  'shift_jis',
  'euc-kr',
] as const
export type Charset = (typeof CHARSETS)[number]

/** What bytes say of themselves: `mixed` is two at once, `binary` no text. */
export type Recognised = Charset | 'mixed' | 'binary'

/** How many bytes are looked at for UTF-16 without a mark. */
const SAMPLE = 4096

/**
 * Recognises what a text is written in, from all of its bytes: what its first line is made of says nothing about the
 * rest.
 * 1. A mark, or a NUL in every second place, is UTF-16; any other NUL is no text.
 * 2. What is well-formed UTF-8 to its end is UTF-8; where both are found in numbers, the text is of two halves.
 * 3. Pairs of bytes, mostly side by side, are Japanese where their first bytes are those of kana and common kanji, and
 *    Korean where they are those of Hangul: in other languages such bytes stand alone between letters.
 * 4. Anything else is windows-1252; windows-1250 is told from it by people alone.
 */
export class CharsetScan {
  private readonly head: number[] = []
  private nul = 0
  private readonly utf8 = new Utf8Scan()
  private readonly japanese = new PairScan(
    (byte) => inRange(byte, 0x81, 0x9f) || inRange(byte, 0xe0, 0xfc),
    (byte) => inRange(byte, 0x40, 0x7e) || inRange(byte, 0x80, 0xfc),
    (first) => inRange(first, 0x81, 0x9f),
    (byte) => inRange(byte, 0xa1, 0xdf),
  )
  private readonly korean = new PairScan(
    (byte) => inRange(byte, 0x81, 0xfe),
    (byte) => inRange(byte, 0x41, 0x5a) || inRange(byte, 0x61, 0x7a) || inRange(byte, 0x81, 0xfe),
    (first, second) => inRange(first, 0xb0, 0xc8) && second >= 0xa1,
    () => false,
  )

  read(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.head.length < SAMPLE) this.head.push(byte)
      if (byte === 0) this.nul += 1
      this.utf8.read(byte)
      this.japanese.read(byte)
      this.korean.read(byte)
    }
  }

  end(): Recognised {
    const [first, second] = this.head
    if (first === 0xff && second === 0xfe) return 'utf-16le'
    if (first === 0xfe && second === 0xff) return 'utf-16be'
    if (this.nul > 0) return this.wide()
    const { wellFormed, malformed } = this.utf8.end()
    if (malformed === 0) return 'utf-8'
    if (this.japanese.isLikely()) return 'shift_jis'
    if (this.korean.isLikely()) return 'euc-kr'
    return wellFormed >= malformed ? 'mixed' : 'windows-1252'
  }

  private wide(): Recognised {
    const nulAt = (rest: number) => this.head.filter((byte, at) => at % 2 === rest && byte === 0).length
    const [even, odd] = [nulAt(0), nulAt(1)]
    if (odd * 4 > this.head.length && even === 0) return 'utf-16le'
    return even * 4 > this.head.length && odd === 0 ? 'utf-16be' : 'binary'
  }
}

function inRange(byte: number, from: number, to: number): boolean {
  return byte >= from && byte <= to
}

/** Counts what is UTF-8 beyond ASCII, and what cannot be. */
class Utf8Scan {
  private wellFormed = 0
  private malformed = 0
  private due = 0

  read(byte: number): void {
    const continues = inRange(byte, 0x80, 0xbf)
    if (this.due > 0 && continues) {
      this.due -= 1
      if (this.due === 0) this.wellFormed += 1
      return
    }
    if (this.due > 0) this.malformed += 1
    this.due = 0
    if (byte < 0x80) return
    if (inRange(byte, 0xc2, 0xdf)) this.due = 1
    else if (inRange(byte, 0xe0, 0xef)) this.due = 2
    else if (inRange(byte, 0xf0, 0xf4)) this.due = 3
    else this.malformed += 1
  }

  end(): { wellFormed: number; malformed: number } {
    return { wellFormed: this.wellFormed, malformed: this.malformed + (this.due > 0 ? 1 : 0) }
  }
}

/** Counts pairs of bytes of one writing, those that are common in it, and those that stand beside each other. */
class PairScan {
  private first: number | null = null
  private pairs = 0
  private common = 0
  private beside = 0
  private impossible = 0
  private afterPair = false

  constructor(
    private readonly isFirst: (byte: number) => boolean,
    private readonly isSecond: (byte: number) => boolean,
    private readonly isCommon: (first: number, second: number) => boolean,
    private readonly isSingle: (byte: number) => boolean,
  ) {}

  read(byte: number): void {
    if (this.first !== null) {
      if (!this.isSecond(byte)) this.impossible += 1
      else {
        this.pairs += 1
        if (this.isCommon(this.first, byte)) this.common += 1
        if (this.afterPair) this.beside += 1
      }
      this.afterPair = this.isSecond(byte)
      this.first = null
      return
    }
    if (byte >= 0x80 && this.isFirst(byte)) this.first = byte
    else {
      if (byte >= 0x80 && !this.isSingle(byte)) this.impossible += 1
      this.afterPair = false
    }
  }

  isLikely(): boolean {
    if (this.pairs === 0 || this.impossible > 0 || this.first !== null) return false
    return this.common * 2 >= this.pairs && this.beside * 4 >= this.pairs
  }
}
