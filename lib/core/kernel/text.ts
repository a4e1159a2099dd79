/** Scripts whose letters join to each other: there U+200C and U+200D are spelling. */
const JOINING = '[\\p{Script=Arab}\\p{Script=Syrc}\\p{Script=Mong}\\p{Script=Nkoo}\\p{Script=Mand}\\p{Script=Adlm}]'
/**
 * Signs that take away a vowel (Unicode: Canonical_Combining_Class=Virama): what follows them may be a joiner (RFC
 * 5892).
 */
const VIRAMA =
  '[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d3b\\u0d3c\\u0d4d\\u0dca\\u1039\\u17d2\\u1b44\\ua9c0]'
const PICTURE = '\\p{Extended_Pictographic}'

/** What is invisible and yet spelled: joiners where letters join, parts of one picture, the form of a character. */
const SPELLED = new RegExp(
  [
    `(?<=${VIRAMA})[\\u200c\\u200d]`,
    `(?<=${JOINING})[\\u200c\\u200d](?=${JOINING})`,
    `(?<=${PICTURE}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?)\\u200d(?=${PICTURE})`,
    `(?<=[\\p{Script=Han}${PICTURE}])[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]`,
    '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
    '(?<=\\p{Script=Mong})[\\u180b-\\u180d\\u180f]',
  ].join('|'),
  'gu',
)

/** What does something to a text without being seen: of these a text would look like another, or turn its neighbors. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u

/** Whether something in a line of text cannot be seen; U+200C and U+200D stay where letters join. */
export function hasHidden(text: string): boolean {
  return HIDDEN.test(text) && HIDDEN.test(text.replace(SPELLED, ''))
}

/**
 * Marks that come along with what is copied out of pages and mails; a mark that overrides a direction is none of them.
 */
const COPIED = '[\\u200b\\u200e\\u200f\\u202a-\\u202c\\u2060\\u2066-\\u2069\\ufeff]'
const AROUND_WORDS = new RegExp(`(?<![^\\s])${COPIED}+|${COPIED}+(?!\\S)`, 'g')
/** Beyond this no name and no address is read. */
const MAX_COPIED = 400

/** A cell as whoever copied it saw it: without marks around its words, and with ordinary spaces. */
export function withoutCopiedMarks(text: string): string {
  if (text.length > MAX_COPIED) return text
  return text
    .replace(/[\u00a0\u202f]/g, ' ')
    .replace(AROUND_WORDS, '')
    .trim()
}
