import { err, ok, type Result } from '../../core/kernel/result'
import type { Role } from '../../identity/user/types'
import breached from './breached/filter.json' with { type: 'json' }
import { fold, readFilter } from './breached/rules'
import common from './common-passwords.json' with { type: 'json' }

/** Where every sign-in also asks for a second factor. NIST SP 800-63B asks for 8 there; the rest is our judgement. */
export const MINIMUM_WITH_SECOND_FACTOR = 12
/** Where the password can be the only factor (NIST SP 800-63B, ASVS 6.2.1), and for everyone with a console role. */
export const MINIMUM_ALONE = 15
/** No setting goes below it (ASVS 6.2.1). */
export const MINIMUM_FLOOR = 8
/** NIST SP 800-63B and ASVS 6.2.9 ask for 64 at least; the end keeps hashing cheap to call. */
export const MAXIMUM_CODE_POINTS = 128
export const MAXIMUM_BYTES = 4 * MAXIMUM_CODE_POINTS

/** Refused for everybody as context words are (ASVS 6.1.2); the caller adds tenant, address and name. */
export const PRODUCT_WORDS = ['Twofold', 'two-factor'] as const

export type PasswordRefusal = 'too_short' | 'too_long' | 'common' | 'context' | 'breached'

/** In code points. A role this does not know gets the longer one (S8). */
export function minimumLength({ role, secondFactorEnforced }: { role: Role; secondFactorEnforced: boolean }): number {
  return role === 'end_user' && secondFactorEnforced ? MINIMUM_WITH_SECOND_FACTOR : MINIMUM_ALONE
}

/**
 * Says whether a new password will do, and gives its NFKC form (NIST SP 800-63B). `context` takes names and addresses
 * whole; they are split into words here. No rule asks for a kind of character (ASVS 6.2.5).
 *
 * 1. Far longer than any form of an allowed one: `too_long`, before any work on it.
 * 2. Fewer code points than the minimum, as typed or in NFKC: `too_short`.
 * 3. More code points than the maximum, and so perhaps more bytes: `too_long`.
 * 4. Nothing but context words, digits and punctuation: `context`.
 * 5. Listed, or of a family that guessing tools try first: `common`.
 * 6. Known from a breach: `breached` (ASVS 6.2.12).
 */
export function checkPassword(
  password: string,
  options: { minimum: number; context: readonly string[] },
): Result<string, PasswordRefusal> {
  if (password.length > 8 * MAXIMUM_BYTES) return err('too_long')
  const normal = password.normalize('NFKC')
  if (isShorterThan(password, Math.max(options.minimum, MINIMUM_FLOOR))) return err('too_short')
  if ([...normal].length > MAXIMUM_CODE_POINTS) return err('too_long')

  const folded = fold(normal)
  if (isMadeOf(folded, [...PRODUCT_WORDS, ...options.context].flatMap(wordsOf))) return err('context')
  if (isRepetition(folded) || isRuns(folded) || isListed(folded)) return err('common')
  if (isBreached(folded)) return err('breached')
  return ok(normal)
}

/** In code points, as typed or in NFKC: it makes eighteen characters of one (U+FDFA). No number is met by nothing. */
export function isShorterThan(password: string, minimum: number): boolean {
  const shortest = Math.min([...password].length, [...password.normalize('NFKC')].length)
  return !(shortest >= minimum)
}

/** Words of two letters or more, and numbers of six digits or more, such as those in an address. */
function wordsOf(text: string): string[] {
  return fold(text).match(/\p{L}{2,}|\p{N}{6,}/gu) ?? []
}

/** Whether the text is one or more of the words in any order, with nothing but digits and punctuation around them. */
function isMadeOf(folded: string, words: readonly string[]): boolean {
  // Ends of the beginnings that can be read so, without and with a word in them.
  const bare = new Set([0])
  const worded = new Set<number>()
  for (let at = 0; at < folded.length; at += 1) {
    if (!bare.has(at) && !worded.has(at)) continue
    for (const word of words) if (folded.startsWith(word, at)) worded.add(at + word.length)
    if (/\p{L}/u.test(folded.charAt(at))) continue
    if (bare.has(at)) bare.add(at + 1)
    if (worded.has(at)) worded.add(at + 1)
  }
  return worded.has(folded.length)
}

const isBreached = readFilter(breached)
const LISTED = new Set(common.passwords)
const MAX_LISTED_LENGTH = Math.max(...Array.from(LISTED, (password) => password.length))

/** A listed one, alone or with a year, a run or a little punctuation around it: `Sunshine2024!`, `dragon1234567`. */
function isListed(folded: string): boolean {
  const lead = folded.search(/\p{L}|$/u)
  const tail =
    folded.length -
    [...folded]
      .reverse()
      .join('')
      .search(/\p{L}|$/u)
  for (let start = 0; start <= lead; start += 1) {
    const before = countRuns(folded.slice(0, start))
    // Two, and three of a year that is not yet whole: no longer beginning has fewer again.
    if (before > 5) return false
    if (before > 2) continue
    for (let end = Math.max(start, tail); end <= Math.min(start + MAX_LISTED_LENGTH, folded.length); end += 1) {
      if (LISTED.has(folded.slice(start, end)) && before + countRuns(folded.slice(end)) <= 2) return true
    }
  }
  return false
}

/**
 * A piece too short to be a password, over and over, the last time perhaps in part: `abcabcabcab`, `hunter2hunter2`.
 */
function isRepetition(folded: string): boolean {
  for (let period = 1; period < MINIMUM_WITH_SECOND_FACTOR && period <= folded.length / 2; period += 1) {
    if (folded.startsWith(folded.slice(period))) return true
  }
  return false
}

/** Mostly runs: `qwerty123456`, `123qweasdzxc`, `1qaz!QAZ2wsx@WSX`, `aaaabbbbcccc`. */
function isRuns(folded: string): boolean {
  return countRuns(folded) <= folded.length / 3
}

const WALKS = [
  'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  // Rows of QWERTY, QWERTZ and AZERTY keyboards.
  "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  // Columns, downwards and in turns, and zigzags between two rows.
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/',
  '1qazxsw23edcvfr45tgbnhy67ujm',
  'qazwsxedcrfvtgbyhnujmikolp',
  'qazxswedcvfrtgbnhyujm',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  'qawsedrftgyhujikolp',
  'azsxdcfvgbhnjmk,l',
]
const RUNS = WALKS.flatMap((walk) => [walk, [...walk].reverse().join('')]).join('\n')
const SHIFTED_DIGITS = ')!@#$%^&*('

/**
 * The number of pieces, each as long as can be: a walk over alphabet or keyboard, one character repeated, or a year.
 */
function countRuns(folded: string): number {
  const text = folded.replace(/[)!@#$%^&*(]/g, (sign) => String(SHIFTED_DIGITS.indexOf(sign)))
  let count = 0
  for (let at = 0; at < text.length; count += 1) {
    let length = /^(19|20)\d\d/.test(text.slice(at, at + 4)) ? 4 : 1
    while (at + length < text.length && text.slice(at, at + length + 1) === text.charAt(at).repeat(length + 1))
      length += 1
    while (at + length < text.length && RUNS.includes(text.slice(at, at + length + 1))) length += 1
    at += length
  }
  return count
}
