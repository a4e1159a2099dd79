/** Korean as it sounds, for the tests of texts: which particle may stand behind a word. */

type Ending = 'open' | 'closed' | 'rieul'

const FIRST = '가'.charCodeAt(0)
const LAST = '힣'.charCodeAt(0)
const FINALS = 28
const RIEUL = 8

// 영 일 이 삼 사 오 육 칠 팔 구
const DIGITS: readonly Ending[] = [
  'closed',
  'rieul',
  'open',
  'closed',
  'open',
  'open',
  'closed',
  'rieul',
  'rieul',
  'open',
]
// The names of letters that do not end in a vowel: 엘, 엠, 엔, 알.
const LETTERS: Readonly<Record<string, Ending>> = { l: 'rieul', m: 'closed', n: 'closed', r: 'rieul' }

/** How the last sound of a word ends; what stands in parentheses is passed over, letters are read by their names. */
export function endingOf(word: string): Ending | null {
  const spoken = word.replace(/\([^()]*\)/g, '').replace(/[^\p{L}\p{N}]+$/u, '')
  const last = spoken.at(-1)
  if (last === undefined) return null
  const code = last.charCodeAt(0)
  if (code >= FIRST && code <= LAST) {
    const final = (code - FIRST) % FINALS
    return final === 0 ? 'open' : final === RIEUL ? 'rieul' : 'closed'
  }
  if (/[0-9]/.test(last)) return DIGITS[Number(last)] ?? null
  if (/[a-z]/i.test(last)) return LETTERS[last.toLowerCase()] ?? 'open'
  return null
}

const AFTER_CONSONANT = ['이', '은', '을', '과', '으로', '이나', '이라', '이며', '인']
const AFTER_VOWEL = ['가', '는', '를', '와', '로', '나', '라', '며']
/** Particles whose form hangs on the sound before them. */
export const PARTICLES: readonly string[] = [...AFTER_CONSONANT, ...AFTER_VOWEL]

/** Whether a particle is the form that goes with the word before it; ㄹ takes 로, as a vowel does. */
export function fits(word: string, particle: string): boolean {
  const ending = endingOf(word)
  if (ending === null) return false
  if (particle === '으로') return ending === 'closed'
  if (particle === '로') return ending !== 'closed'
  return (ending === 'open' ? AFTER_VOWEL : AFTER_CONSONANT).includes(particle)
}
